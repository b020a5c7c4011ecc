// This header defines LogAppender, the state machine between the queue and the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "data_file.h"
#include "line_backlog.h"
#include "log_progress.h"
#include "logslice/persistence/clock.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"
#include "logslice/reflection/internal/time_text.h"
#include "pending_queue.h"
#include "write_health.h"

namespace logslice::internal {

// LogAppender is stepped: each step() moves entries from the queue through their encoding into the
// file, as far as the disk lets it. It never waits, takes no lock and calls no user code; whoever
// steps it (a dispatching thread now) holds the writer's lock and delivers the reports afterwards.
//
// The life of an entry here: queued -> encoded (kept in the backlog) -> written -> synced, where
// that is configured -> settled. Or, past the pending bound: dropped, and settled with it.
class LogAppender {
 public:
  enum class Sync {
    kAsConfigured,
    kAlways,
  };
  enum class Check {
    kWhenDue,  // at most every 100 ms of the clock
    kAlways,
  };

  LogAppender(const LogPersistenceConfig& config, std::string path, Clock& clock,
              FileSystem& file_system, PendingQueue& queue, LogProgress& progress,
              DiagnosticsOutbox& outbox);

  // Opens and recovers the file, if it exists, and sets the marks to where the log stands.
  // `known_last_seq` is from the sidecar, if it has valid content.
  absl::Status open(std::optional<int64_t> known_last_seq);

  absl::Status step(Sync sync, Check check);

  // The last step was it: what is left is given up, counted as dropped and reported.
  void close(const absl::Status& status);

  // Why the last step did not get everything through; OK if it did.
  const absl::Status& failure() const { return health_.failure(); }

  int64_t file_size_bytes() const { return file_.size_bytes(); }
  // Whether the file is the one of open(), or made since, so that counts can go on from there.
  bool is_same_file() const { return file_change_count_ == 0; }
  int64_t file_change_count() const { return file_change_count_; }

 private:
  RecoveryOptions recovery_options(absl::Time now) const;
  void check_file(absl::Time now);
  void on_moved_file(DataFile::Change change);
  void on_changed_content(DataFile::Change change, absl::Time now);
  absl::Status attach_file(absl::Time now);
  void report_torn_tail(const RecoveredTail& tail);

  absl::Status check_and_write(Sync sync, Check check);
  absl::Status no_memory_error() const;
  absl::Status write_what_waits(Sync sync, absl::Time now);
  absl::Status write_all(Sync sync);
  absl::Status write_backlog();
  absl::Status sync_file();
  void encode_next();
  void drop_past_bounds();
  void keep_rest();
  void report_failure(std::string_view event, const absl::Status& status);
  SeqRange unsettled() const;
  bool settles_when_synced() const { return config_.sync_on_flush; }

  const LogPersistenceConfig config_;
  const std::string path_;
  Clock& clock_;
  PendingQueue& queue_;
  LogProgress& progress_;
  DataFile file_;
  LineBacklog backlog_;
  WriteHealth health_;
  TimeTextCache time_text_;
  std::string_view ts_text_;  // of last_ts_, for all lines of a step

  int64_t last_encoded_seq_ = 0;    // the queue's next entry has the next one
  int64_t last_seq_elsewhere_ = 0;  // what follows it went into the file at hand
  absl::Time last_ts_ = absl::InfinitePast();
  absl::Time next_check_ = absl::InfinitePast();
  int64_t file_change_count_ = 0;
  absl::Status sync_failure_;  // final for the file
};

}  // namespace logslice::internal
