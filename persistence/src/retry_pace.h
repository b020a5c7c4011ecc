// This header defines RetryPace, when something that fails again and again is worth another try.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace logslice::internal {

// The first failure may be answered at once; after that attempts are 1, 2, 4, … 64 seconds apart.
// Threads: one.
class RetryPace {
 public:
  void on_failure(absl::Time now) {
    next_ = now + wait_;
    wait_ = wait_ == absl::ZeroDuration() ? absl::Seconds(1) : std::min(wait_ * 2, kWaitMax);
  }
  void on_success() { *this = {}; }

  // When the next attempt is due; InfinitePast: at once.
  absl::Time next() const { return next_; }

  // A clock that went back does not make anyone wait longer.
  bool is_due(absl::Time now) const { return now >= next_ || now + kWaitMax < next_; }

 private:
  static constexpr absl::Duration kWaitMax = absl::Seconds(64);

  absl::Duration wait_ = absl::ZeroDuration();
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace logslice::internal
