// This header defines Clock, the one place from which persistence takes the time.
#pragma once

#include "absl/time/time.h"

namespace logslice {

// Clock tells the wall-clock time. It may go back: those who need order (`__ts__`) see to it
// themselves. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time now() = 0;
};

// The machine's real-time clock, to the nanosecond. Lives for ever.
Clock& system_clock();

}  // namespace logslice
