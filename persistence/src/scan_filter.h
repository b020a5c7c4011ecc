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
  };

  explicit ScanFilter(const ScanOptions& options) : options_(options) {}

  bool passes_all() const {
    return !options_.start_seq && !options_.end_seq && !options_.since && !options_.until;
  }
  Verdict check(const LineStamp& stamp) const;
  // Whether every line before one with this stamp is before start_seq, too.
  bool is_before_start(const LineStamp& stamp) const {
    return options_.start_seq.has_value() && stamp.seq > 0 && stamp.seq < *options_.start_seq;
  }

 private:
  const ScanOptions options_;
};

// DataLoss (kParse): "<path>, line 12, byte 3456: <reason>". line_number 0: not known.
absl::Status line_error(std::string_view path, int64_t line_number, int64_t offset_bytes,
                        std::string_view reason);

// "longer than 64 bytes, the limit"
std::string long_line_reason(int64_t line_bytes_max);

}  // namespace logslice::internal
