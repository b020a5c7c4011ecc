#include "segment_compressor.h"

#include <algorithm>
#include <utility>

#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

// A segment is read twice: compressed, then its archive checked. So a writer whose segments wait
// for nothing else spends three bytes for each that it writes.
constexpr int64_t kBytesPerWritten = 3;
constexpr int64_t kCreditBytesMax = int64_t{4} << 20;

}  // namespace

SegmentCompressor::SegmentCompressor(const LogPersistenceConfig& config, FileSystem& file_system,
                                     const std::string& log_path, SealedSegments& sealed,
                                     WriteHealth& health)
    : is_on_(config.compression == SegmentCompression::kGzip),
      file_system_(file_system),
      log_path_(log_path),
      sealed_(sealed),
      health_(health),
      archiver_(file_system, log_path) {}

void SegmentCompressor::open() {
  for (const SegmentName& segment : sealed_.names()) add(segment);
}

void SegmentCompressor::add(const SegmentName& segment) {
  if (is_on_ && segment.form == SegmentForm::kPlain) queue_.push_back(segment);
}

void SegmentCompressor::forget(const SegmentName& segment) {
  std::erase(queue_, segment);
  archiver_.forget(segment);
  if (at_hand_ == segment) at_hand_.reset();
  if (failed_ == segment) failed_.reset();
  // What a process before this one may have left of it.
  (void)file_system_.unlink(SegmentArchiver::temporary_path(log_path_, segment));
}

void SegmentCompressor::close() {
  if (at_hand_.has_value()) archiver_.forget(*at_hand_);
  at_hand_.reset();
  queue_.clear();
}

int64_t SegmentCompressor::waiting_count() const {
  return static_cast<int64_t>(queue_.size()) + (at_hand_.has_value() ? 1 : 0);
}

absl::Time SegmentCompressor::due() const {
  return waiting_count() > 0 ? pace_.next() : absl::InfiniteFuture();
}

void SegmentCompressor::add_credit(int64_t byte_count) {
  // The more segments wait the more is spent: where each costs more than its bytes (a sync, a
  // rename, …) their number grows until that is enough, and no further.
  const int64_t written = std::min(byte_count, kCreditBytesMax);
  written_bytes_ += written;
  credit_bytes_ += written * kBytesPerWritten * waiting_count();
  credit_bytes_ = std::min(credit_bytes_, kCreditBytesMax);
}

void SegmentCompressor::begin_round(Round round) {
  round_ = round;
  const int64_t written = std::exchange(written_bytes_, 0);
  portion_bytes_ = round == Round::kByWriting ? kPortionBytes : kIdlePortionBytes;
  switch (round) {
    case Round::kByWriting:
      // However many wait: they cost those who write a little, for longer.
      round_bytes_ = std::max(kPortionBytes, written * kBytesPerWritten);
      return;
    case Round::kOnePortion:
      round_bytes_ = kIdlePortionBytes;
      break;
    case Round::kOneSegment:
      // One of the steps that are not of its bytes costs a portion, too.
      round_bytes_ = is_next_short() ? 3 * kWholeBytesMax : 0;
      break;
  }
  credit_bytes_ = round_bytes_;  // whatever was written: there it is not what counts
}

bool SegmentCompressor::is_next_short() const {
  if (waiting_count() == 0) return false;
  const SegmentName& next = at_hand_.has_value() ? *at_hand_ : queue_.front();
  const StatResult stat = file_system_.stat(segment_path(log_path_, next));
  return stat.ok() && stat.stat.size_bytes <= kWholeBytesMax;
}

bool SegmentCompressor::step(
    absl::Time now, const std::function<absl::Status(const SegmentName&)>& before_archiving) {
  replaced_.reset();
  if (std::min(credit_bytes_, round_bytes_) < portion_bytes_ || waiting_count() == 0 ||
      !pace_.is_due(now)) {
    return false;
  }
  credit_bytes_ -= portion_bytes_;
  round_bytes_ -= portion_bytes_;
  if (!at_hand_.has_value()) {
    if (!before_archiving(queue_.front()).ok()) {
      pace_.on_failure(now);
      return false;
    }
    take_next();
  }
  const int64_t archived_before = archiver_.archived_count();
  if (absl::Status status = archiver_.step(portion_bytes_); !status.ok()) {
    on_failure(status, now);
    return false;
  }
  if (archiver_.has_work()) return true;
  // It is done, or somebody has removed the segment.
  const SegmentName segment = *std::exchange(at_hand_, std::nullopt);
  if (round_ == Round::kOneSegment) round_bytes_ = 0;
  if (archiver_.archived_count() == archived_before) return true;
  sealed_.on_archived(segment);
  replaced_ = segment;
  pace_.on_success();
  if (failed_ == segment) failed_.reset();
  return true;
}

void SegmentCompressor::take_next() {
  const SegmentName segment = queue_.front();
  archiver_.add(segment);
  at_hand_ = segment;
  queue_.pop_front();
}

void SegmentCompressor::on_failure(const absl::Status& status, absl::Time now) {
  pace_.on_failure(now);
  credit_bytes_ = 0;
  // Others may succeed meanwhile: that heals nothing.
  const bool is_told = failed_.has_value();
  const SegmentName segment = *at_hand_;
  // It may be this segment alone: the others have their turn first.
  if (!queue_.empty()) {
    queue_.push_back(*at_hand_);
    archiver_.forget(*at_hand_);
    at_hand_.reset();
  }
  if (is_told) return;
  const bool is_told_now = health_.report(
      Severity::kWarning, "log_compression_failed",
      [&] {
        return concat(message_of(status),
                      "; the segment stays as it is, and compressing it is tried again");
      },
      {}, status);
  if (is_told_now) failed_ = segment;
}

}  // namespace logslice::internal
