// This header defines run_until_system_call, which kills a crash_child behind its Nth system call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/crash_entry.h"

namespace logslice::testing {

struct TracedRun {
  enum class End { kKilled, kExited, kUntraceable };
  End end = End::kUntraceable;
  int64_t call_count = 0;  // system calls that it made, the last one whole
  int64_t last_call = -1;  // its number in the kernel's table; -1: not known
  std::vector<Ack> acks;
  // The highest of them; 0: it said nothing.
  int64_t acknowledged() const;
};

// A system call that does not happen: the child gets EIO.
struct FailedCall {
  int64_t number = -1;  // in the kernel's table; -1: none
  int64_t index = 0;    // of the calls with this number, from 0
};

// Whether calls can be made to fail on this machine.
bool can_fail_calls();

// Calls are counted from when the child is ready to touch its log. The state left behind is that of
// a kill at any moment between this call's return and the start of the next one.
TracedRun run_until_system_call(std::vector<std::string> arguments, int64_t call_count,
                                FailedCall failed = {});

}  // namespace logslice::testing
