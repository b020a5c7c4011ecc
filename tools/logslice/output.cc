#include "output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "safe_text.h"

namespace logslice::command {

namespace {

// Large enough that the system call costs nothing beside the copy.
constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr int kDefaultColumns = 80;

// One write(2), waiting where the descriptor was left non-blocking by another process.
ssize_t write_some(int fd, std::string_view bytes) {
  for (;;) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0 || (errno != EINTR && errno != EAGAIN)) return count;
    if (errno == EAGAIN) {
      pollfd writable = {fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    }
  }
}

int stated_columns() {
  const char* const text = std::getenv("COLUMNS");
  if (text == nullptr) return 0;
  int columns = 0;
  const char* const end = text + strlen(text);
  const std::from_chars_result parsed = std::from_chars(text, end, columns);
  return parsed.ec == std::errc{} && parsed.ptr == end && columns > 0 ? columns : 0;
}

}  // namespace

Output::Output(int fd) : fd_(fd), is_terminal_(::isatty(fd) == 1) { buffer_.reserve(kBufferBytes); }

bool Output::write(std::string_view bytes) {
  if (error_ != 0) return false;
  is_untouched_ = false;
  if (buffer_.size() + bytes.size() > kBufferBytes && !flush()) return false;
  if (bytes.size() > kBufferBytes) return write_through(bytes);
  buffer_.append(bytes);
  return is_terminal_ ? flush() : true;
}

bool Output::flush() {
  const bool written = write_through(buffer_);
  buffer_.clear();
  return written;
}

bool Output::check_reader() {
  pollfd writable = {fd_, 0, 0};
  if (error_ == 0 && ::poll(&writable, 1, 0) == 1 && (writable.revents & POLLERR) != 0) {
    error_ = EPIPE;
  }
  return error_ == 0;
}

bool Output::write_through(std::string_view bytes) {
  while (error_ == 0 && !bytes.empty()) {
    const ssize_t count = write_some(fd_, bytes);
    if (count < 0) {
      error_ = errno;
    } else {
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  return error_ == 0;
}

int Output::terminal_columns() const {
  if (const int columns = stated_columns(); columns > 0) return columns;
  winsize size = {};
  if (::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefaultColumns;
}

bool Output::reader_has_gone() const { return error_ == EPIPE; }

ExitCode Output::finish(ExitCode code) {
  flush();
  if (error_ == 0) return code;
  if (reader_has_gone()) return ExitCode::kFine;
  complain(std::string("cannot write to standard output: ") + strerror(error_));
  return ExitCode::kFailed;
}

bool is_own_output(const std::string& path) {
  struct stat log = {};
  struct stat output = {};
  return ::stat(path.c_str(), &log) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 &&
         S_ISREG(log.st_mode) && log.st_dev == output.st_dev && log.st_ino == output.st_ino;
}

void complain(std::string_view message) {
  std::string line = "logslice: ";
  append_safe_text(line, message);
  line += '\n';
  std::string_view rest = line;
  // Nobody is left to be told when stderr fails.
  while (!rest.empty()) {
    const ssize_t count = write_some(STDERR_FILENO, rest);
    if (count <= 0) return;
    rest.remove_prefix(static_cast<size_t>(count));
  }
}

ExitCode failed(const absl::Status& status) {
  complain(message_of(status));
  return ExitCode::kFailed;
}

std::string message_of(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace logslice::command
