#include <ctime>

#include "logslice/persistence/clock.h"

namespace logslice {

namespace {

class SystemClock final : public Clock {
 public:
  // absl::Now() scales the cycle counter and may be off by microseconds against other programs'
  // time stamps; the system call is as fast through the vDSO.
  absl::Time now() override {
    timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return absl::TimeFromTimespec(time);
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock& clock = *new SystemClock;
  return clock;
}

}  // namespace logslice
