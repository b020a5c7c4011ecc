#include "tests/kernel/traced_run.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
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

#ifdef __x86_64__
// At its start: the kernel finds no such call.
void take_call_away(pid_t pid) {
  user_regs_struct registers = {};
  ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  registers.orig_rax = ~0ULL;
  ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}

// At its end: what the child gets.
void return_eio(pid_t pid) {
  user_regs_struct registers = {};
  ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  registers.rax = static_cast<unsigned long long>(-EIO);
  ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}
#else
void take_call_away(pid_t) {}
void return_eio(pid_t) {}
#endif

}  // namespace

bool can_fail_calls() {
#ifdef __x86_64__
  return true;
#else
  return false;
#endif
}

int64_t TracedRun::acknowledged() const {
  int64_t seq = 0;
  for (const Ack& ack : acks) seq = std::max(seq, ack.seq);
  return seq;
}

TracedRun run_until_system_call(std::vector<std::string> arguments, int64_t call_count,
                                FailedCall failed) {
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
  bool is_taken_away = false;
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
        is_taken_away = run.last_call >= 0 && run.last_call == failed.number && failed.index-- == 0;
        if (is_taken_away) take_call_away(pid);
      } else {
        if (is_taken_away) return_eio(pid);
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
