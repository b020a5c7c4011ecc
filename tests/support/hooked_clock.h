// A clock around another that calls a hook before each look at it. A writer looks at its clock at
// moments when it makes no system call, so that is a place to hand over to another thread, too.
#pragma once

#include <utility>

#include "logslice/persistence/clock.h"
#include "tests/support/hooked_file_system.h"

namespace logslice::testing {

// The hook is told "now".
class HookedClock final : public Clock {
 public:
  HookedClock(Clock& clock, CallHook before) : clock_(clock), before_(std::move(before)) {}

  absl::Time now() override {
    before_("now");
    return clock_.now();
  }

 private:
  Clock& clock_;
  const CallHook before_;
};

}  // namespace logslice::testing
