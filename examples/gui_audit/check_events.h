// This header defines how the program looks at what it has logged.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/statusor.h"
#include "logslice/reflection/uuid.h"

namespace gui_audit {

struct CheckedEvents {
  int64_t event_count = 0;  // of the session
  int64_t next_n = 1;       // of those numbered by the extra `n`: behind the last one
  bool is_whole = true;     // those are 1, 2, 3, … without a gap
};

// Reads the events of one session from the log, in which there may be those of many.
absl::StatusOr<CheckedEvents> check_events(const std::filesystem::path& log,
                                           const logslice::Uuid& session_id);

}  // namespace gui_audit
