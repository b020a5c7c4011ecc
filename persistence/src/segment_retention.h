// This header defines SegmentRetention, which removes the oldest sealed segments of a log.
// Rules: specs/segments.md, "Retention".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"
#include "retry_pace.h"
#include "sealed_segments.h"
#include "segment_name.h"
#include "write_health.h"

namespace logslice::internal {

// Removes from the oldest on, never one in the middle. A file that cannot be removed is told once,
// and tried again at a pace; one whose age cannot be read now is asked again. Threads: one, which
// holds the log's lock.
class SegmentRetention {
 public:
  enum class Newest {
    kStays,  // the numbers go on behind its name: nothing behind it is synced
    kMayGo,
  };

  SegmentRetention(const LogPersistenceConfig& config, FileSystem& file_system,
                   std::string log_path, SealedSegments& sealed, WriteHealth& health);

  void on_sealed() { wants_pass_ = true; }
  // Its size is another.
  void on_archived(const SegmentName& segment) { bytes_.erase(segment); }

  // When age or a failure wants another pass; InfiniteFuture if nothing does.
  absl::Time due() const;
  bool is_due(absl::Time now, Newest newest) const;
  // One pass. `before_removal` is called with each segment that is to go.
  void remove_past_limits(absl::Time now, Newest newest,
                          const std::function<void(const SegmentName&)>& before_removal);
  int64_t removed_count() const { return removed_count_; }

 private:
  bool has_limits() const;
  // So many of the oldest are past a limit.
  size_t past_count();
  size_t past_bytes();
  size_t past_age(absl::Time now);
  int64_t bytes_of(const SegmentName& segment);
  absl::StatusOr<std::optional<absl::Time>> last_ts_of(const SegmentName& segment);
  void report_removed(int64_t segment_count, int64_t bytes, const SeqRange& range);
  void report_failure(const absl::Status& status);

  const int64_t segment_count_max_;
  const int64_t bytes_max_;
  const absl::Duration age_max_;
  const int64_t line_bytes_max_;
  const bool syncs_;
  FileSystem& file_system_;
  const std::string log_path_;
  SealedSegments& sealed_;
  WriteHealth& health_;

  // As far as they are known.
  std::map<SegmentName, int64_t> bytes_;
  std::map<SegmentName, std::optional<absl::Time>> last_ts_;

  int64_t removed_count_ = 0;
  bool wants_pass_ = true;
  bool waits_for_newest_ = false;  // it is past a limit, and had to stay
  absl::Time next_age_ = absl::InfiniteFuture();
  RetryPace pace_;
  std::string failure_;  // reported; empty if none is
};

}  // namespace logslice::internal
