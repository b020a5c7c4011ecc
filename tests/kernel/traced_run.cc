#include "tests/kernel/traced_run.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "tests/kernel/child_process.h"

namespace logslice::testing {

namespace {

// The next stop, or the end, of the child; what waitpid() says.
int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {
  }
  return status;
}

constexpr int kSystemCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

int64_t entered_call(pid_t pid) {
  __ptrace_syscall_info info = {};
  const long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  if (size <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY) return -1;
  return static_cast<int64_t>(info.entry.nr);
}

}  // namespace

int64_t TracedRun::acknowledged() const {
  int64_t seq = 0;
  for (const Ack& ack : acks) seq = std::max(seq, ack.seq);
  return seq;
}

TracedRun run_until_system_call(std::vector<std::string> arguments, int64_t call_count) {
  TracedRun run;
  arguments.push_back("--traced");
  ChildProcess child(arguments);
  const pid_t pid = child.pid();
  int status = wait_for(pid);
  if (WIFSTOPPED(status) &&
      ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0) {
    run.end = TracedRun::End::kKilled;
  } else if (!WIFSTOPPED(status)) {
    child.note_reaped(status);
    return run;
  }
  bool is_inside = false;
  while (run.end == TracedRun::End::kKilled && run.call_count < call_count) {
    int signal = 0;
    if (WSTOPSIG(status) != SIGSTOP && WSTOPSIG(status) != kSystemCallStop) {
      signal = WSTOPSIG(status);
    }
    ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    status = wait_for(pid);
    if (!WIFSTOPPED(status)) {
      child.note_reaped(status);
      run.end = TracedRun::End::kExited;
    } else if (WSTOPSIG(status) == kSystemCallStop) {
      is_inside = !is_inside;
      if (is_inside) {
        run.last_call = entered_call(pid);
      } else {
        ++run.call_count;
      }
    }
  }
  child.kill();
  child.reap();
  while (const std::optional<Ack> ack = child.next_ack()) run.acks.push_back(*ack);
  return run;
}

}  // namespace logslice::testing
