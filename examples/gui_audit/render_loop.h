// This header defines the render loop: who must not be kept waiting.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "audit_log.h"
#include "stopwatch.h"

namespace gui_audit {

inline constexpr absl::Duration kFramePeriod = absl::Nanoseconds(16'666'667);  // 60 a second
inline constexpr int64_t kFramesPerBurst = 10;

struct FrameTime {
  TimeTaken logging;    // in log_event()
  absl::Duration late;  // finished that long after its period was over; zero: in time
};

struct RenderOptions {
  int64_t frame_count = 300;
  int64_t burst_event_count = 200;
};

struct Rendered {
  std::vector<FrameTime> frames;
  int64_t event_count = 0;
};

// Draws frames, each in its 16.7 ms, and logs: one event with each frame, and `burst_event_count`
// with every tenth, as when a user drags a slider over a table. The extra `n` of an event counts
// them from 1.
Rendered render(AuditLog& log, const RenderOptions& options);

}  // namespace gui_audit
