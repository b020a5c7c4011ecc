#include "stopwatch.h"

#include <sys/resource.h>
#include <time.h>

namespace gui_audit {

Stopwatch::Moment Stopwatch::now() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  timespec processor{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &processor);
  return {.wall = std::chrono::steady_clock::now(),
          .processor = absl::DurationFromTimespec(processor),
          .sleep_count = usage.ru_nvcsw,
          .preemption_count = usage.ru_nivcsw};
}

TimeTaken Stopwatch::taken() const {
  const Moment end = now();
  TimeTaken taken{.wall = absl::FromChrono(end.wall - begin_.wall),
                  .has_slept = end.sleep_count > begin_.sleep_count,
                  .was_preempted = end.preemption_count > begin_.preemption_count};
  taken.own = taken.has_slept ? taken.wall : end.processor - begin_.processor;
  return taken;
}

}  // namespace gui_audit
