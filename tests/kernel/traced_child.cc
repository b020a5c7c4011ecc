#include "tests/kernel/traced_child.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <utility>

namespace logslice::testing {

namespace {

constexpr int kSystemCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

std::vector<std::string> with(std::vector<std::string> words, std::string last) {
  words.push_back(std::move(last));
  return words;
}

pid_t wait_for(pid_t pid, int* status) {
  for (;;) {
    const pid_t changed = waitpid(pid, status, __WALL);
    if (changed >= 0 || errno != EINTR) return changed;
  }
}

// Where it is about to begin; nothing where it has just ended.
std::optional<int64_t> beginning_call(pid_t thread) {
  __ptrace_syscall_info info = {};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) return std::nullopt;
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return std::nullopt;
  return static_cast<int64_t>(info.entry.nr);
}

// A sanitiser has threads, too.
bool is_writer(pid_t process, pid_t thread) {
  std::ifstream in("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                   "/comm");
  std::string name;
  return std::getline(in, name) && name == "logslice";
}

}  // namespace

TracedChild::TracedChild(std::vector<std::string> arguments, Threads threads)
    : child_(BACKGROUND_CHILD, with(std::move(arguments), "--traced")) {
  const pid_t pid = child_.pid();
  wait_for(pid, &wait_status_);
  if (!WIFSTOPPED(wait_status_)) {
    has_ended_ = true;
    child_.note_reaped(wait_status_);
    return;
  }
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  if (threads == Threads::kAll) options |= PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) != 0) return;
  is_traced_ = true;
  let_go(pid);
}

std::optional<HeldCall> TracedChild::next_call() {
  while (!has_ended_) {
    int status = 0;
    const pid_t thread = wait_for(-1, &status);
    if (thread < 0) return std::nullopt;
    if (!WIFSTOPPED(status)) {
      if (thread != child_.pid()) continue;  // one of its threads
      has_ended_ = true;
      wait_status_ = status;
      child_.note_reaped(status);
      break;
    }
    const int signal = WSTOPSIG(status);
    if (signal == kSystemCallStop) {
      if (const std::optional<int64_t> number = beginning_call(thread)) {
        const bool is_callers = thread == child_.pid();
        return HeldCall{thread, is_callers, !is_callers && is_writer(child_.pid(), thread),
                        *number};
      }
    }
    // A thread that is born, and the one that bears it, stop without a signal of their own.
    const bool is_ours = signal == kSystemCallStop || signal == SIGSTOP || signal == SIGTRAP;
    ptrace(PTRACE_SYSCALL, thread, nullptr, is_ours ? 0 : signal);
  }
  return std::nullopt;
}

void TracedChild::let_go(pid_t thread) { ptrace(PTRACE_SYSCALL, thread, nullptr, 0); }

std::vector<Ack> TracedChild::acks() {
  std::vector<Ack> all;
  while (const std::optional<Ack> ack = child_.next_ack()) all.push_back(*ack);
  return all;
}

std::string TracedChild::end() const {
  if (WIFEXITED(wait_status_)) return "exit code " + std::to_string(WEXITSTATUS(wait_status_));
  return "signal " + std::to_string(WTERMSIG(wait_status_));
}

}  // namespace logslice::testing
