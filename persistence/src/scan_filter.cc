#include "scan_filter.h"

#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

ScanFilter::Verdict ScanFilter::check(const LineStamp& stamp) const {
  if (options_.start_seq || options_.end_seq) {
    if (stamp.seq == 0) return Verdict::kSkip;
    if (options_.end_seq && stamp.seq >= *options_.end_seq) return Verdict::kBehindEnd;
    if (options_.start_seq && stamp.seq < *options_.start_seq) return Verdict::kSkip;
  }
  if (options_.since || options_.until) {
    if (!stamp.ts) return Verdict::kSkip;
    if (options_.since && *stamp.ts < *options_.since) return Verdict::kSkip;
    if (options_.until && *stamp.ts >= *options_.until) {
      return is_ordered_ ? Verdict::kPastUntil : Verdict::kSkip;
    }
  }
  return Verdict::kPass;
}

absl::Status line_error(std::string_view path, int64_t line_number, int64_t offset_bytes,
                        std::string_view reason) {
  const std::string line = line_number > 0 ? concat(", line ", line_number) : "";
  return with_error_kind(data_loss(concat(path, line, ", byte ", offset_bytes, ": ", reason)),
                         ErrorKind::kParse);
}

std::string long_line_reason(int64_t line_bytes_max) {
  return concat("the line is longer than ", line_bytes_max, " bytes, the limit");
}

}  // namespace logslice::internal
