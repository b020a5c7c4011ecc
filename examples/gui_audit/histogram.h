// This header defines what the program prints about the times of its frames.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "render_loop.h"

namespace gui_audit {

// How many frames spent how long in logging, and how many were late by how much: a table in 80
// columns.
std::string histogram(const std::vector<FrameTime>& frames);

absl::Duration longest_logging(const std::vector<FrameTime>& frames);

}  // namespace gui_audit
