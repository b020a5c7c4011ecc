// LogAppender where nothing is wrong: a file that is long or old enough makes room for a new one.
// Rules: specs/segments.md.

#include <algorithm>
#include <new>
#include <utility>

#include "io_status.h"
#include "log_appender.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr int64_t kWriteBytesMax = int64_t{1} << 20;  // of one write(2), when there is a backlog

}  // namespace

absl::Time LogAppender::rotation_due() const {
  if (config_.rotate_every == absl::ZeroDuration() || file_last_seq_ == 0) {
    return absl::InfiniteFuture();
  }
  return std::max(file_since_ + config_.rotate_every, rotation_pace_.next());
}

bool LogAppender::is_rotation_due() {
  // What a failed write may have left is for the next one to look at, a torn line for repair().
  if (file_last_seq_ == 0 || !file_.is_open() || condemned_ != Condemned::kNo ||
      !file_.is_sound() || !rotation_pace_.is_due(now_)) {
    return false;
  }
  if (config_.rotate_at_bytes > 0 && file_.size_bytes() >= config_.rotate_at_bytes) return true;
  if (config_.rotate_every == absl::ZeroDuration()) return false;
  // A clock that went back tells nothing about the age: it begins anew.
  file_since_ = std::min(file_since_, now_);
  return now_ >= file_since_ + config_.rotate_every;
}

size_t LogAppender::write_bytes_max() const {
  if (config_.rotate_at_bytes == 0) return kWriteBytesMax;
  // A file that should have been sealed and could not be takes what comes.
  const int64_t room = config_.rotate_at_bytes - file_.size_bytes();
  return static_cast<size_t>(room <= 0 ? kWriteBytesMax : std::min(room, kWriteBytesMax));
}

absl::Status LogAppender::rotate_now() {
  absl::Status status = rotate();
  if (status.ok()) return status;
  if (condemned_ == Condemned::kRotated) return keep_waiting_for_name(status);
  if (condemned_ != Condemned::kNo) return status;
  note_rotation_failure(status);
  return absl::OkStatus();
}

// The order is that of leave_condemned_file(); here a failure leaves a file that can be written on,
// up to the renaming.
absl::Status LogAppender::rotate() {
  // 1. What stands at the path must be this file. What somebody else has done to it is for the next
  //    look to answer.
  const absl::StatusOr<DataFile::Change> change = file_.check();
  if (!change.ok()) return change.status();
  if (*change != DataFile::Change::kNone) {
    next_check_ = absl::InfinitePast();
    return absl::OkStatus();
  }
  // 2. What is to be synced is, while it can be found.
  if (keeps_until_synced() && progress_.synced_seq.load(std::memory_order_relaxed) <
                                  progress_.written_seq.load(std::memory_order_relaxed)) {
    if (absl::Status status = sync_file(); !status.ok()) return status;
  }
  // 3. It gets another name, durably. From the renaming on nothing is written to it.
  find_file_range();
  // While the file still has entries: where each step ends with a seal there is no other time.
  tend_segments(Pace::kNone);
  absl::Status status = seal_file();
  if (!status.ok() && file_.is_renamed()) condemn(Condemned::kRotated, status);
  return status;
}

void LogAppender::note_rotation_failure(const absl::Status& status) {
  if (condemned_ == Condemned::kNo) rotation_pace_.on_failure(now_);
  if (rotation_failure_ == message_of(status)) return;
  const bool is_told = health_.report(
      Severity::kWarning, "log_rotation_failed",
      [&] {
        return concat(path_, " is to be sealed and cannot be: ", message_of(status),
                      condemned_ == Condemned::kNo
                          ? "; it is written on, and sealing it is tried again"
                          : "; what is to be written waits until it is");
      },
      {}, status);
  if (is_told) rotation_failure_ = message_of(status);
}

// A sealed file whose name cannot be made durable keeps what waits from being written, and nobody
// else waiting.
absl::Status LogAppender::keep_waiting_for_name(const absl::Status& status) {
  const bool is_wanted = backlog_.has_unwritten() || queue_.size() > 0 || sync_ == Sync::kAlways;
  if (condemned_ != Condemned::kRotated || is_wanted) return status;
  note_rotation_failure(status);
  rotation_pace_.on_failure(now_);
  return absl::OkStatus();
}

// ---- Without a sync -----------------------------------------------------------------------------

// Each writer of the log takes over what the one before may have left, so that all of them together
// never leave more.
void LogAppender::find_unsynced_segments() {
  for (const SegmentName& segment : sealed_.names()) {
    if (segment.form == SegmentForm::kPlain) unsynced_segments_.push_back({segment, nullptr});
  }
  while (unsynced_segments_.size() > kUnsyncedSegmentsMax) unsynced_segments_.pop_front();
}

void LogAppender::keep_unsynced(const SegmentName& name, std::unique_ptr<File> file) {
  if (name.last_seq <= progress_.synced_seq.load(std::memory_order_relaxed)) return;
  unsynced_segments_.push_back({name, std::move(file)});
  // The oldest was written long ago by now, and a sync of it waits for little. If it is still there
  // after a failure, it can be tried again, and there is nothing to tell.
  absl::Status status = sync_unsynced_segments(kUnsyncedSegmentsMax);
  if (!status.ok() && unsynced_segments_.size() <= kUnsyncedSegmentsMax) {
    untold_sync_failure_ = std::move(status);
  }
}

// ResourceExhausted with the file null: it could not even be opened, which can be tried again.
absl::Status LogAppender::sync_segment(UnsyncedSegment& segment) {
  const std::string path = sealed_.path_of(segment.name);
  if (segment.file == nullptr) {
    absl::StatusOr<std::unique_ptr<File>> found = open_for_reading(file_system_, path);
    if (absl::IsNotFound(found.status())) return absl::OkStatus();  // somebody has removed it
    if (absl::IsResourceExhausted(found.status())) return found.status();
    if (!found.ok()) return note_unsyncable(segment.name, found.status());
    segment.file = *std::move(found);
  }
  const IoResult synced = segment.file->sync_data();
  if (synced.ok()) return absl::OkStatus();
  return note_unsyncable(segment.name, io_error(synced.error, "cannot sync", path));
}

// Final, as for any file: it is told, counted, and not tried again.
absl::Status LogAppender::note_unsyncable(const SegmentName& name, const absl::Status& status) {
  const SeqRange range{name.first_seq, name.last_seq, ""};
  count_unsyncable(range.first_seq, range.last_seq);
  health_.report(
      Severity::kError, "log_sync_failed",
      [&] {
        return concat(message_of(status), "; seq ", range.first_seq, " to ", range.last_seq,
                      " may not survive a power loss");
      },
      range, status);
  return status;
}

absl::Status LogAppender::sync_unsynced_segments(size_t count_left) {
  absl::Status first_error;
  while (unsynced_segments_.size() > count_left) {
    absl::Status status = sync_segment(unsynced_segments_.front());
    if (can_be_tried_again(unsynced_segments_.front(), status)) return status;
    unsynced_segments_.pop_front();
    if (first_error.ok()) first_error = std::move(status);
  }
  return first_error;
}

// ---- Beside writing -----------------------------------------------------------------------------

absl::Time LogAppender::step_due() const {
  if (condemned_ == Condemned::kRotated) return rotation_pace_.next();
  absl::Time due = std::min({sync_due(), rotation_due(), compressor_.due()});
  if (may_remove_segments(RemoveFor::kLimits)) due = std::min(due, retention_.due());
  return due;
}

void LogAppender::tend_sealed(Pace pace) {
  try {
    remove_old_segments(RemoveFor::kLimits);
    compress_segments(pace);
  } catch (const std::bad_alloc&) {
    // Another time.
  }
}

// Not before the active file has an entry, unless that is for want of room: the newest segment
// stays then, so that the log is never empty because of it. Nor while copies are about to go.
bool LogAppender::may_remove_segments(RemoveFor why) const {
  const bool has_entry = file_.is_open() && file_last_seq_ > 0;
  return (has_entry || why == RemoveFor::kRoom) && condemned_ == Condemned::kNo &&
         copied_segments_.empty() && sealed_.count() > 0;
}

void LogAppender::remove_old_segments(RemoveFor why) {
  // A number that is synced in the active file tells where they go on, whatever becomes of the
  // other files.
  const auto newest =
      file_has_newest_synced_ ? SegmentRetention::Newest::kMayGo : SegmentRetention::Newest::kStays;
  if (!may_remove_segments(why) || !retention_.is_due(now_, newest)) return;
  retention_.remove_past_limits(now_, newest, [this](const SegmentName& segment) {
    compressor_.forget(segment);
    forget_unsynced(segment);
  });
}

bool LogAppender::made_room(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return false;
  const int64_t removed_before = retention_.removed_count();
  remove_old_segments(RemoveFor::kRoom);
  return retention_.removed_count() != removed_before;
}

void LogAppender::compress_segments(Pace pace) {
  if (!compressor_.has_work() || condemned_ != Condemned::kNo || pace == Pace::kNone) return;
  // Until the plain one is gone for good, what a power cut leaves of both must be equal.
  const auto sync_first = [this](const SegmentName& segment) {
    for (UnsyncedSegment& unsynced : unsynced_segments_) {
      if (unsynced.name != segment) continue;
      absl::Status status = sync_segment(unsynced);
      if (can_be_tried_again(unsynced, status)) return status;
      if (!status.ok()) untold_sync_failure_ = std::move(status);
    }
    forget_unsynced(segment);
    return absl::OkStatus();
  };
  compressor_.begin_round(pace == Pace::kByWriting    ? SegmentCompressor::Round::kByWriting
                          : pace == Pace::kOneSegment ? SegmentCompressor::Round::kOneSegment
                                                      : SegmentCompressor::Round::kOnePortion);
  while (compressor_.step(now_, sync_first)) {
    if (compressor_.replaced().has_value()) retention_.on_archived(*compressor_.replaced());
  }
}

void LogAppender::forget_unsynced(const SegmentName& segment) {
  std::erase_if(unsynced_segments_,
                [&](const UnsyncedSegment& unsynced) { return unsynced.name == segment; });
}

}  // namespace logslice::internal
