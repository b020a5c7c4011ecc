#include "tests/kernel/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace logslice::testing {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments)
    : ChildProcess(CRASH_CHILD, arguments) {}

ChildProcess::ChildProcess(const std::string& program, const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  acks_ = ends[0];
  if (error != 0) {
    std::fprintf(stderr, "cannot start %s: errno %d\n", program.c_str(), error);
    std::abort();
  }
}

ChildProcess::~ChildProcess() {
  kill();
  reap();
  close(acks_);
}

std::optional<Ack> ChildProcess::next_ack() {
  Ack ack;
  // A record is written whole or not at all (PIPE_BUF).
  ssize_t count;
  do {
    count = read(acks_, &ack, sizeof ack);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(sizeof ack)) return std::nullopt;
  return ack;
}

std::optional<Ack> ChildProcess::next_ack_before(std::chrono::steady_clock::time_point deadline) {
  pollfd acks{acks_, POLLIN, 0};
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::max(deadline - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0)));
  const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  if (ppoll(&acks, 1, &timeout, nullptr) <= 0) return std::nullopt;
  return next_ack();
}

void ChildProcess::kill() {
  if (!is_reaped_) ::kill(pid_, SIGKILL);
}

int ChildProcess::reap() {
  if (is_reaped_) return wait_status_;
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  is_reaped_ = true;
  return wait_status_;
}

void ChildProcess::note_reaped(int wait_status) {
  wait_status_ = wait_status;
  is_reaped_ = true;
}

}  // namespace logslice::testing
