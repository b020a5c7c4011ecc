#include "command.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace agent_runtime {
namespace {

// What the child does between fork and exec: only calls that are safe there.
[[noreturn]] void become(const char* folder, char* const* argv, int output) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (chdir(folder) == 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0) {
    execvp(argv[0], argv);
  }
  _exit(127);
}

// Reads until the other end is closed. False: the deadline passed first.
bool read_all(int fd, absl::Time deadline, size_t bytes_max, CommandOutput& into) {
  std::array<char, 4096> buffer;
  while (true) {
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    pollfd ready = {.fd = fd, .events = POLLIN};
    const int polled = poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(left)));
    if (polled == 0) return false;
    if (polled < 0 && errno == EINTR) continue;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    const size_t room = bytes_max - into.output.size();
    const size_t kept = std::min(room, static_cast<size_t>(count));
    into.output.append(buffer.data(), kept);
    into.truncated = into.truncated || kept < static_cast<size_t>(count);
  }
}

}  // namespace

absl::StatusOr<CommandOutput> run_command(const std::filesystem::path& folder,
                                          const std::vector<std::string>& argv,
                                          const CommandLimits& limits) {
  if (argv.empty()) return absl::InvalidArgumentError("no command");
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const pid_t child = fork();
  if (child == 0) become(folder.c_str(), arguments.data(), ends[1]);
  const int fork_error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return absl::ErrnoToStatus(fork_error, "fork");
  }

  CommandOutput output;
  const bool ended =
      read_all(ends[0], absl::Now() + limits.time_max, limits.output_bytes_max, output);
  close(ends[0]);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return absl::DeadlineExceededError(argv[0] + " took too long");
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace agent_runtime
