#include "render_loop.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

namespace gui_audit {
namespace {

using SteadyClock = std::chrono::steady_clock;  // unlike the time of day, never goes back

// What a frame is there for: about a millisecond of arithmetic.
double draw(int64_t frame) {
  double light = 0;
  for (int i = 0; i < 60'000; ++i) light += std::sin(static_cast<double>(frame + i));
  return light;
}

// A ratio of two counts that are both zero is what brings a NaN into real logs.
double ratio_of(int64_t row) {
  return row == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 / static_cast<double>(row);
}

}  // namespace

Rendered render(AuditLog& log, const RenderOptions& options) {
  Rendered rendered;
  rendered.frames.reserve(static_cast<size_t>(options.frame_count));
  const auto period = absl::ToChronoNanoseconds(kFramePeriod);
  auto due = SteadyClock::now() + period;
  for (int64_t frame = 1; frame <= options.frame_count; ++frame) {
    const double light = draw(frame);

    const Stopwatch stopwatch;
    log.log_event("frame_drawn",
                  {{"n", ++rendered.event_count}, {"frame", frame}, {"light", light}});
    if (frame % kFramesPerBurst == 0) {
      for (int64_t row = 0; row < options.burst_event_count; ++row) {
        log.log_event("row_changed",
                      {{"n", ++rendered.event_count}, {"row", row}, {"ratio", ratio_of(row)}});
      }
    }
    const TimeTaken logging = stopwatch.taken();

    const auto now = SteadyClock::now();
    const auto late = now > due ? now - due : SteadyClock::duration::zero();
    rendered.frames.push_back({.logging = logging, .late = absl::FromChrono(late)});
    // A frame that missed its time does not take that of the next one.
    if (now > due) due = now;
    std::this_thread::sleep_until(due);
    due += period;
  }
  return rendered;
}

}  // namespace gui_audit
