#include "command_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

extern char** environ;

namespace logslice::command {

namespace {

struct Channel {
  int read_end = -1;
  int write_end = -1;
};

Channel make_pipe() {
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) abort();
  return {ends[0], ends[1]};
}

Channel make_terminal() {
  Channel terminal;
  termios raw = {};
  cfmakeraw(&raw);  // newlines arrive as they are written
  winsize size = {};
  size.ws_row = 25;
  size.ws_col = 80;
  if (::openpty(&terminal.read_end, &terminal.write_end, nullptr, &raw, &size) != 0) abort();
  ::fcntl(terminal.read_end, F_SETFD, FD_CLOEXEC);
  ::fcntl(terminal.write_end, F_SETFD, FD_CLOEXEC);
  return terminal;
}

Channel make_standard_output(const RunOptions& options) {
  Channel channel;
  switch (options.standard_output) {
    case Stdout::kPipe:
      return make_pipe();
    case Stdout::kTerminal:
      return make_terminal();
    case Stdout::kClosedPipe:
      channel = make_pipe();
      ::close(channel.read_end);
      channel.read_end = -1;
      return channel;
    case Stdout::kNull:
      channel.write_end = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      return channel;
    case Stdout::kFull:
      channel.write_end = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
      return channel;
    case Stdout::kAppendToLog:
      channel.write_end = ::open(options.append_to.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
      return channel;
    case Stdout::kClosed:
      return channel;
  }
  return channel;
}

[[noreturn]] void become_command(std::vector<std::string>& arguments, const RunOptions& options,
                                 int out, int err) {
  if (out >= 0) {
    ::dup2(out, STDOUT_FILENO);
  } else {
    ::close(STDOUT_FILENO);
  }
  ::dup2(err, STDERR_FILENO);
  ::unsetenv("COLUMNS");
  std::vector<std::string> environment = options.environment;
  for (std::string& variable : environment) ::putenv(variable.data());
  std::string program = LOGSLICE_COMMAND;
  std::vector<char*> argv = {program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

// Until both are closed. A terminal whose other side is closed reads as EIO.
void read_both(int out, std::string* out_text, int err, std::string* err_text) {
  std::array<pollfd, 2> ends = {{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  const std::array<std::string*, 2> texts = {out_text, err_text};
  std::array<char, 65536> block = {};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (::poll(ends.data(), ends.size(), -1) < 0) continue;
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].revents == 0) continue;
      const ssize_t count = ::read(ends[i].fd, block.data(), block.size());
      if (count < 0 && errno == EINTR) continue;
      if (count > 0) {
        texts[i]->append(block.data(), static_cast<size_t>(count));
      } else {
        ends[i].fd = -1;
      }
    }
  }
}

void close_if_open(int fd) {
  if (fd >= 0) ::close(fd);
}

}  // namespace

void CommandTest::SetUp() {
  std::string pattern = (std::filesystem::temp_directory_path() / "logslice_tools_XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr) << strerror(errno);
  folder_ = pattern;
}

void CommandTest::TearDown() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string CommandTest::make_file(const std::string& name, std::string_view content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  std::filesystem::permissions(
      path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path(name);
}

bool CommandTest::permissions_count() { return ::geteuid() != 0; }

RunResult run(std::vector<std::string> arguments, const RunOptions& options) {
  const Channel out = make_standard_output(options);
  const Channel err = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) become_command(arguments, options, out.write_end, err.write_end);
  close_if_open(out.write_end);
  close_if_open(err.write_end);
  RunResult result;
  read_both(out.read_end, &result.out, err.read_end, &result.err);
  close_if_open(out.read_end);
  close_if_open(err.read_end);
  int status = 0;
  rusage usage = {};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) continue;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  result.memory_bytes_max = int64_t{usage.ru_maxrss} * 1024;
  return result;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string entry(int64_t seq, std::string_view type, std::string_view members) {
  std::array<char, 64> time = {};
  snprintf(time.data(), time.size(), "2025-01-15T10:%02d:%02d.123456+00:00",
           static_cast<int>(seq / 60 % 60), static_cast<int>(seq % 60));
  std::string line = "{\"__type__\":\"";
  line.append(type).append("\",").append(members).append(",\"__seq__\":");
  line += std::to_string(seq);
  return line.append(",\"__ts__\":\"").append(time.data()).append("\"}\n");
}

}  // namespace logslice::command
