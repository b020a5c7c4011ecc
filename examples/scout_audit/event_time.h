// This header defines how an event's `ts` is written and read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace scout_audit {

// `2025-01-15T10:30:00.123Z`: UTC in milliseconds; what is finer is cut off.
std::string to_event_time(absl::Time time);

// ISO 8601 with a zone, `Z` or an offset; a space may stand for the `T`. Nothing for other text.
std::optional<absl::Time> parse_event_time(std::string_view text);

}  // namespace scout_audit
