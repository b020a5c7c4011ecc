// This header defines LineNumbers, by which lines without a `__seq__` get one by their place.
// Rules: specs/foreign-logs.md, "Numbers".
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/scan_options.h"

namespace logslice::internal {

// LineNumbers is told of each committed line of a log that is not blank, from the first one on.
class LineNumbers {
 public:
  explicit LineNumbers(UnnumberedLines unnumbered = UnnumberedLines::kCountOn)
      : counts_on_(unnumbered == UnnumberedLines::kCountOn) {}

  // Whether lines without a number get one, so that each line must be told.
  bool counts_on() const { return counts_on_; }

  // The number of the next line: its own, or, if that is 0, one more than the line before it has.
  // Damaged lines have none of their own.
  int64_t take(int64_t own_seq) {
    if (!counts_on_) return own_seq;
    if (own_seq > 0) {
      last_seq_ = own_seq;
    } else if (last_seq_ < std::numeric_limits<int64_t>::max()) {
      ++last_seq_;
    }
    return last_seq_;
  }

  int64_t last_seq() const { return last_seq_; }  // 0: there was no line

 private:
  const bool counts_on_;
  int64_t last_seq_ = 0;
};

// The number of the last line of the log, counted so; 0 if it has none. Reads all of it. Errors as
// scan_log.
absl::StatusOr<int64_t> find_last_number(FileSystem& file_system, const std::string& path,
                                         int64_t line_bytes_max);

}  // namespace logslice::internal
