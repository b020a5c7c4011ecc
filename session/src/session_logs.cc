// The logs of a session: attaching, flushing, reloading.

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "caught.h"
#include "logslice/persistence/internal/canonical_log_path.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/status.h"
#include "session_core.h"
#include "session_errors.h"
#include "text.h"

namespace logslice::internal {
namespace {

// Whether a slice may join a log that another slice has opened: the settings of the log, not of the
// slice, must be the same.
absl::Status check_agreement(const LogPersistenceConfig& open, const LogPersistenceConfig& wanted) {
  const auto differs = [&](std::string_view field) {
    return invalid_argument(
        join_text({"the log is open for another slice with another ", field,
                   "; slices that share a log agree in all but max_memory_entries"}));
  };
  if (open.write_mode != wanted.write_mode) return differs("write_mode");
  if (open.flush_interval != wanted.flush_interval) return differs("flush_interval");
  if (open.sync_on_flush != wanted.sync_on_flush) return differs("sync_on_flush");
  if (open.sync_every_entries != wanted.sync_every_entries) return differs("sync_every_entries");
  if (open.sync_every != wanted.sync_every) return differs("sync_every");
  if (open.rotate_at_bytes != wanted.rotate_at_bytes) return differs("rotate_at_bytes");
  if (open.rotate_every != wanted.rotate_every) return differs("rotate_every");
  if (open.compression != wanted.compression) return differs("compression");
  if (open.retain_segments != wanted.retain_segments) return differs("retain_segments");
  if (open.retain_bytes != wanted.retain_bytes) return differs("retain_bytes");
  if (open.retain_for != wanted.retain_for) return differs("retain_for");
  if (open.adopt_foreign != wanted.adopt_foreign) return differs("adopt_foreign");
  if (open.max_pending_entries != wanted.max_pending_entries) return differs("max_pending_entries");
  if (open.max_pending_bytes != wanted.max_pending_bytes) return differs("max_pending_bytes");
  if (open.overflow != wanted.overflow) return differs("overflow");
  if (open.overflow_timeout != wanted.overflow_timeout) return differs("overflow_timeout");
  if (open.line_bytes_max != wanted.line_bytes_max) return differs("line_bytes_max");
  return absl::OkStatus();
}

}  // namespace

absl::Status SessionCore::configure_persistence(SliceType slice_type,
                                                const LogPersistenceConfig& config) {
  if (absl::Status status = check_callable("configure_persistence"); !status.ok()) return status;
  if (absl::Status status = config.validate(); !status.ok()) return status;
  const Reporter::Hold hold(*reporter_);
  AfterLocks after;
  SessionLog* log = nullptr;
  absl::Status attached;
  bool wants_flush = false;
  {
    const Exclusively exclusively(*this);
    if (closed_) return closed_error();
    SliceState* const slice = find_slice(*slice_type.type);
    const std::string_view id = slice_type.table->id;
    if (slice == nullptr) {
      return failed_precondition(join_text(
          {"slice ", id, " is not registered; call register_slice with SlicePolicy::kLog first"}));
    }
    if (slice->policy() != SlicePolicy::kLog) {
      return policy_error(join_text({"slice ", id, " is no LOG slice: it cannot be persisted"}));
    }
    if (slice->log() != nullptr) {
      return already_exists(
          join_text({"slice ", id, " is persisted to ", slice->log()->writer->path()}));
    }
    absl::StatusOr<SessionLog*> opened = open_log(config);
    if (!opened.ok()) return std::move(opened).status();
    log = *opened;

    // What is there becomes pending. Nothing is added or evicted meanwhile: we hold dispatch, and
    // a slice without a log evicts nothing.
    WindowView view;
    {
      const std::lock_guard window_lock(window_mutex_);
      view = slice->window().view();
    }
    std::vector<absl::Status> checks(view.size());
    std::vector<Encodable> encodable(view.size(), Encodable::kYes);
    for (size_t i = 0; i < view.size(); ++i) {
      checks[i] = check_encodable(slice->table(), view.at(i), config.line_bytes_max).status();
      if (!checks[i].ok()) encodable[i] = Encodable::kNo;
    }
    {
      const std::lock_guard window_lock(window_mutex_);
      attached = slice->attach(*log, config.max_memory_entries, encodable);
      wants_flush = log->thread == nullptr && (log->writer->wants_flush() || log->over_full);
    }
    for (absl::Status& check : checks) {
      if (!check.ok()) refuse(*slice, std::move(check), after, nullptr);
    }
  }
  if (wants_flush) after.add_write(*log, log->writer->last_ticket());
  if (log->thread != nullptr) log->thread->wake();
  finish(after);
  return attached;
}

absl::StatusOr<SessionLog*> SessionCore::open_log(const LogPersistenceConfig& config) {
  const bool is_background = config.write_mode == WriteMode::kBackground;
  // In background mode no file is looked at. Otherwise a directory that cannot be used, or does not
  // exist yet, holds no open log.
  const absl::StatusOr<std::string> path = is_background
                                               ? fixed_log_path(config.path).native()
                                               : canonical_log_path(config.path, *file_system_);
  const std::filesystem::path as_path = path.ok() ? *path : std::string();
  for (const std::unique_ptr<SessionLog>& log : logs_) {
    if (!path.ok()) break;
    if (log->writer->path() != *path && log->writer->config().path != as_path) continue;
    if (absl::Status status = check_agreement(log->writer->config(), config); !status.ok()) {
      return make_status(status.code(), join_text({*path, ": ", message_of(status)}));
    }
    return log.get();
  }
  LogEnvironment environment{.clock = clock_, .file_system = file_system_};
  environment.diagnostics = [reporter = reporter_](const Diagnostic& diagnostic) {
    reporter->report(diagnostic);
  };
  if (is_background) {
    if (absl::Status status = start_thread(); !status.ok()) return status;
  }
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> writer =
      is_background ? PersistentLogWriter::open_in_background(config, std::move(environment))
                    : PersistentLogWriter::open(config, std::move(environment));
  if (!writer.ok()) return std::move(writer).status();
  auto log = std::make_unique<SessionLog>();
  log->writer = *std::move(writer);
  decltype(logs_by_writer_) by_writer = {{log->writer.get(), log.get()}};
  {
    const std::lock_guard window_lock(window_mutex_);
    // What the thread has, the session has: behind add() nothing may fail.
    logs_.reserve(logs_.size() + 1);
    logs_by_writer_.reserve(logs_.size() + 1);
  }
  if (is_background) {
    log->thread = thread_.get();
    thread_->add(log->writer);
  }
  const std::lock_guard window_lock(window_mutex_);
  logs_by_writer_.merge(by_writer);
  logs_.push_back(std::move(log));
  return logs_.back().get();
}

absl::Status SessionCore::start_thread() {
  if (thread_ != nullptr) return absl::OkStatus();
  // The thread may be left behind by a session that ends.
  absl::StatusOr<std::unique_ptr<WriterThread>> thread =
      WriterThread::start([weak = weak_from_this()](PersistentLogWriter& writer) {
        const std::shared_ptr<SessionCore> core = weak.lock();
        return core == nullptr || core->trim_in_background(writer);
      });
  if (!thread.ok()) return std::move(thread).status();
  const std::lock_guard window_lock(window_mutex_);
  thread_ = *std::move(thread);
  return absl::OkStatus();
}

absl::StatusOr<SessionLog*> SessionCore::find_log(const EventType& slice) const {
  if (is_in_forked_child()) return closed_error();
  SessionLog* log = nullptr;
  {
    const std::lock_guard window_lock(window_mutex_);
    const SliceState* const state = find_slice(slice);
    if (state != nullptr) log = state->log();
  }
  if (log == nullptr) {
    return failed_precondition(join_text({"slice ", slice.cpp_name, " has no log"}));
  }
  return log;
}

absl::StatusOr<LogMarks> SessionCore::log_marks(const EventType& slice) const {
  const absl::StatusOr<SessionLog*> log = find_log(slice);
  if (!log.ok()) return log.status();
  return (*log)->writer->marks();
}

absl::StatusOr<PersistenceStatus> SessionCore::persistence_status(const EventType& slice) const {
  const absl::StatusOr<SessionLog*> log = find_log(slice);
  if (!log.ok()) return log.status();
  return (*log)->writer->status();
}

int64_t SessionCore::unwritten_count() const {
  if (is_in_forked_child()) return 0;
  const std::lock_guard window_lock(window_mutex_);
  int64_t count = 0;
  for (const std::unique_ptr<SessionLog>& log : logs_) count += log->writer->unsettled_count();
  return count;
}

absl::Status SessionCore::flush_logs(absl::Duration timeout) {
  return flush_open(LogFlush::kWrite, "flush_logs", timeout);
}

absl::Status SessionCore::sync_logs(absl::Duration timeout) {
  return flush_open(LogFlush::kSync, "sync_logs", timeout);
}

absl::Status SessionCore::flush_open(LogFlush how, const char* name, absl::Duration timeout) {
  if (absl::Status status = check_callable(name); !status.ok()) return status;
  {
    const std::lock_guard dispatch_lock(dispatch_mutex_);
    if (closed_) return closed_error();
  }
  return flush(how, timeout);
}

absl::Status SessionCore::flush(LogFlush how, absl::Duration timeout) {
  std::vector<SessionLog*> logs;
  WriterThread* thread = nullptr;
  {
    const std::lock_guard window_lock(window_mutex_);
    thread = thread_.get();
    for (const std::unique_ptr<SessionLog>& log : logs_) logs.push_back(log.get());
  }
  absl::Status first_error;
  for (SessionLog* const log : logs) {
    if (log->thread != nullptr) continue;
    const absl::Status status = how == LogFlush::kSync ? log->writer->sync() : log->writer->flush();
    if (first_error.ok()) first_error = status;
    AfterLocks after;
    trim(*log, after);
  }
  if (thread == nullptr) return first_error;
  absl::Status status = thread->drain(how, timeout);
  if (absl::IsDeadlineExceeded(status)) {
    const int64_t unwritten = unwritten_count();
    // Who only asks whether anything is left, without any time, is told so.
    status = unwritten == 0 && how == LogFlush::kWrite
                 ? absl::OkStatus()
                 : deadline_missed("are not written yet, and go on waiting", unwritten);
  }
  return first_error.ok() ? status : first_error;
}

absl::Status SessionCore::deadline_missed(std::string_view what, int64_t unwritten_count) const {
  return with_error_kind(
      make_status(absl::StatusCode::kDeadlineExceeded,
                  join_text({"the device has not answered in time: ",
                             std::to_string(unwritten_count), " entries ", what})),
      ErrorKind::kWrite);
}

absl::Status SessionCore::close_logs(absl::Duration timeout) {
  absl::Status first_error;
  if (thread_ != nullptr) thread_->begin_stop();
  // Of a closed session: there will be no others.
  for (const std::unique_ptr<SessionLog>& log : logs_) {
    if (log->thread != nullptr) continue;
    const absl::Status status = log->writer->close();
    if (first_error.ok()) first_error = status;
    AfterLocks after;
    trim(*log, after);
  }
  if (thread_ == nullptr) return first_error;
  if (const std::optional<absl::Status> status = thread_->finish_stop(timeout)) {
    return first_error.ok() ? *status : first_error;
  }
  const int64_t unwritten = unwritten_count();
  thread_->leave_behind();
  if (!first_error.ok()) return first_error;
  return deadline_missed("are not known to be written, and given up", unwritten);
}

absl::Status SessionCore::flush_and_take(std::optional<Exclusively>& exclusively) {
  const auto begin = std::chrono::steady_clock::now();
  // With the lock, never for long: the thread may be in a sink that dispatches, and waits for us.
  for (absl::Duration patience = absl::Milliseconds(10);; patience *= 2) {
    exclusively.emplace(*this);
    if (closed_) return closed_error();
    absl::Status status = flush(LogFlush::kWrite, std::min(patience, drain_timeout_));
    if (!absl::IsDeadlineExceeded(status)) return status;
    exclusively.reset();
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    status = flush(LogFlush::kWrite, drain_timeout_ - absl::FromChrono(elapsed));
    if (!status.ok()) return status;
  }
}

absl::Status SessionCore::reload_logs() {
  if (absl::Status status = check_callable("reload_logs"); !status.ok()) return status;
  struct Reloaded {
    SliceState* slice;
    Window window;
  };
  const Reporter::Hold hold(*reporter_);
  AfterLocks after;
  std::vector<Reloaded> all;

  // 1. What is in memory must be in the file before the file replaces it. Dispatchers wait until
  //    the end, so that nothing comes in between.
  std::optional<Exclusively> exclusively;
  if (absl::Status status = flush_and_take(exclusively); !status.ok()) return status;

  // 2. Read everything before anything changes. Newest first as it comes, so that it is read into
  //    one window and turned round into another.
  for (const auto& entry : slices_) {
    const std::unique_ptr<SliceState>& slice = entry.second;
    if (slice->log() == nullptr) continue;
    Window newest_first(slice->table(), slice->chunk_entries_log2());
    const PersistentLogWriter& writer = *slice->log()->writer;
    const ScanOptions options{.line_bytes_max = writer.config().line_bytes_max,
                              .file_system = file_system_};
    absl::Status status;
    absl::Status caught = run_caught("reading a log back", [&] {
      status = read_last_entries(slice->table(), writer.path(), slice->max_memory_entries(),
                                 options, [&](void* read) { newest_first.append_moved(read); });
    });
    if (!caught.ok()) return caught;
    // A log without a file yet has no entries.
    if (absl::IsNotFound(status)) status = absl::OkStatus();
    if (!status.ok()) return status;
    Window window(slice->table(), slice->chunk_entries_log2(), slice->memory());
    for (size_t i = newest_first.size(); i > 0; --i) {
      window.append_moved(newest_first.mutable_at(i - 1));
    }
    all.push_back({slice.get(), std::move(window)});
  }

  // 3. All windows at once.
  const std::lock_guard window_lock(window_mutex_);
  for (Reloaded& each : all) each.slice->replace(std::move(each.window), after.retired);
  return absl::OkStatus();
}

}  // namespace logslice::internal
