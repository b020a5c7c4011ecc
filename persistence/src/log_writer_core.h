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
#include "logslice/persistence/persistence_status.h"
#include "logslice/reflection/internal/encode.h"
#include "pending_queue.h"
#include "pending_ring.h"
#include "sidecar.h"
#include "write_health.h"

namespace logslice::internal {

// Comments on the public functions: persistent_log_writer.h.
//
// In two modes. Inline: accept() queues, and the thread that dispatches steps. Background: accept()
// puts into the ring, and the one thread that steps opens the log, hands over and writes
// (log_writer_background.cc). There numbers are given before anybody knows where the log stands:
// what accept() returns is a ticket, counted from 1; __seq__ is base_seq_ + ticket. Inline the
// base is 0.
//
// Locks, in this order: mutex_, then types_mutex_, failure_mutex_ or the outbox's. No lock is held
// while the diagnostics sink runs; mutex_ alone is held across I/O, and in background mode nobody
// who dispatches takes it. With syncing, inline dispatchers go through commit_ first, so that only
// leaders meet at mutex_.
class LogWriterCore {
 public:
  static absl::StatusOr<std::unique_ptr<LogWriterCore>> open(const LogPersistenceConfig& config,
                                                             LogEnvironment environment);
  static absl::StatusOr<std::unique_ptr<LogWriterCore>> open_in_background(
      const LogPersistenceConfig& config, LogEnvironment environment);
  ~LogWriterCore();

  int register_type(const TypeTable& table);
  void reserve() { queue_.reserve(); }
  absl::StatusOr<int64_t> accept(int type_index, const void* entry, size_t memory_bytes);
  size_t memory_bytes_of(int type_index, const void* entry) const {
    return memory_bytes(types_[static_cast<size_t>(type_index)]->table, entry);
  }
  bool wants_flush() const noexcept;
  absl::Status write_through(int64_t seq);
  absl::Status flush(LogAppender::Sync sync);
  absl::Status close();

  // Background.
  absl::Status step();
  absl::Duration time_to_step();
  bool has_waiting() const noexcept { return ring_->taken_ticket() < ring_->pushed_ticket(); }
  bool is_past_bound() const noexcept;
  void drop_past_bound();
  void abandon();

  // Both of the same kind as what accept() returns.
  int64_t settled_ticket() const noexcept;
  int64_t last_ticket() const noexcept {
    return ring_ ? ring_->pushed_ticket() : progress_.accepted_seq.load(std::memory_order_acquire);
  }
  int64_t unsettled_count() const noexcept;
  bool is_open() const noexcept { return is_open_.load(std::memory_order_acquire); }
  int64_t base_seq() const noexcept {
    return is_open_.load(std::memory_order_acquire) ? base_seq_ : 0;
  }
  LogMarks marks() const;
  PersistenceStatus status() const;
  const std::string& path() const {
    return is_open_.load(std::memory_order_acquire) ? path_ : config_path_;
  }
  const LogPersistenceConfig& config() const { return config_; }
  int64_t accepted_count(int type_index) const noexcept;
  absl::StatusOr<int64_t> entry_count_at_open(int type_index);
  void note_refused() noexcept { progress_.refused_count.fetch_add(1, std::memory_order_relaxed); }

 private:
  LogWriterCore(const LogPersistenceConfig& config, LogEnvironment environment);

  absl::Status open_log();
  absl::Status start();
  absl::Status step(LogAppender::Sync sync, LogAppender::Check check);  // mutex_ held
  absl::Status tend_segments(LogAppender::Pace pace);
  absl::Status step_for(int64_t seq);
  absl::Status last_step();
  absl::Status result_for(int64_t seq);
  void note_failure(const absl::Status& status);
  absl::Status closed_error() const;
  absl::Status write_sidecar(std::optional<int64_t> log_bytes);
  absl::Status write_sidecar_content(std::optional<int64_t> log_bytes);
  bool is_in_forked_child() const noexcept;

  // How much more may wait; below 0, something must go.
  struct Room {
    int64_t entry_count = 0;
    int64_t bytes = 0;
    bool is_enough() const { return entry_count >= 0 && bytes >= 0; }
  };

  // log_writer_background.cc. The producer's:
  int64_t accept_into_ring(const PendingEntry& pending);
  Room room() const noexcept;  // anyone's
  // With mutex_ held:
  absl::Status take_numbers();
  void note_dropped(const PendingEntry& dropped);
  absl::Status drain(LogAppender::Sync sync, LogAppender::Check check);
  absl::Status hand_over();
  void skip_dropped_up_to(int64_t ticket);
  bool has_caught_up() const;
  bool has_time() const;
  SeqRange give_up_ring();

  const LogPersistenceConfig config_;
  const LogEnvironment environment_;
  const std::string config_path_;
  const uint64_t generation_;
  const absl::Time started_at_;

  PendingQueue queue_;
  LogProgress progress_;
  DiagnosticsOutbox outbox_;
  GroupCommit commit_;
  std::atomic<bool> is_closed_{false};
  std::atomic<bool> is_open_{false};  // for good, once it is

  const std::unique_ptr<PendingRing> ring_;  // null inline
  Room seen_room_;                           // the producer's

  std::mutex mutex_;  // whoever holds it is the consumer of queue or ring, and steps the appender
  std::string path_;  // canonical; like base_seq_ not changed any more once is_open_ is set
  int64_t base_seq_ = 0;
  WriteHealth health_;
  std::optional<LogAppender> appender_;  // while it is open
  std::unique_ptr<Sidecar> sidecar_;     // likewise; null once closed

  // What is claimed from the ring; of it, so many are encoded already.
  PendingBatch batch_;
  size_t encoded_count_ = 0;
  int64_t claimed_ticket_ = 0;  // up to here entries were claimed, or dropped before it
  int64_t claimed_count_ = 0;
  std::atomic<int64_t> settled_count_{0};  // of these, or dropped after they were claimed
  std::atomic<bool> is_abandoned_{false};

  mutable std::mutex failure_mutex_;
  absl::Status failure_;                  // of the last step
  std::atomic<bool> has_failure_{false};  // written under mutex_

  mutable std::mutex types_mutex_;  // guards the growth of types_, and the rest; not accept()
  std::vector<std::unique_ptr<LogType>> types_;
  int64_t last_seq_at_open_ = 0;
  std::optional<std::map<std::string, int64_t>> counts_at_open_;
};

}  // namespace logslice::internal
