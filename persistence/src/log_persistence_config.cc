#include "logslice/persistence/log_persistence_config.h"

#include <limits>
#include <string>
#include <string_view>

#include "logslice/reflection/internal/status.h"
#include "pending_ring.h"
#include "text.h"

namespace logslice {

namespace {

constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();
constexpr int64_t kPendingBytesMin = 4096;
constexpr int64_t kLineBytesMaxMin = 1024;
constexpr int64_t kLineBytesMaxMax = int64_t{1} << 30;

absl::Status check_range(std::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  if (high == kUnbounded) {
    return internal::invalid_argument(
        internal::concat(field, " is ", value, "; it must be >= ", low));
  }
  return internal::invalid_argument(
      internal::concat(field, " is ", value, "; it must be ", low, " .. ", high));
}

}  // namespace

absl::Status LogPersistenceConfig::validate() const {
  if (path.empty()) return internal::invalid_argument("path is empty; give the log's file name");
  if (!path.has_filename() || path.filename() == "." || path.filename() == "..") {
    return internal::invalid_argument(
        internal::concat("path is ", path.native(), ", a directory; give the log's file name"));
  }
  if (path.native().find('\0') != std::string::npos) {
    return internal::invalid_argument("path holds a NUL byte");
  }
  struct Range {
    std::string_view field;
    int64_t value, low, high;
  };
  for (const Range& range : {
           Range{"max_memory_entries", max_memory_entries, 1, kUnbounded},
           Range{"sync_every_entries", sync_every_entries, 0, kUnbounded},
           Range{"rotate_at_bytes", rotate_at_bytes, 0, kUnbounded},
           Range{"retain_segments", retain_segments, 0, kUnbounded},
           Range{"retain_bytes", retain_bytes, 0, kUnbounded},
           Range{"max_pending_entries", max_pending_entries, 1, kUnbounded},
           Range{"max_pending_bytes", max_pending_bytes, kPendingBytesMin, kUnbounded},
           Range{"line_bytes_max", line_bytes_max, kLineBytesMaxMin, kLineBytesMaxMax},
       }) {
    absl::Status status = check_range(range.field, range.value, range.low, range.high);
    if (!status.ok()) return status;
  }
  if (write_mode == WriteMode::kBackground) {
    absl::Status status = check_range("max_pending_entries, in background mode,",
                                      max_pending_entries, 1, internal::PendingRing::kEntriesMax);
    if (!status.ok()) return status;
  } else if (overflow == OverflowPolicy::kBlock) {
    return internal::invalid_argument(
        "overflow is kBlock with write_mode kInline, where nobody else would make room; use "
        "kBackground, or kDropOldest");
  }
  if (overflow_timeout <= absl::ZeroDuration()) {
    return internal::invalid_argument(internal::concat(
        "overflow_timeout is ", absl::FormatDuration(overflow_timeout), "; it must be > 0"));
  }
  struct Period {
    std::string_view field;
    absl::Duration value;
  };
  for (const Period& period :
       {Period{"sync_every", sync_every}, Period{"rotate_every", rotate_every},
        Period{"retain_for", retain_for}}) {
    if (period.value >= absl::ZeroDuration() && period.value != absl::InfiniteDuration()) continue;
    return internal::invalid_argument(internal::concat(
        period.field, " is ", absl::FormatDuration(period.value), "; it must be >= 0 and finite"));
  }
  if (flush_interval < 1 || flush_interval > max_pending_entries) {
    return internal::invalid_argument(
        internal::concat("flush_interval is ", flush_interval,
                         "; it must be 1 .. max_pending_entries, which is ", max_pending_entries));
  }
  return absl::OkStatus();
}

}  // namespace logslice
