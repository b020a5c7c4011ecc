#include "command_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
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

StartedCommand::StartedCommand(std::vector<std::string> arguments, const RunOptions& options) {
  const Channel out = make_standard_output(options);
  const Channel err = make_pipe();
  child_ = ::fork();
  if (child_ == 0) become_command(arguments, options, out.write_end, err.write_end);
  close_if_open(out.write_end);
  close_if_open(err.write_end);
  out_ = out.read_end;
  err_ = err.read_end;
}

StartedCommand::~StartedCommand() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  close_if_open(out_);
  close_if_open(err_);
}

bool StartedCommand::read_some() {
  constexpr int kMinute = 60'000;
  std::array<pollfd, 2> ends = {{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (out_ < 0 && err_ < 0) return false;
  const int ready = ::poll(ends.data(), ends.size(), kMinute);
  if (ready == 0) return false;
  if (ready < 0) return true;
  std::array<char, 65536> block = {};
  const std::array<std::string*, 2> texts = {&result_.out, &result_.err};
  const std::array<int*, 2> descriptors = {&out_, &err_};
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i].revents == 0) continue;
    const ssize_t count = ::read(ends[i].fd, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) {
      texts[i]->append(block.data(), static_cast<size_t>(count));
    } else {
      // A terminal whose other side is closed reads as EIO.
      ::close(*descriptors[i]);
      *descriptors[i] = -1;
    }
  }
  return true;
}

bool StartedCommand::wait_for_out(std::string_view text) {
  while (result_.out.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

bool StartedCommand::wait_for_err(std::string_view text) {
  while (result_.err.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

bool StartedCommand::has_output() const {
  pollfd out = {out_, POLLIN, 0};
  return ::poll(&out, 1, 10) != 0;
}

void StartedCommand::send_signal(int signal) const { ::kill(child_, signal); }

void StartedCommand::close_out() {
  close_if_open(out_);
  out_ = -1;
}

RunResult StartedCommand::finish() {
  while (read_some()) continue;
  int status = 0;
  rusage usage = {};
  while (::wait4(child_, &status, 0, &usage) < 0 && errno == EINTR) continue;
  child_ = -1;
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  result_.memory_bytes_max = int64_t{usage.ru_maxrss} * 1024;
  return result_;
}

RunResult run(std::vector<std::string> arguments, const RunOptions& options) {
  return StartedCommand(std::move(arguments), options).finish();
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
