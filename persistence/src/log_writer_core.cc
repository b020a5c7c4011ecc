#include "log_writer_core.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "fork_guard.h"
#include "io_status.h"
#include "log_paths.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"
#include "type_counter.h"

namespace logslice::internal {

namespace {

constexpr int64_t kLastSeq = std::numeric_limits<int64_t>::max();

absl::Status numbers_exhausted(const std::string& path) {
  return resource_exhausted(
      concat(path, " has reached the last sequence number, ", kLastSeq, "; go on in a new log"));
}

struct FinishBatch {
  ~FinishBatch() { commit.finish(); }
  GroupCommit& commit;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogWriterCore>> LogWriterCore::open(
    const LogPersistenceConfig& config, LogEnvironment environment) {
  if (absl::Status status = config.validate(); !status.ok()) return status;
  std::unique_ptr<LogWriterCore> core(new LogWriterCore(config, std::move(environment)));
  absl::Status status = core->open_log();
  core->outbox_.deliver();
  if (!status.ok()) {
    core->is_closed_ = true;  // nothing to flush, nothing to tell the sidecar
    return status;
  }
  return core;
}

LogWriterCore::LogWriterCore(const LogPersistenceConfig& config, LogEnvironment environment)
    : config_(config),
      environment_(std::move(environment)),
      config_path_(config.path.native()),
      generation_(process_generation()),
      started_at_(environment_.clock->now()),
      outbox_(environment_.diagnostics),
      ring_(config.write_mode == WriteMode::kBackground
                ? std::make_unique<PendingRing>(config.max_pending_entries)
                : nullptr),
      health_(config_path_, outbox_) {}

// May be repeated until it succeeds; what an attempt has done is undone or found again.
absl::Status LogWriterCore::open_log() {
  FileSystem& file_system = *environment_.file_system;
  // 1. One canonical path, its directories made.
  absl::StatusOr<std::string> path = prepare_log_path(file_system, config_.path);
  if (!path.ok()) return path.status();
  if (absl::Status status = check_log_name(*path); !status.ok()) return status;
  // 2. What stands there must be a file: a lock beside a directory or device makes no sense.
  const StatResult there = file_system.stat(*path);
  if (there.ok()) {
    if (absl::Status status = check_regular(there.stat.kind, *path); !status.ok()) return status;
    // Nor beside a file that may not be written: ours would keep its owner out.
    const OpenResult probe = file_system.open(*path, OpenMode::kAppend);
    if (!probe.ok()) return io_error(probe.error, "cannot open", *path);
  }
  // 3. Keep other writers out before anything is changed.
  absl::StatusOr<std::unique_ptr<Sidecar>> sidecar = Sidecar::lock(file_system, *path);
  if (!sidecar.ok()) return sidecar.status();
  path_ = *std::move(path);
  sidecar_ = *std::move(sidecar);
  health_.set_path(path_);
  // 4. Recover the file, then say in the sidecar who is there.
  absl::Status status = or_out_of_memory([&] {
    appender_.emplace(config_, path_, *environment_.clock, file_system, queue_, progress_, health_);
    return start();
  });
  if (!status.ok()) {
    appender_.reset();
    sidecar_.reset();
    base_seq_ = 0;
    return status;
  }
  // 5. From here on the numbers are known.
  health_.on_open(base_seq_ + 1);
  is_open_.store(true, std::memory_order_release);
  return absl::OkStatus();
}

LogWriterCore::~LogWriterCore() {
  // Its errors have been reported.
  (void)close();
}

absl::Status LogWriterCore::start() {
  const std::optional<SidecarContent>& found = sidecar_->found();
  absl::Status status =
      appender_->open(found.has_value() ? std::optional(found->last_seq) : std::nullopt);
  if (!status.ok()) return status;
  last_seq_at_open_ = progress_.accepted_seq.load(std::memory_order_relaxed);
  if (ring_ != nullptr) {
    if (status = take_numbers(); !status.ok()) return status;
  }
  const int64_t size_bytes = appender_->file_size_bytes();
  counts_at_open_.reset();  // of an attempt before, that failed
  if (size_bytes == 0 && appender_->sealed_count() == 0) {
    counts_at_open_.emplace();
  } else if (found.has_value() && found->log_bytes == size_bytes &&
             found->sealed_count == appender_->sealed_count() &&
             found->last_seq == last_seq_at_open_) {
    counts_at_open_ = found->type_counts;
  }
  const int64_t changes_before = appender_->file_change_count();
  appender_->tend_segments(LogAppender::Pace::kNone);
  if (appender_->file_change_count() != changes_before) counts_at_open_.reset();
  return write_sidecar(size_bytes);
}

bool LogWriterCore::is_in_forked_child() const noexcept {
  return process_generation() != generation_;
}

absl::Status LogWriterCore::closed_error() const {
  const std::string_view why =
      is_in_forked_child()
          ? " was opened by the process that this one was forked from; open another log here"
          : " is closed";
  return with_error_kind(failed_precondition(concat(path(), why)), ErrorKind::kClosed);
}

int LogWriterCore::register_type(const TypeTable& table) {
  const std::lock_guard lock(types_mutex_);
  for (size_t i = 0; i < types_.size(); ++i) {
    if (&types_[i]->table == &table) return static_cast<int>(i);
  }
  types_.push_back(std::make_unique<LogType>(table));
  return static_cast<int>(types_.size()) - 1;
}

absl::StatusOr<int64_t> LogWriterCore::accept(int type_index, const void* entry,
                                              size_t memory_bytes) {
  if (is_closed_.load(std::memory_order_relaxed) || is_in_forked_child()) return closed_error();
  LogType& type = *types_[static_cast<size_t>(type_index)];
  const PendingEntry pending{entry, &type, static_cast<int64_t>(memory_bytes)};
  if (ring_ != nullptr) return accept_into_ring(pending);
  const int64_t last_seq = progress_.accepted_seq.load(std::memory_order_relaxed);
  if (last_seq == kLastSeq) return numbers_exhausted(path_);
  try {
    queue_.push(pending);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  progress_.pending_bytes_in.store(
      progress_.pending_bytes_in.load(std::memory_order_relaxed) + pending.memory_bytes,
      std::memory_order_relaxed);
  type.accepted_count.store(type.accepted_count.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
  progress_.accepted_seq.store(last_seq + 1, std::memory_order_release);
  return last_seq + 1;
}

bool LogWriterCore::wants_flush() const noexcept {
  if (ring_ != nullptr) return false;  // the thread that steps looks for itself
  const int64_t pending_count = last_ticket() - settled_ticket();
  if (pending_count >= config_.flush_interval) return true;
  return progress_.pending_bytes_in.load(std::memory_order_relaxed) -
             progress_.pending_bytes_out.load(std::memory_order_relaxed) >=
         config_.max_pending_bytes;
}

absl::Status LogWriterCore::write_through(int64_t seq) {
  if (is_in_forked_child()) return closed_error();
  if (settled_ticket() >= seq) return absl::OkStatus();
  if (!config_.sync_on_flush) return step_for(seq);
  if (commit_.join(seq, progress_.accepted_seq) == GroupCommit::Role::kServed) {
    return result_for(seq);
  }
  absl::Status status;
  {
    // Whatever happens, the followers are let go.
    const FinishBatch finish{commit_};
    const std::lock_guard lock(mutex_);
    status = is_closed_ ? closed_error()
                        : step(LogAppender::Sync::kAsConfigured, LogAppender::Check::kWhenDue);
  }
  outbox_.deliver();
  return settled_ticket() >= seq ? absl::OkStatus() : status;
}

absl::Status LogWriterCore::step(LogAppender::Sync sync, LogAppender::Check check) {
  const int64_t changes_before = appender_->file_change_count();
  absl::Status status = appender_->step(sync, check);
  if (appender_->file_change_count() != changes_before) {
    // The numbers given so far are in other files now, if anywhere: without the sidecar a new
    // writer might give them again.
    const absl::Status noted = write_sidecar(std::nullopt);
    if (status.ok()) status = noted;
  }
  if (status.ok()) {
    status =
        tend_segments(ring_ == nullptr ? LogAppender::Pace::kByWriting : LogAppender::Pace::kNone);
  } else {
    tend_segments(LogAppender::Pace::kNone).IgnoreError();  // it may be what makes room
  }
  note_failure(status);
  return status;
}

// Behind that, so that a sidecar of before it counts no segments that are gone.
absl::Status LogWriterCore::tend_segments(LogAppender::Pace pace) {
  const int64_t changes_before = appender_->file_change_count();
  appender_->tend_segments(pace);
  if (appender_->file_change_count() == changes_before) return absl::OkStatus();
  return write_sidecar(std::nullopt);
}

void LogWriterCore::note_failure(const absl::Status& status) {
  if (status.ok() && !has_failure_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(failure_mutex_);
  failure_ = status;
  has_failure_.store(!status.ok(), std::memory_order_relaxed);
}

PersistenceStatus LogWriterCore::status() const {
  PersistenceStatus status;
  if (is_in_forked_child()) {
    status.failure = closed_error();
  } else {
    const std::lock_guard lock(failure_mutex_);
    status.failure = failure_;
  }
  if (!status.failure.ok()) {
    status.state = PersistenceStatus::State::kFailed;
  } else if (is_open_.load(std::memory_order_acquire)) {
    status.state = PersistenceStatus::State::kOpen;
  }
  return status;
}

absl::Status LogWriterCore::step_for(int64_t seq) {
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (settled_ticket() >= seq) return absl::OkStatus();
    if (is_closed_) return closed_error();
    status = step(LogAppender::Sync::kAsConfigured, LogAppender::Check::kWhenDue);
  }
  outbox_.deliver();
  return settled_ticket() >= seq ? absl::OkStatus() : status;
}

absl::Status LogWriterCore::result_for(int64_t seq) {
  if (settled_ticket() >= seq) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  if (settled_ticket() >= seq) return absl::OkStatus();
  if (is_closed_) return closed_error();
  return appender_->failure();
}

absl::Status LogWriterCore::flush(LogAppender::Sync sync) {
  if (is_in_forked_child()) return closed_error();
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return closed_error();
    status = ring_ != nullptr ? drain(sync, LogAppender::Check::kAlways)
                              : step(sync, LogAppender::Check::kAlways);
  }
  outbox_.deliver();
  return status;
}

absl::Status LogWriterCore::last_step() {
  constexpr auto kSync = LogAppender::Sync::kAtClose;
  constexpr auto kCheck = LogAppender::Check::kAlways;
  if (ring_ != nullptr) return drain(kSync, kCheck);
  // Without one: memory ended while it was opened.
  return appender_.has_value() ? appender_->step(kSync, kCheck) : absl::OkStatus();
}

absl::Status LogWriterCore::close() {
  if (is_in_forked_child()) return absl::OkStatus();
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_.exchange(true)) return absl::OkStatus();
    // 1. What can be written is.
    status = last_step();
    // Memory comes and goes, and there is no later time.
    if (absl::IsResourceExhausted(status)) status = last_step();
    // Processes that live too short for portions would never compress anything. In background mode
    // close() has a deadline.
    if (status.ok() && ring_ == nullptr && appender_.has_value()) {
      status = tend_segments(LogAppender::Pace::kOneSegment);
    }
    // 2. What cannot is given up, and said.
    const SeqRange unqueued = ring_ != nullptr ? give_up_ring() : SeqRange{};
    if (!appender_.has_value()) {
      health_.on_close_unopened(unqueued.last_seq, status);
    } else {
      const int64_t size_bytes = appender_->file_size_bytes();
      appender_->close(status, unqueued);
      // 3. The sidecar learns the counts; without them the next who asks reads the log.
      const absl::Status noted =
          write_sidecar(appender_->has_all_entries() ? std::optional(size_bytes) : std::nullopt);
      if (status.ok()) status = noted;
    }
    note_failure(status);
    // 4. Only now may another writer come.
    sidecar_.reset();
  }
  outbox_.deliver_all();
  return status;
}

absl::Status LogWriterCore::write_sidecar(std::optional<int64_t> log_bytes) {
  // Not thrown through those who have changed files before, and have to finish.
  return or_out_of_memory([&] { return write_sidecar_content(log_bytes); });
}

absl::Status LogWriterCore::write_sidecar_content(std::optional<int64_t> log_bytes) {
  SidecarContent content;
  content.pid = getpid();
  content.started_at = started_at_;
  content.last_seq = base_seq_ + last_ticket();
  {
    // Let go of before the system call: a session asks for counts with its window locked.
    const std::lock_guard lock(types_mutex_);
    if (log_bytes.has_value() && counts_at_open_.has_value()) {
      content.log_bytes = log_bytes;
      content.sealed_count = appender_->sealed_count();
      content.type_counts = *counts_at_open_;
      // While the log is being opened, nothing that waits is in it.
      if (is_open_.load(std::memory_order_relaxed)) {
        for (const std::unique_ptr<LogType>& type : types_) {
          const int64_t count = type->accepted_count.load() - type->dropped_count.load();
          if (count > 0) content.type_counts[std::string(type->table.id)] += count;
        }
      }
    }
  }
  return sidecar_->write(content);
}

int64_t LogWriterCore::settled_ticket() const noexcept {
  if (ring_ == nullptr) return progress_.settled_seq.load(std::memory_order_acquire);
  // Only what is known to be out of use: an entry that is dropped makes those before it free, too,
  // whatever the device does with their lines.
  const int64_t dropped = ring_->dropped_ticket();
  if (!is_open_.load(std::memory_order_acquire)) return dropped;
  return std::max(dropped, progress_.settled_seq.load(std::memory_order_acquire) - base_seq_);
}

int64_t LogWriterCore::unsettled_count() const noexcept {
  if (ring_ == nullptr) return last_ticket() - settled_ticket();
  // What was pushed last of all, so that nothing is taken off before it is counted.
  const int64_t gone = settled_count_.load(std::memory_order_acquire) + ring_->dropped_count();
  return ring_->pushed_ticket() - gone;
}

LogMarks LogWriterCore::marks() const {
  LogMarks marks;
  // In this order each is at least as old as the next, so that synced <= written <= accepted.
  if (is_open_.load(std::memory_order_acquire)) {
    marks.synced_seq = progress_.synced_seq.load(std::memory_order_acquire);
    marks.written_seq = progress_.written_seq.load(std::memory_order_acquire);
  }
  marks.accepted_seq = base_seq() + last_ticket();
  marks.dropped_count = progress_.dropped_count.load(std::memory_order_relaxed);
  marks.refused_count = progress_.refused_count.load(std::memory_order_relaxed);
  marks.unsyncable_count = progress_.unsyncable_count.load(std::memory_order_relaxed);
  marks.repaired_string_count = progress_.repaired_string_count.load(std::memory_order_relaxed);
  return marks;
}

int64_t LogWriterCore::accepted_count(int type_index) const noexcept {
  if (is_in_forked_child()) return 0;
  const std::lock_guard lock(types_mutex_);
  const LogType& type = *types_[static_cast<size_t>(type_index)];
  return type.accepted_count.load(std::memory_order_relaxed) -
         type.dropped_count.load(std::memory_order_relaxed);
}

absl::StatusOr<int64_t> LogWriterCore::entry_count_at_open(int type_index) {
  if (is_in_forked_child()) return closed_error();
  std::unique_lock lock(types_mutex_);
  const TypeTable& table = types_[static_cast<size_t>(type_index)]->table;
  if (!counts_at_open_.has_value()) {
    lock.unlock();
    absl::StatusOr<std::map<std::string, int64_t>> counts =
        count_types(*environment_.file_system, path_, last_seq_at_open_, config_.line_bytes_max);
    if (!counts.ok()) return counts.status();
    lock.lock();
    counts_at_open_ = *std::move(counts);
  }
  int64_t count = 0;
  for (const auto& [type, entries] : *counts_at_open_) {
    if (table.matches(type)) count += entries;
  }
  return count;
}

}  // namespace logslice::internal
