// This header defines what the program prints about the times of its frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "render_loop.h"

namespace gui_audit {

// How many frames spent how long in logging, and how many were late by how much: a table in 80
// columns.
std::string histogram(const std::vector<FrameTime>& frames);

struct LoggingSummary {
  absl::Duration total;
  absl::Duration longest;  // that a frame was held up by logging, as TimeTaken::own has it
  int64_t slept_count = 0;
  int64_t preempted_count = 0;
  absl::Duration longest_preempted;  // with what the others took
};

LoggingSummary summary(const std::vector<FrameTime>& frames);

}  // namespace gui_audit
