// The files of the log as LogAppender handles them: opened, begun, changed by others, sealed.

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "adoption.h"
#include "io_status.h"
#include "log_appender.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

// ---- Opening ------------------------------------------------------------------------------------

RecoveryOptions LogAppender::recovery_options(absl::Time now) const {
  RecoveryOptions options;
  options.line_bytes_max = config_.line_bytes_max;
  options.adopt_foreign = config_.adopt_foreign;
  options.is_known_log = true;
  options.now = now;
  return options;
}

absl::Status LogAppender::open(std::optional<int64_t> known_last_seq) {
  const absl::Time now = clock_.now();
  now_ = now;
  if (absl::Status status = sealed_.open(); !status.ok()) return status;
  compressor_.open();
  find_unsynced_segments();
  RecoveryOptions options = recovery_options(now);
  options.is_known_log = known_last_seq.has_value() || sealed_.count() > 0;
  absl::StatusOr<std::optional<RecoveredTail>> tail = file_.open_existing(options);
  if (!tail.ok()) return tail.status();
  absl::StatusOr<int64_t> counted =
      count_foreign_lines(file_system_, path_, sealed_,
                          {config_.adopt_foreign, known_last_seq, config_.line_bytes_max}, *tail);
  if (!counted.ok()) return counted.status();
  int64_t last_seq = std::max({known_last_seq.value_or(0), sealed_.last_seq(), *counted});
  std::optional<absl::Time> last_ts;
  if (tail->has_value()) {
    last_seq = std::max(last_seq, (*tail)->last_seq);
    last_ts = (*tail)->last_ts;
    on_attached(**tail);
  }
  // An empty file beside sealed ones goes on where they end.
  if (!last_ts.has_value()) last_ts = sealed_.last_ts(config_.line_bytes_max);
  if (last_ts.has_value()) last_ts_ = *last_ts;
  last_encoded_seq_ = last_seq;
  last_seq_elsewhere_ = last_seq;
  progress_.accepted_seq.store(last_seq);
  progress_.settled_seq.store(last_seq);
  progress_.written_seq.store(last_seq);
  next_check_ = now + kCheckInterval;
  return absl::OkStatus();
}

void LogAppender::on_attached(const RecoveredTail& tail) {
  file_first_seq_ = 0;
  file_last_seq_ = tail.size_bytes > 0 ? tail.last_seq : 0;
  file_holds_only_kept_lines_ = tail.size_bytes == 0;
  file_has_newest_synced_ = false;
  file_since_ = absl::InfiniteFuture();
  if (file_last_seq_ > 0 && config_.rotate_every > absl::ZeroDuration()) {
    file_since_ = file_.first_ts(config_.line_bytes_max).value_or(clock_.now());
  }
  report_torn_tail(tail);
}

absl::Status LogAppender::attach_file(absl::Time now) {
  absl::Status status = sealed_.make_names_durable();
  if (status.ok()) status = file_.create();
  if (!absl::IsAlreadyExists(status)) {
    on_attached({});
    return status;
  }
  // Since open() somebody has put a file there. If it is a log, its lines stay.
  RecoveryOptions options = recovery_options(now);
  options.is_known_log = false;
  absl::StatusOr<std::optional<RecoveredTail>> tail = file_.open_existing(options);
  if (!tail.ok()) return tail.status();
  if (!tail->has_value()) return unavailable(concat(path_, " comes and goes"));
  ++foreign_change_count_;
  on_attached(**tail);
  if ((*tail)->last_seq >= backlog_.front().seq) {
    let_go_of_file();
    return with_error_kind(
        failed_precondition(concat(path_, " is another log now, whose numbers are taken up to ",
                                   (*tail)->last_seq, "; move it away, or reopen this one")),
        ErrorKind::kWrite);
  }
  return absl::OkStatus();
}

absl::Status LogAppender::check_file(absl::Time now) {
  if (condemned_ != Condemned::kNo) return absl::OkStatus();  // looked at when it is sealed
  const absl::StatusOr<DataFile::Change> change = file_.check();
  if (!change.ok()) {
    next_check_ = now;
    return change.status();
  }
  switch (*change) {
    case DataFile::Change::kNone:
      break;
    case DataFile::Change::kRenamed:
    case DataFile::Change::kDeleted:
      return on_moved_file(*change);
    case DataFile::Change::kTruncated:
    case DataFile::Change::kGrown:
      return on_changed_content(*change, now);
  }
  return absl::OkStatus();
}

absl::Status LogAppender::on_moved_file(DataFile::Change change) {
  const int64_t written = progress_.written_seq.load(std::memory_order_relaxed);
  const bool wrote_any = written > last_seq_elsewhere_;
  const bool is_deleted = change == DataFile::Change::kDeleted;
  ++foreign_change_count_;
  health_.report(
      Severity::kError, "log_file_changed",
      [&] {
        return concat(path_, is_deleted ? " was deleted" : " was renamed",
                      " while it was written; everything up to seq ", written,
                      is_deleted ? " is gone with it" : " is in the renamed file",
                      "; a new file is begun at the path", kept_text());
      },
      wrote_any ? SeqRange{last_seq_elsewhere_ + 1, written, ""} : SeqRange{}, absl::OkStatus());
  // What was not synced in the old file must be, before nothing leads to it any more. What cannot
  // be, and is kept, is written to the new one.
  const int64_t synced = progress_.synced_seq.load(std::memory_order_relaxed);
  absl::Status status;
  bool counted = false;
  if (synced < written) {
    if (is_deleted) {
      status = or_out_of_memory(
          [&] { return data_loss(concat(path_, " was deleted before it was synced")); });
    } else if (condemned_ == Condemned::kSyncFailed) {
      status = condemned_status_;
    } else {
      status = file_.sync_data();  // its name is the business of whoever gave it
      if (status.ok()) {
        if (absl::Status older = sync_unsynced_segments(0); older.ok()) {
          on_synced();
        } else if (unsynced_segments_.empty()) {  // else the next sync tries again
          untold_sync_failure_ = std::move(older);
        }
      }
    }
    if (!status.ok()) {
      if (!is_deleted) {
        condemned_ = Condemned::kSyncFailed;
        report_failure(status);
      }
      counted = count_unsyncable(file_first_seq_, unkept_seq());
    }
  }
  last_seq_elsewhere_ = unkept_seq();
  let_go_of_file();
  return keeps_until_synced() ? told(counted, status) : status;
}

absl::Status LogAppender::on_changed_content(DataFile::Change change, absl::Time now) {
  const int64_t written = progress_.written_seq.load(std::memory_order_relaxed);
  absl::StatusOr<RecoveredTail> tail = file_.recover_again(recovery_options(now));
  if (change == DataFile::Change::kGrown && error_kind(tail.status()) == ErrorKind::kWrite) {
    // What they left torn cannot be moved aside now. Nothing is glued to it: all waits.
    next_check_ = now;
    return tail.status();
  }
  ++foreign_change_count_;
  if (change == DataFile::Change::kTruncated) {
    on_truncated(tail, written);
  } else {
    health_.report(
        Severity::kError, "log_file_changed",
        [&] {
          return concat(path_, " was written by somebody else around seq ", written,
                        "; those lines stay and are not numbered by this writer");
        },
        {written, written, ""}, tail.status());
    file_holds_only_kept_lines_ = false;
    if (tail.ok()) report_torn_tail(*tail);
  }
  // Not a log any more, or not readable: leave it alone and begin anew when that is possible.
  if (!tail.ok()) let_go_of_file();
  return absl::OkStatus();
}

void LogAppender::on_truncated(const absl::StatusOr<RecoveredTail>& tail, int64_t written) {
  // Lines that are kept are written again; those before them, back to the cut, are gone.
  const int64_t last_left = tail.ok() ? std::max(tail->last_seq, sealed_.last_seq()) : written;
  const int64_t first_gone = last_left < written ? last_left + 1 : written;
  const int64_t last_gone = backlog_.is_front_written() ? backlog_.front().seq - 1 : written;
  const bool lost_any = first_gone <= last_gone;
  health_.report(
      Severity::kError, "log_file_changed",
      [&] {
        return concat(path_, " was truncated while it was written; ",
                      lost_any ? concat("seq ", first_gone, " to ", last_gone, " are gone")
                               : std::string("nothing is lost"),
                      kept_text(), "; what is left of the file is sealed");
      },
      lost_any ? SeqRange{first_gone, last_gone, ""} : SeqRange{}, tail.status());
  if (!tail.ok()) return;
  on_attached(*tail);
  if (tail->size_bytes == 0) {
    last_seq_elsewhere_ = unkept_seq();  // nothing that was synced is in it any more
    backlog_.mark_unwritten();           // into the same file, which is as good as new
    return;
  }
  if (condemned_ != Condemned::kNo) return;  // it is about to be sealed, for another reason
  condemned_ = Condemned::kTruncated;
  condemned_status_ = or_out_of_memory(
      [&] { return data_loss(concat(path_, " was truncated while it was written")); });
}

std::string LogAppender::kept_text() const {
  if (!backlog_.is_front_written()) return "";
  return concat("; seq ", backlog_.front().seq,
                " and what follows it, not synced yet, are kept and "
                "written again");
}

void LogAppender::let_go_of_file() {
  backlog_.mark_unwritten();
  condemned_ = Condemned::kNo;
  file_.detach();
  on_attached({});
}

void LogAppender::report_torn_tail(const RecoveredTail& tail) {
  if (tail.torn_bytes == 0) return;
  health_.report(
      Severity::kWarning, "log_torn_tail",
      [&] {
        return concat(path_, " ended in the middle of a line; its last ", tail.torn_bytes,
                      " bytes, from byte ", tail.size_bytes, " on, were moved to ",
                      torn_path(path_));
      },
      {}, absl::OkStatus());
}

// ---- Sealing ------------------------------------------------------------------------------------

void LogAppender::condemn(Condemned why, const absl::Status& status) {
  condemned_ = why;
  condemned_status_ = status;
  seal_pace_.on_failure(now_);
}

absl::Status LogAppender::leave_condemned_file() {
  if (condemned_ == Condemned::kNo) return absl::OkStatus();
  if (check_ == Check::kWhenDue && !seal_pace_.is_due(now_)) return condemned_status_;
  // 1. What stands at the path must be this file: nobody else's is renamed.
  const absl::StatusOr<DataFile::Change> change = file_.check();
  if (!change.ok()) return change.status();
  switch (*change) {
    case DataFile::Change::kNone:
      break;
    case DataFile::Change::kRenamed:
    case DataFile::Change::kDeleted:
      return on_moved_file(*change);
    case DataFile::Change::kTruncated:
    case DataFile::Change::kGrown:
      if (condemned_ == Condemned::kTorn && *change == DataFile::Change::kGrown) break;
      if (absl::Status status = on_changed_content(*change, now_); !status.ok()) return status;
      if (condemned_ == Condemned::kNo) return absl::OkStatus();
      break;
  }
  // 2. What is not synced in it is, while it can be found; a sync that failed is not tried again.
  const int64_t written = progress_.written_seq.load(std::memory_order_relaxed);
  if (condemned_ == Condemned::kTorn &&
      progress_.synced_seq.load(std::memory_order_relaxed) < written) {
    absl::Status status = sync_file();
    if (!status.ok() && condemned_ != Condemned::kSyncFailed) return status;
    if (!status.ok()) report_failure(status);
  }
  if (condemned_ == Condemned::kTruncated &&
      progress_.synced_seq.load(std::memory_order_relaxed) < written) {
    if (absl::Status status = file_.sync_data(); !status.ok()) {
      condemn(Condemned::kSyncFailed, status);
      report_failure(status);
    }
  }
  const bool sync_failed = condemned_ == Condemned::kSyncFailed;
  const absl::Status why = condemned_status_;
  const int64_t last_unkept_seq = unkept_seq();
  // 3. It gets another name, durably.
  find_file_range();
  const int64_t first_seq = file_first_seq_;
  if (absl::Status status = seal_file(); !status.ok()) return keep_waiting_for_name(status);
  // 4. What is kept of it is to be written to the next one.
  return told(sync_failed && count_unsyncable(first_seq, last_unkept_seq), why);
}

// It was written, but whoever asked for its sync must know, before a later one moves the mark past
// it. The steps in which nobody did go on.
absl::Status LogAppender::told(bool counted, const absl::Status& why) const {
  const bool goes_on = keeps_until_synced() && sync_ != Sync::kAlways;
  return counted && !goes_on ? why : absl::OkStatus();
}

// Up to here nothing that is written is kept. What is kept may be written elsewhere, and not yet in
// the file at hand.
int64_t LogAppender::unkept_seq() const {
  if (!backlog_.empty()) return backlog_.front().seq - 1;
  return progress_.written_seq.load(std::memory_order_relaxed);
}

// Sets file_first_seq_ and file_last_seq_, unless the file holds nothing that is worth a name.
void LogAppender::find_file_range() {
  if (file_last_seq_ == 0) {
    if (file_.holds_only_torn_bytes()) return;
    // Somebody else's lines, behind the beginning of our first.
    file_first_seq_ = file_last_seq_ = progress_.written_seq.load(std::memory_order_relaxed) + 1;
  }
  if (file_first_seq_ == 0) {
    absl::StatusOr<int64_t> first_seq = file_.first_seq(config_.line_bytes_max);
    // If it cannot be read, a range that is too wide costs its readers time and nothing else.
    file_first_seq_ = std::max<int64_t>(1, first_seq.ok() ? *first_seq : 1);
    // Lines of others, without any number, count on behind the segments.
    if (first_seq.ok() && *first_seq == 0) {
      file_first_seq_ = std::min(file_last_seq_, sealed_.last_seq() + 1);
    }
  }
}

absl::Status LogAppender::seal_file() {
  if (file_last_seq_ == 0) {
    // Nothing but a torn line, which is kept here.
    absl::Status status = file_.remove();
    if (status.ok()) let_go_of_file();
    return status;
  }
  SeqRange range{file_first_seq_, file_last_seq_, ""};
  // Lines that a failed write may have left must be within the range, so that they are read once.
  if (file_.is_end_unknown() && backlog_.has_unwritten()) {
    range.last_seq = std::max(range.last_seq, backlog_.last().seq);
  }
  // Room first: from the renaming on, nothing may fail.
  copied_segments_.reserve(copied_segments_.size() + 1);
  const absl::StatusOr<SegmentName> sealed = sealed_.seal(file_, range.first_seq, range.last_seq);
  if (!sealed.ok()) return sealed.status();
  ++seal_count_;
  const bool is_healthy = condemned_ == Condemned::kNo || condemned_ == Condemned::kRotated;
  health_.report(
      is_healthy ? Severity::kInfo : Severity::kWarning, "log_segment_sealed",
      [&] {
        return concat(path_, " is sealed as ", sealed_.path_of(*sealed), ", seq ", range.first_seq,
                      " to ", range.last_seq, "; a new file is begun at the path", kept_text());
      },
      range, is_healthy ? absl::OkStatus() : condemned_status_);
  const bool is_copy = !is_healthy && keeps_until_synced() && file_holds_only_kept_lines_;
  const int64_t last_held_seq = file_last_seq_;
  if (is_healthy) {
    rotation_pace_.on_success();
    rotation_failure_.clear();
    // Its size is that of whole lines, and stays.
    keep_unsynced(*sealed, file_.release());
  }
  last_seq_elsewhere_ = backlog_.is_front_written() ? backlog_.front().seq - 1 : last_held_seq;
  let_go_of_file();
  // A segment that fails with nothing but copies in it replaces the one before, so that a device
  // that fails for days does not gather them.
  remove_copied_segments(last_held_seq);
  if (is_copy) {
    copied_segments_.push_back({*sealed, range.last_seq});
  } else {
    compressor_.add(*sealed);
  }
  retention_.on_sealed();
  return absl::OkStatus();
}

// Of which every line is in the file at hand, too. If one stays, its lines are read once.
void LogAppender::remove_copied_segments(int64_t last_held_seq) {
  std::erase_if(copied_segments_, [&](const CopiedSegment& copied) {
    if (copied.last_seq > last_held_seq) return false;
    sealed_.remove(copied.name).IgnoreError();
    return true;
  });
}

// The entry was called written, and will not be in the file at hand: where it is, it stays.
void LogAppender::keep_copies_of(int64_t seq) {
  if (seq > progress_.written_seq.load(std::memory_order_relaxed)) return;
  std::erase_if(copied_segments_,
                [&](const CopiedSegment& copied) { return copied.last_seq >= seq; });
}

bool LogAppender::count_unsyncable(int64_t first_seq, int64_t last_seq) {
  const int64_t known = std::max(
      {progress_.synced_seq.load(std::memory_order_relaxed), last_unsyncable_seq_, first_seq - 1});
  if (last_seq <= known) return false;
  progress_.unsyncable_count.fetch_add(last_seq - known, std::memory_order_relaxed);
  last_unsyncable_seq_ = last_seq;
  return true;
}

}  // namespace logslice::internal
