// This header defines LogWriterCore, what PersistentLogWriter is made of: who may step the
// appender, and when.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "diagnostics_outbox.h"
#include "group_commit.h"
#include "log_appender.h"
#include "log_progress.h"
#include "log_type.h"
#include "logslice/persistence/log_environment.h"
#include "logslice/persistence/log_marks.h"
#include "logslice/persistence/log_persistence_config.h"
#include "pending_queue.h"
#include "sidecar.h"

namespace logslice::internal {

// Comments on the public functions: persistent_log_writer.h.
//
// Locks, in this order: mutex_, then types_mutex_ or the outbox's. No lock is held while the
// diagnostics sink runs. With syncing, dispatchers go through commit_ first, so that only leaders
// meet at mutex_.
class LogWriterCore {
 public:
  static absl::StatusOr<std::unique_ptr<LogWriterCore>> open(const LogPersistenceConfig& config,
                                                             LogEnvironment environment);
  ~LogWriterCore();

  int register_type(const TypeTable& table);
  void reserve() { queue_.reserve(); }
  absl::StatusOr<int64_t> accept(int type_index, const void* entry);
  bool wants_flush() const noexcept;
  absl::Status write_through(int64_t seq);
  absl::Status flush(LogAppender::Sync sync);
  absl::Status close();

  int64_t settled_seq() const noexcept {
    return progress_.settled_seq.load(std::memory_order_acquire);
  }
  int64_t last_accepted_seq() const noexcept {
    return progress_.accepted_seq.load(std::memory_order_acquire);
  }
  LogMarks marks() const;
  const std::string& path() const { return path_; }
  const LogPersistenceConfig& config() const { return config_; }
  int64_t accepted_count(int type_index) const noexcept;
  absl::StatusOr<int64_t> entry_count_at_open(int type_index);
  void note_refused() noexcept { progress_.refused_count.fetch_add(1, std::memory_order_relaxed); }

 private:
  LogWriterCore(const LogPersistenceConfig& config, LogEnvironment environment, std::string path,
                std::unique_ptr<Sidecar> sidecar);

  absl::Status start();
  absl::Status step(LogAppender::Sync sync, LogAppender::Check check);  // mutex_ held
  absl::Status step_for(int64_t seq);
  absl::Status result_for(int64_t seq);
  absl::Status closed_error() const;
  absl::Status write_sidecar(std::optional<int64_t> log_bytes);
  absl::Status write_sidecar_content(std::optional<int64_t> log_bytes);
  bool is_in_forked_child() const noexcept;

  const LogPersistenceConfig config_;
  const LogEnvironment environment_;
  const std::string path_;
  const uint64_t generation_;
  const absl::Time started_at_;

  PendingQueue queue_;
  LogProgress progress_;
  DiagnosticsOutbox outbox_;
  GroupCommit commit_;
  std::atomic<bool> is_closed_{false};

  std::mutex mutex_;  // whoever holds it is the queue's consumer and steps the appender
  LogAppender appender_;
  std::unique_ptr<Sidecar> sidecar_;  // null once closed

  mutable std::mutex types_mutex_;  // guards the growth of types_, and the rest; not accept()
  std::vector<std::unique_ptr<LogType>> types_;
  int64_t last_seq_at_open_ = 0;
  std::optional<std::map<std::string, int64_t>> counts_at_open_;
};

}  // namespace logslice::internal
