#include "log_appender.h"

#include <algorithm>
#include <new>
#include <utility>

#include "io_status.h"
#include "log_type.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr int64_t kBatchBytes = int64_t{64} << 10;  // encoded before a write, while all is well

void raise_to(std::atomic<int64_t>& mark, int64_t seq) {
  if (mark.load(std::memory_order_relaxed) < seq) mark.store(seq, std::memory_order_release);
}

}  // namespace

LogAppender::LogAppender(const LogPersistenceConfig& config, std::string path, Clock& clock,
                         FileSystem& file_system, PendingQueue& queue, LogProgress& progress,
                         WriteHealth& health)
    : config_(config),
      path_(std::move(path)),
      clock_(clock),
      file_system_(file_system),
      queue_(queue),
      progress_(progress),
      file_(file_system, path_),
      sealed_(file_system, path_),
      retention_(config, file_system, path_, sealed_, health),
      compressor_(config, file_system, path_, sealed_, health),
      health_(health),
      no_memory_error_(with_error_kind(resource_exhausted(concat("no memory to write to ", path_)),
                                       ErrorKind::kWrite)) {}

absl::Status LogAppender::step(Sync sync, Check check) {
  try {
    return check_and_write(sync, check);
  } catch (const std::bad_alloc&) {
    // Whatever could not be encoded is still in the queue.
    return no_memory_error_;
  }
}

absl::Status LogAppender::check_and_write(Sync sync, Check check) {
  const absl::Time now = clock_.now();
  now_ = now;
  check_ = check;
  sync_ = sync;
  absl::Status lost;  // what was not synced, and never will be
  // A clock that went back is no reason to stop looking.
  if (check == Check::kAlways || now >= next_check_ || now + kCheckInterval < next_check_) {
    next_check_ = now + kCheckInterval;
    lost = check_file(now);
  }
  absl::Status status =
      !lost.ok() && file_.is_open() ? keep_waiting(lost, now) : write_what_waits(sync, now);
  if (status.ok()) {
    health_.on_success(progress_.written_seq.load(std::memory_order_relaxed));
  } else {
    report_failure(status);
  }
  if (status.ok() && sync == Sync::kAlways) return lost;
  return status;
}

// ---- Writing ------------------------------------------------------------------------------------

absl::Status LogAppender::keep_waiting(const absl::Status& why, absl::Time now) {
  set_time(now);
  keep_rest();
  return why;
}

void LogAppender::set_time(absl::Time now) {
  last_ts_ = std::max(last_ts_, now);
  ts_text_ = time_text_.format(last_ts_);
}

absl::Status LogAppender::write_what_waits(Sync sync, absl::Time now) {
  set_time(now);
  try {
    absl::Status status = write_all(sync);
    if (!status.ok()) keep_rest();
    return status;
  } catch (const std::bad_alloc&) {
    return no_memory_error_;
  }
}

absl::Status LogAppender::write_all(Sync sync) {
  absl::Status status = leave_condemned_file();
  if (status.ok()) status = write_to_file(sync);
  if (status.ok() || condemned_ == Condemned::kNo) return status;
  // The file failed just now: that is reported, and answered at once.
  report_failure(status);
  status = leave_condemned_file();
  if (status.ok()) status = write_to_file(sync);
  return status;
}

absl::Status LogAppender::write_to_file(Sync sync) {
  while (backlog_.has_unwritten() || queue_.size() > 0) {
    while (backlog_.unwritten_byte_count() < kBatchBytes && queue_.size() > 0) encode_next();
    absl::Status status = write_backlog();
    // That the rest cannot be written is no reason not to sync what is.
    const bool is_last_chance = !status.ok() && sync == Sync::kAtClose && keeps_until_synced() &&
                                backlog_.is_front_written();
    if (file_.is_open() && (is_sync_due() || is_last_chance)) {
      absl::Status synced = sync_file();
      if (!synced.ok()) status = std::move(synced);
    }
    if (!status.ok()) return status;
  }
  const bool is_synced = progress_.synced_seq.load(std::memory_order_relaxed) ==
                         progress_.written_seq.load(std::memory_order_relaxed);
  const bool wants_sync =
      !is_synced && (sync == Sync::kAlways || config_.sync_on_flush ||
                     (sync == Sync::kAtClose && has_cadence()) || is_sync_due());
  if (wants_sync) {
    if (absl::Status status = sync_file(); !status.ok()) return status;
  }
  return rotate_if_due();
}

absl::Time LogAppender::sync_due() const {
  const bool is_off = config_.sync_every == absl::ZeroDuration() || settles_when_synced();
  return is_off ? absl::InfiniteFuture() : unsynced_since_ + config_.sync_every;
}

bool LogAppender::is_kept_too_long() const {
  // What is kept until it is synced counts as pending: at the bound it is synced early.
  const int64_t unsynced_count = backlog_.written_line_count();
  if (unsynced_count > 0 && (backlog_.byte_count() >= config_.max_pending_bytes ||
                             backlog_.line_count() >= config_.max_pending_entries)) {
    return true;
  }
  if (settles_when_synced()) return false;
  if (config_.sync_every_entries > 0 && unsynced_count >= config_.sync_every_entries) return true;
  const absl::Time due = sync_due();
  if (due == absl::InfiniteFuture()) return false;
  // A clock that went back tells nothing about the age: synced once, it begins anew.
  const absl::Time now = clock_.now();
  return now >= due || now < unsynced_since_;
}

absl::Status LogAppender::encode(std::span<const PendingEntry> entries, size_t& encoded_count) {
  set_time(clock_.now());
  try {
    for (; encoded_count < entries.size(); ++encoded_count) {
      const PendingEntry& pending = entries[encoded_count];
      encode_one(pending);
      // Whoever drops adds to it, too.
      progress_.pending_bytes_out.fetch_add(pending.memory_bytes, std::memory_order_relaxed);
    }
    return absl::OkStatus();
  } catch (const std::bad_alloc&) {
    report_failure(no_memory_error_);
    return no_memory_error_;
  }
}

void LogAppender::skip_dropped(int64_t entry_count) {
  health_.on_drop({last_encoded_seq_ + 1, last_encoded_seq_ + entry_count, ""});
  last_encoded_seq_ += entry_count;
}

void LogAppender::encode_next() {
  const PendingEntry& pending = queue_.front();
  encode_one(pending);
  // Nobody else adds to it: cheaper than an atomic addition.
  progress_.pending_bytes_out.store(
      progress_.pending_bytes_out.load(std::memory_order_relaxed) + pending.memory_bytes,
      std::memory_order_relaxed);
  queue_.pop();
}

void LogAppender::encode_one(const PendingEntry& pending) {
  const int64_t seq = last_encoded_seq_ + 1;
  const int64_t repaired = backlog_.encode(seq, *pending.type, pending.entry, ts_text_);
  last_encoded_seq_ = seq;
  if (repaired == 0) return;
  if (progress_.repaired_string_count.fetch_add(repaired, std::memory_order_relaxed) == 0) {
    health_.report(
        Severity::kWarning, "log_text_repaired",
        [&] {
          return concat("seq ", seq, " of ", pending.type->table.id, " in ", path_,
                        " has text that is not UTF-8; its invalid bytes are written as U+FFFD, "
                        "here and from now on (the marks count them)");
        },
        {seq, seq, pending.type->table.id}, absl::OkStatus());
  }
}

absl::Status LogAppender::write_backlog() {
  while (backlog_.has_unwritten()) {
    if (absl::Status status = rotate_if_due(); !status.ok()) return status;
    if (!file_.is_open()) {
      absl::Status status = attach_file(clock_.now());
      if (made_room(status)) continue;
      if (!status.ok()) return status;
    }
    if (file_last_seq_ == 0) {
      file_first_seq_ = backlog_.next_unwritten().seq;
      file_since_ = last_ts_;
    }
    const DataFile::WriteOutcome outcome =
        file_.write_lines(backlog_.next_to_write(write_bytes_max()));
    if (outcome.bytes_written > 0) {
      const int64_t seq = backlog_.mark_written(outcome.bytes_written);
      file_last_seq_ = seq;
      raise_to(progress_.written_seq, seq);
      compressor_.on_written(outcome.bytes_written);
      if (!keeps_until_synced()) {
        seal_pace_.on_success();
        backlog_.release_written();
      } else if (unsynced_since_ == absl::InfiniteFuture()) {
        unsynced_since_ = now_;
      }
      if (!settles_when_synced()) raise_to(progress_.settled_seq, seq);
    }
    if (outcome.status.ok()) continue;
    if (file_.is_stuck()) condemn(Condemned::kTorn, outcome.status);
    if (made_room(outcome.status)) continue;
    return outcome.status;
  }
  return absl::OkStatus();
}

absl::Status LogAppender::sync_file() {
  if (condemned_ == Condemned::kSyncFailed) return condemned_status_;
  if (absl::Status older = sync_unsynced_segments(0); !older.ok()) return older;
  if (sync_ == Sync::kAlways && !untold_sync_failure_.ok()) {
    return std::exchange(untold_sync_failure_, absl::OkStatus());
  }
  absl::Status status = file_.sync_data();
  if (!status.ok()) {
    // The kernel may have dropped what it could not write, and will say that all is well the next
    // time it is asked. So it is not asked again.
    condemn(Condemned::kSyncFailed, status);
    return status;
  }
  // A directory that cannot be synced now may be later, and loses no page of the file.
  status = file_.sync_directory();
  // There may be no file at hand, and sealed ones whose names nobody has made durable.
  if (status.ok()) status = sealed_.make_names_durable();
  if (!status.ok()) return status;
  on_synced();
  return absl::OkStatus();
}

void LogAppender::on_synced() {
  int64_t synced = progress_.written_seq.load(std::memory_order_relaxed);
  // Lines of a file that was given up are written, there, but not in the one that was synced.
  if (backlog_.has_unwritten()) synced = std::min(synced, backlog_.next_unwritten().seq - 1);
  raise_to(progress_.synced_seq, synced);
  if (synced == progress_.written_seq.load(std::memory_order_relaxed)) {
    unsynced_since_ = absl::InfiniteFuture();
  }
  backlog_.release_written();
  raise_to(progress_.settled_seq, synced);
  file_holds_only_kept_lines_ = false;
  // What is kept of a segment whose sync failed is written again, a part at a time.
  file_has_newest_synced_ = file_.is_open() && file_last_seq_ > last_seq_elsewhere_ &&
                            file_last_seq_ >= sealed_.last_seq();
  seal_pace_.on_success();
  remove_copied_segments(file_last_seq_);
}

// ---- While it cannot be written -----------------------------------------------------------------

void LogAppender::keep_rest() {
  // Encoded now, so that their __ts__ is when they were first tried, and their bytes are counted.
  bool may_sync = true;
  while (queue_.size() > 0) {
    encode_next();
    drop_past_bounds(may_sync);
  }
  drop_past_bounds(may_sync);
}

void LogAppender::note_given_up(int64_t seq) {
  if (seq <= progress_.written_seq.load(std::memory_order_relaxed)) gave_up_written_ = true;
}

void LogAppender::drop_past_bounds(bool& may_sync) {
  while (!backlog_.empty() && (backlog_.line_count() > config_.max_pending_entries ||
                               backlog_.byte_count() > config_.max_pending_bytes)) {
    // Written lines wait for a sync only: the bound asks for it now.
    // Asked once: each line that is dropped after that would wait for the device again.
    if (may_sync && backlog_.is_front_written() && condemned_ == Condemned::kNo) {
      may_sync = sync_file().ok();
      if (may_sync) continue;
    }
    const LineBacklog::Line line = backlog_.front();
    if (backlog_.is_front_written() && !settles_when_synced()) {
      // In the file it stays, and is counted as unsyncable should its sync fail.
      backlog_.drop_front();
      file_holds_only_kept_lines_ = false;
      continue;
    }
    note_given_up(line.seq);
    if (!settles_when_synced()) keep_copies_of(line.seq);
    // The hole in __seq__ is all that a reader will see of it, unless it was written, and the sync
    // that it waits for cannot be had.
    line.type->dropped_count.fetch_add(1, std::memory_order_relaxed);
    progress_.dropped_count.fetch_add(1, std::memory_order_relaxed);
    raise_to(progress_.written_seq, line.seq);
    health_.on_drop({line.seq, line.seq, line.type->table.id});
    backlog_.drop_front();
    raise_to(progress_.settled_seq, line.seq);
  }
}

// Lines that are not written, or not synced.
SeqRange LogAppender::kept_range() const {
  if (backlog_.empty()) return {};
  return {backlog_.front().seq, backlog_.last().seq, backlog_.front().type->table.id};
}

void LogAppender::report_failure(const absl::Status& status) {
  const std::string_view event =
      condemned_ == Condemned::kSyncFailed ? "log_sync_failed" : "log_write_failed";
  SeqRange waiting = kept_range();
  if (condemned_ != Condemned::kSyncFailed && !settles_when_synced() && backlog_.has_unwritten()) {
    // What is written before them waits for its sync only.
    const LineBacklog::Line& first = backlog_.next_unwritten();
    waiting.first_seq = first.seq;
    waiting.slice_type = first.type->table.id;
  }
  if (waiting.first_seq != 0 && condemned_ == Condemned::kSyncFailed) {
    // What was in the file before this writer came was in it, too.
    waiting.first_seq =
        std::min(waiting.first_seq, progress_.synced_seq.load(std::memory_order_relaxed) + 1);
  }
  if (waiting.first_seq == 0) {
    // A sync of everything written can fail with nothing waiting.
    const int64_t synced = progress_.synced_seq.load(std::memory_order_relaxed);
    const int64_t written = progress_.written_seq.load(std::memory_order_relaxed);
    health_.on_failure(event, status, {std::min(synced + 1, written), written, ""});
    return;
  }
  health_.on_failure(event, status, waiting);
}

void LogAppender::close(const absl::Status& status, const SeqRange& unqueued) {
  SeqRange lost = kept_range();
  // What could not even be encoded, for want of memory, is behind all that was.
  if (queue_.size() > 0) {
    if (lost.first_seq == 0) {
      lost = {last_encoded_seq_ + 1, 0, queue_.front().type->table.id};
    }
    lost.last_seq = last_encoded_seq_ + queue_.size();
  }
  while (!backlog_.empty()) {
    const LineBacklog::Line line = backlog_.front();
    if (!backlog_.is_front_written()) {
      note_given_up(line.seq);
      line.type->dropped_count.fetch_add(1, std::memory_order_relaxed);
      progress_.dropped_count.fetch_add(1, std::memory_order_relaxed);
    }
    backlog_.drop_front();
    raise_to(progress_.settled_seq, line.seq);
  }
  // What there was no memory to encode.
  for (; queue_.size() > 0; queue_.pop()) {
    LogType& type = *queue_.front().type;
    type.dropped_count.fetch_add(1, std::memory_order_relaxed);
    progress_.dropped_count.fetch_add(1, std::memory_order_relaxed);
    lost.last_seq = ++last_encoded_seq_;
    if (lost.first_seq == 0) lost = {lost.last_seq, lost.last_seq, type.table.id};
    raise_to(progress_.settled_seq, lost.last_seq);
  }
  if (unqueued.first_seq != 0) {
    if (lost.first_seq == 0) lost = unqueued;
    lost.last_seq = unqueued.last_seq;
    raise_to(progress_.settled_seq, lost.last_seq);
  }
  health_.on_close(lost, status);
  const int64_t repaired = progress_.repaired_string_count.load(std::memory_order_relaxed);
  if (repaired > 1) {
    health_.report(
        Severity::kWarning, "log_text_repaired",
        [&] { return concat(path_, ": ", repaired, " strings were not UTF-8 and were repaired"); },
        {}, absl::OkStatus());
  }
  file_.detach();
  unsynced_segments_.clear();
  compressor_.close();
}

}  // namespace logslice::internal
