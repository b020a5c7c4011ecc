// This header defines how a reader finds its place in an ordered log: by bisection, reading a few
// blocks of a file whatever its size. Rules: specs/log-format.md, "Finding a place".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

// The first entry that is wanted: at or behind both, where they are set.
struct SeekTarget {
  std::optional<int64_t> seq;
  std::optional<absl::Time> ts;

  bool is_set() const { return seq.has_value() || ts.has_value(); }
  // Whether a line with this stamp, and so every line before it, comes before the target. What a
  // stamp lacks says nothing.
  bool is_behind(const LineStamp& stamp) const {
    return (seq.has_value() && stamp.seq > 0 && stamp.seq < *seq) ||
           (ts.has_value() && stamp.ts.has_value() && *stamp.ts < *ts);
  }
};

// Whether numbers and times only grow in the log at `log_path`, as far as `options` and its sidecar
// tell. A sealed segment's path is one of its log's.
bool is_ordered(const std::string& log_path, const ScanOptions& options);

// The offset of a line in `file`, the start of it or behind a newline, before which no entry at or
// behind the target stands; at most a few blocks before the first such entry, if lines are not
// longer than that. Each step looks at all lines of a block and takes the highest, so that a line
// whose number or time is wrongly low misleads nobody.
absl::StatusOr<int64_t> find_start(File& file, const std::string& path, const SeekTarget& target);

}  // namespace logslice::internal
