// This header defines how times and durations are written and read.
//
// Written: `2025-01-15T10:30:00.123456+00:00`, with nine fraction digits instead of six if the time
// has nanoseconds. Read: also `Z`, other offsets, a space for the `T`, zero to nine digits.
// Format: specs/log-format.md, "Times".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace logslice::internal {

// The length of a time with six fraction digits; with nine it is three longer.
inline constexpr size_t kTimeTextBytes = 32;
inline constexpr size_t kTimeTextBytesMax = 35;
inline constexpr size_t kDurationTextBytesMax = 32;

// Whether a time can be written: finite, and in the years 0 to 9999.
bool has_text(absl::Time time);

// Writes times, remembering the text of the last second. Threads: one at a time.
class TimeTextCache {
 public:
  // Exactly kTimeTextBytes; what is finer than a microsecond is cut off. The view is valid until
  // the next call. A time that has no text is written as the nearest one that has.
  std::string_view format(absl::Time time);

  // Writes six or nine fraction digits, as needed, and returns the end. `has_text(time)` must hold;
  // `out` has kTimeTextBytesMax bytes.
  char* write(absl::Time time, char* out);

 private:
  // Sets text_ up to the second; returns the nanoseconds behind it.
  int64_t set_second(absl::Time time);

  int64_t second_ = std::numeric_limits<int64_t>::min();
  std::array<char, kTimeTextBytesMax + 1> text_{};
};

// Reads times, remembering the last minute. Threads: one at a time.
class TimeParser {
 public:
  // The canonical form with six digits and `+00:00` only, and no leap second. `text` has
  // kTimeTextBytes readable bytes.
  bool parse_canonical(const char* text, absl::Time* time);

  // Any form that is read.
  bool parse(std::string_view text, absl::Time* time);

 private:
  std::array<char, 16> minute_text_ = {'1', '9', '7', '0', '-', '0', '1', '-',
                                       '0', '1', 'T', '0', '0', ':', '0', '0'};
  int64_t minute_start_micros_ = 0;
};

// Seconds with up to nine digits behind the point, exactly. Nothing finer than a nanosecond is
// written. The duration must be finite; `out` has kDurationTextBytesMax bytes. Returns the end.
char* write_duration(absl::Duration duration, char* out);

// Reads a JSON number of seconds; exact if it has no exponent and at most nine decimals.
std::optional<absl::Duration> parse_duration(std::string_view number);

}  // namespace logslice::internal
