#include "segment_retention.h"

#include <algorithm>
#include <utility>

#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "recovery.h"
#include "text.h"

namespace logslice::internal {

namespace {

// Until an age that could not be read is asked for again.
constexpr absl::Duration kUnreadAgePause = absl::Minutes(1);

}  // namespace

SegmentRetention::SegmentRetention(const LogPersistenceConfig& config, FileSystem& file_system,
                                   std::string log_path, SealedSegments& sealed,
                                   WriteHealth& health)
    : segment_count_max_(config.retain_segments),
      bytes_max_(config.retain_bytes),
      age_max_(config.retain_for),
      line_bytes_max_(config.line_bytes_max),
      syncs_(config.sync_on_flush || config.sync_every_entries > 0 ||
             config.sync_every > absl::ZeroDuration()),
      file_system_(file_system),
      log_path_(std::move(log_path)),
      sealed_(sealed),
      health_(health) {}

bool SegmentRetention::has_limits() const {
  return segment_count_max_ > 0 || bytes_max_ > 0 || age_max_ > absl::ZeroDuration();
}

absl::Time SegmentRetention::due() const {
  if (!has_limits()) return absl::InfiniteFuture();
  return wants_pass_ ? pace_.next() : next_age_;
}

bool SegmentRetention::is_due(absl::Time now, Newest newest) const {
  if (!has_limits() || sealed_.count() == 0 || !pace_.is_due(now)) return false;
  return wants_pass_ || now >= next_age_ || (waits_for_newest_ && newest == Newest::kMayGo);
}

void SegmentRetention::remove_past_limits(
    absl::Time now, Newest newest, const std::function<void(const SegmentName&)>& before_removal) {
  wants_pass_ = true;  // until this one is over
  next_age_ = absl::InfiniteFuture();
  // 1. How many of the oldest are past a limit, and may go.
  const std::vector<SegmentName>& names = sealed_.names();
  size_t count = std::max({past_count(), past_bytes(), past_age(now)});
  waits_for_newest_ = false;
  if (newest == Newest::kStays) {
    const auto kept = std::find(names.begin(), names.end(), sealed_.newest());
    const auto removable = static_cast<size_t>(kept - names.begin());
    waits_for_newest_ = count > removable;
    count = std::min(count, removable);
  }
  if (count == 0) {
    wants_pass_ = false;
    return;
  }
  // 2. They go, the oldest first, so that what is left is without a hole wherever this ends.
  const std::vector<SegmentName> past(names.begin(),
                                      names.begin() + static_cast<std::ptrdiff_t>(count));
  const int64_t removed_before = removed_count_;
  SeqRange range{past.front().first_seq, 0, ""};
  int64_t bytes = 0;
  absl::Status status;
  for (const SegmentName& segment : past) {
    const int64_t segment_bytes = bytes_of(segment);
    before_removal(segment);
    status = sealed_.unlink(segment);
    if (!status.ok()) break;
    ++removed_count_;
    range.last_seq = std::max(range.last_seq, segment.last_seq);
    bytes += segment_bytes;
    bytes_.erase(segment);
    last_ts_.erase(segment);
  }
  // 3. Where syncing is configured, for good. If that fails they may come back with a power loss,
  //    and go once more when the log is opened.
  const int64_t count_removed = removed_count_ - removed_before;
  if (syncs_ && count_removed > 0) sync_directory_of(file_system_, log_path_).IgnoreError();
  if (count_removed > 0) report_removed(count_removed, bytes, range);
  if (status.ok()) {
    wants_pass_ = false;
    pace_.on_success();
    failure_.clear();
  } else {
    pace_.on_failure(now);
    report_failure(status);
  }
}

size_t SegmentRetention::past_count() {
  const auto excess = sealed_.count() - segment_count_max_;
  return segment_count_max_ > 0 && excess > 0 ? static_cast<size_t>(excess) : 0;
}

size_t SegmentRetention::past_bytes() {
  if (bytes_max_ == 0) return 0;
  const std::vector<SegmentName>& names = sealed_.names();
  int64_t bytes = 0;
  for (size_t left = names.size(); left > 0; --left) {
    bytes += bytes_of(names[left - 1]);
    if (bytes > bytes_max_) return left;
  }
  return 0;
}

// __ts__ does not go back from one segment to the next: where it cannot be told, the next one's
// tells.
size_t SegmentRetention::past_age(absl::Time now) {
  if (age_max_ == absl::ZeroDuration()) return 0;
  size_t count = 0;
  const std::vector<SegmentName>& names = sealed_.names();
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::StatusOr<std::optional<absl::Time>> last_ts = last_ts_of(names[i]);
    if (!last_ts.ok()) next_age_ = now + kUnreadAgePause;
    if (!last_ts.ok() || !last_ts->has_value()) continue;
    if (**last_ts + age_max_ > now) {
      next_age_ = std::min(next_age_, **last_ts + age_max_);
      break;
    }
    count = i + 1;
  }
  return count;
}

int64_t SegmentRetention::bytes_of(const SegmentName& segment) {
  const auto known = bytes_.find(segment);
  if (known != bytes_.end()) return known->second;
  const std::optional<int64_t> bytes = sealed_.bytes_of(segment);
  if (bytes.has_value()) bytes_[segment] = *bytes;
  return bytes.value_or(0);
}

absl::StatusOr<std::optional<absl::Time>> SegmentRetention::last_ts_of(const SegmentName& segment) {
  const auto known = last_ts_.find(segment);
  if (known != last_ts_.end()) return known->second;
  absl::StatusOr<std::optional<absl::Time>> last_ts = sealed_.last_ts(segment, line_bytes_max_);
  if (last_ts.ok()) last_ts_[segment] = *last_ts;
  return last_ts;
}

void SegmentRetention::report_removed(int64_t segment_count, int64_t bytes, const SeqRange& range) {
  health_.report(
      Severity::kInfo, "log_segments_removed",
      [&] {
        return concat(segment_count, segment_count == 1 ? " segment" : " segments", " of ",
                      log_path_, " removed, ", bytes, " bytes, seq ", range.first_seq, " to ",
                      range.last_seq, ", as its retention says");
      },
      range, absl::OkStatus());
}

void SegmentRetention::report_failure(const absl::Status& status) {
  if (failure_ == message_of(status)) return;
  const bool is_told = health_.report(
      Severity::kWarning, "log_retention_failed",
      [&] { return concat(message_of(status), "; it stays until that works, and is tried again"); },
      {}, status);
  if (is_told) failure_ = message_of(status);
}

}  // namespace logslice::internal
