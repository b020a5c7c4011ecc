// This header defines Stopwatch, which takes the time of a piece of work and tells what kept it.
#pragma once

#include <chrono>
#include <cstdint>

#include "absl/time/time.h"

namespace gui_audit {

struct TimeTaken {
  absl::Duration wall;

  // The part that is the work's own doing. If it slept (waited for a lock, a disk): all of it. If
  // not, the time that it had the processor: no program can help it if the machine runs others.
  absl::Duration own;

  bool has_slept = false;
  bool was_preempted = false;
};

// Of the thread that makes it, from then on.
class Stopwatch {
 public:
  Stopwatch() : begin_(now()) {}
  TimeTaken taken() const;

 private:
  struct Moment {
    std::chrono::steady_clock::time_point wall;  // unlike the time of day, never goes back
    absl::Duration processor;
    int64_t sleep_count = 0;
    int64_t preemption_count = 0;
  };
  static Moment now();

  const Moment begin_;
};

}  // namespace gui_audit
