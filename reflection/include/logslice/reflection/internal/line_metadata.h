// This header defines how a line is recognised without decoding it: its type, seq and time.
//
// `__type__` stands at the beginning of a canonical line and `__seq__`, `__ts__` at its end, each
// at a known shape, so that filtering, seeking, counting and recovery look at a few bytes only.
// Format: specs/log-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace logslice::internal {

// The members that the library adds to an entry.
struct LineStamp {
  int64_t seq = 0;  // 0: the line has none; valid ones are >= 1
  std::optional<absl::Time> ts;
};

struct LineMetadata {
  bool valid = false;               // the line is one JSON object
  std::optional<std::string> type;  // `__type__`, if it is there and a string
  LineStamp stamp;
  std::string problem;  // why it is not valid; empty if it is
};

// Reads a line (without its newline) as whole JSON, whatever its form. Linear in the line.
// `time_member` names the member whose value is the time of a line without a `__ts__` that can be
// read: a time as TimeParser reads it, or a number of seconds since 1970. Empty: none.
LineMetadata read_line_metadata(std::string_view line, std::string_view time_member = {});

// Reads seq and ts from the end of a canonical line. False if the end does not have that shape.
// Does not look at the rest: a damaged line may pass.
bool read_canonical_stamp(std::string_view line, LineStamp* stamp);

// The id in a line that begins `{"__type__":"`, or nullopt for any other beginning. Same caution.
std::optional<std::string_view> read_canonical_type(std::string_view line);

}  // namespace logslice::internal
