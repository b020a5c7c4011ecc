#include "event_time.h"

#include "logslice/reflection/json_conversion.h"

namespace scout_audit {

std::string to_event_time(absl::Time time) {
  // Years have four digits, and fractions three, zeros at the end included.
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::optional<absl::Time> parse_event_time(std::string_view text) {
  // As the library reads times in its own lines.
  const absl::StatusOr<logslice::JsonValue> json = logslice::to_json_value(std::string(text));
  if (!json.ok()) return std::nullopt;
  const absl::StatusOr<absl::Time> time = logslice::from_json_value<absl::Time>(*json);
  if (!time.ok()) return std::nullopt;
  return *time;
}

}  // namespace scout_audit
