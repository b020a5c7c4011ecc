// This header defines what every reader of a log does alike: the filters, and the text of an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

class ScanFilter {
 public:
  enum class Verdict {
    kPass,
    kSkip,
    kBehindEnd,  // its __seq__ is at or past end_seq
    kPastUntil,  // in an ordered log: its __ts__ is at or past until. The second in a row ends a
                 // scan: one line with a wrong time does not.
  };

  ScanFilter(const ScanOptions& options, bool is_ordered)
      : options_(options), is_ordered_(is_ordered) {}

  bool passes_all() const {
    return !options_.start_seq && !options_.end_seq && !options_.since && !options_.until;
  }
  Verdict check(const LineStamp& stamp) const;
  // Whether every line before one with this stamp is before start_seq, too.
  bool is_before_start(const LineStamp& stamp) const {
    return options_.start_seq.has_value() && stamp.seq > 0 && stamp.seq < *options_.start_seq;
  }
  // Likewise before since; of one line with a wrong time it is not true.
  bool is_before_since(const LineStamp& stamp) const {
    return is_ordered_ && options_.since.has_value() && stamp.ts.has_value() &&
           *stamp.ts < *options_.since;
  }

 private:
  const ScanOptions options_;
  const bool is_ordered_;
};

// DataLoss (kParse): "<path>, line 12, byte 3456: <reason>". line_number 0: not known.
absl::Status line_error(std::string_view path, int64_t line_number, int64_t offset_bytes,
                        std::string_view reason);

// "longer than 64 bytes, the limit"
std::string long_line_reason(int64_t line_bytes_max);

}  // namespace logslice::internal
