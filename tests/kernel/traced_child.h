// This header defines TracedChild, a background_child whose system calls its parent sees and holds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/child_process.h"
#include "tests/kernel/crash_entry.h"

namespace logslice::testing {

// A system call that is about to begin. Its thread stands still until it is let go.
struct HeldCall {
  pid_t thread = -1;
  bool is_callers = false;  // of the thread that dispatches
  bool is_writers = false;  // of the one beside it
  int64_t number = -1;      // in the kernel's table
};

// Threads: one, the one that made it; no other child of this process may be traced meanwhile.
class TracedChild {
 public:
  enum class Threads { kCaller, kAll };

  // Starts background_child, which stops before it touches its log.
  TracedChild(std::vector<std::string> arguments, Threads threads);

  // Whether this machine lets a child be traced.
  bool is_traced() const { return is_traced_; }

  // The next call of any of its threads; none once it has ended.
  std::optional<HeldCall> next_call();
  void let_go(pid_t thread);

  // What it has said so far, after its end.
  std::vector<Ack> acks();
  // After its end: "exit code 0", "signal 9".
  std::string end() const;

 private:
  ChildProcess child_;
  bool is_traced_ = false;
  bool has_ended_ = false;
  int wait_status_ = 0;
};

}  // namespace logslice::testing
