// A clock that stands still until it is told otherwise.
#pragma once

#include "absl/time/time.h"
#include "logslice/persistence/clock.h"

namespace logslice::testing {

// Threads: one.
class FakeClock final : public Clock {
 public:
  absl::Time now() override { return now_; }
  void set(absl::Time now) { now_ = now; }
  void advance(absl::Duration by) { now_ += by; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'736'937'000);  // 2025-01-15T10:30:00+00:00
};

}  // namespace logslice::testing
