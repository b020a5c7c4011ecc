// This header defines LogAppender, the state machine between the queue and the file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
#include "retry_pace.h"
#include "sealed_segments.h"
#include "segment_compressor.h"
#include "segment_name.h"
#include "segment_retention.h"
#include "write_health.h"

namespace logslice::internal {

// LogAppender is stepped: each step() moves entries from the queue through their encoding into the
// file, as far as the disk lets it. It never waits, takes no lock and calls no user code; whoever
// steps it (a dispatching thread, or the session's own) holds the writer's lock and delivers the
// reports afterwards.
//
// The life of an entry here: queued -> encoded (kept in the backlog) -> written -> synced, where
// that is configured. With sync_on_flush it is settled once it is synced, otherwise once it is
// written; where there is any syncing its line is kept until it is synced. Or, past the pending
// bound: dropped, and settled with it.
//
// A file that must not be written any more is condemned; it is sealed, and what is kept of it goes
// into a new one. Rules: specs/durability.md, "Sealing".
class LogAppender {
 public:
  enum class Sync {
    kAsConfigured,  // at each flush, by the cadence, or not at all
    kAtClose,       // where any of that is configured
    kAlways,
  };
  enum class Check {
    kWhenDue,  // at most every 100 ms of the clock
    kAlways,
  };

  LogAppender(const LogPersistenceConfig& config, std::string path, Clock& clock,
              FileSystem& file_system, PendingQueue& queue, LogProgress& progress,
              WriteHealth& health);

  // Opens and recovers the file, if it exists, and sets the marks to where the log stands.
  // `known_last_seq` is from the sidecar, if it has valid content.
  absl::Status open(std::optional<int64_t> known_last_seq);

  absl::Status step(Sync sync, Check check);

  // When sync_every wants a step that syncs; InfiniteFuture if it is off or nothing is unsynced. It
  // stays in the past while that fails: whoever steps by it paces himself, as with any failure.
  absl::Time sync_due() const;
  // When a step is wanted though nothing is to be written; InfiniteFuture if none is.
  absl::Time step_due() const;

  // What is done beside writing, once a step was good: sealed segments that are past a limit are
  // removed, others compressed, in portions. Never fails: what does is told, and tried again later.
  enum class Pace {
    kByWriting,  // as many as what was written is worth
    kOnePortion,
    kOneSegment,  // if it is not long
    kNone,
  };
  void tend_segments(Pace pace) {
    if (sealed_.count() > 0 || compressor_.has_work()) tend_sealed(pace);
  }

  // For a queue of somebody else's: encodes `entries`, and counts up `encoded_count` for each, so
  // that they are not needed any more; the next step writes them. No I/O. ResourceExhausted if
  // memory ends before they do.
  absl::Status encode(std::span<const PendingEntry> entries, size_t& encoded_count);
  // The next so many numbers were given to entries that were dropped.
  void skip_dropped(int64_t entry_count);
  // Encoded, and not settled.
  int64_t unsettled_count() const {
    return settles_when_synced() ? backlog_.line_count() : backlog_.unwritten_line_count();
  }
  int64_t unwritten_byte_count() const { return backlog_.unwritten_byte_count(); }

  // The last step was it: what is left is given up, counted as dropped and reported. So is
  // `unqueued`, which follows all of that and is counted already.
  void close(const absl::Status& status, const SeqRange& unqueued = {});

  // Why the last step did not get everything through; OK if it did.
  const absl::Status& failure() const { return health_.failure(); }

  int64_t file_size_bytes() const { return file_.size_bytes(); }
  int64_t sealed_count() const { return sealed_.count(); }
  // Whether all files of the log are those of open(), or made since by us, so that counts can go
  // on.
  bool has_all_entries() const {
    return foreign_change_count_ == 0 && !gave_up_written_ && retention_.removed_count() == 0;
  }
  // Grows whenever the log's files are others than before.
  int64_t file_change_count() const {
    return foreign_change_count_ + seal_count_ + retention_.removed_count();
  }

 private:
  // Why nothing more may go into the file at hand.
  enum class Condemned {
    kNo,
    kSyncFailed,  // the kernel may have dropped what it could not write
    kTorn,        // a torn line is at its end, and cannot be cut off
    kTruncated,   // somebody else has cut it
    kRotated,     // it has another name, which is not durable yet
  };

  // What a pass of retention is for.
  enum class RemoveFor {
    kLimits,  // in time
    kRoom,    // a write has failed
  };

  struct CopiedSegment {
    SegmentName name;
    int64_t last_seq;
  };

  // A segment that was rotated away without a sync, since none is configured: one may be asked for.
  struct UnsyncedSegment {
    SegmentName name;
    std::unique_ptr<File> file;  // null: by a process before this one, perhaps
  };

  static constexpr absl::Duration kCheckInterval = absl::Milliseconds(100);
  static constexpr size_t kUnsyncedSegmentsMax = 8;  // of a log; so many files stay open

  RecoveryOptions recovery_options(absl::Time now) const;
  // An error: what was written to it and not synced never will be. Or, with the file still at hand,
  // nothing can be written to it now.
  absl::Status check_file(absl::Time now);
  absl::Status on_moved_file(DataFile::Change change);
  absl::Status on_changed_content(DataFile::Change change, absl::Time now);
  absl::Status attach_file(absl::Time now);
  void on_truncated(const absl::StatusOr<RecoveredTail>& tail, int64_t written);
  void on_attached(const RecoveredTail& tail);
  void let_go_of_file();
  std::string kept_text() const;
  void report_torn_tail(const RecoveredTail& tail);

  absl::Status check_and_write(Sync sync, Check check);
  absl::Status write_what_waits(Sync sync, absl::Time now);
  absl::Status keep_waiting(const absl::Status& why, absl::Time now);
  void set_time(absl::Time now);
  absl::Status write_all(Sync sync);
  absl::Status write_to_file(Sync sync);
  absl::Status write_backlog();
  bool is_sync_due() const { return keeps_until_synced() && is_kept_too_long(); }
  bool is_kept_too_long() const;
  absl::Status sync_file();
  void on_synced();
  void condemn(Condemned why, const absl::Status& status);
  absl::Status leave_condemned_file();
  void find_file_range();
  absl::Status seal_file();

  // log_appender_rotation.cc
  absl::Time rotation_due() const;
  void tend_sealed(Pace pace);
  bool may_rotate() const {
    return config_.rotate_at_bytes != 0 || config_.rotate_every != absl::ZeroDuration();
  }
  bool is_rotation_due();
  // Seals the file if it is long or old enough. An error: nothing can be written now. That it could
  // not be sealed is none.
  absl::Status rotate_if_due() {
    return may_rotate() && is_rotation_due() ? rotate_now() : absl::OkStatus();
  }
  absl::Status rotate_now();
  absl::Status rotate();
  void note_rotation_failure(const absl::Status& status);
  absl::Status keep_waiting_for_name(const absl::Status& status);
  bool may_remove_segments(RemoveFor why) const;
  // How much of what waits may go into the file by one write.
  size_t write_bytes_max() const;
  void remove_old_segments(RemoveFor why);
  // Whether `status` is that of a full disk, and segments that were past a limit have left room.
  bool made_room(const absl::Status& status);
  void compress_segments(Pace pace);
  void forget_unsynced(const SegmentName& segment);
  void find_unsynced_segments();
  void keep_unsynced(const SegmentName& name, std::unique_ptr<File> file);
  absl::Status sync_segment(UnsyncedSegment& segment);
  static bool can_be_tried_again(const UnsyncedSegment& segment, const absl::Status& status) {
    return segment.file == nullptr && absl::IsResourceExhausted(status);
  }
  absl::Status note_unsyncable(const SegmentName& name, const absl::Status& status);
  absl::Status sync_unsynced_segments(size_t count_left);

  void remove_copied_segments(int64_t last_held_seq);
  void keep_copies_of(int64_t seq);
  // Those from first_seq to last_seq that are not counted yet. False if there are none.
  bool count_unsyncable(int64_t first_seq, int64_t last_seq);
  // What a step does once it has `counted` entries as unsyncable: `why`, or goes on.
  absl::Status told(bool counted, const absl::Status& why) const;
  int64_t unkept_seq() const;
  void encode_next();
  void encode_one(const PendingEntry& pending);
  void drop_past_bounds(bool& may_sync);
  void note_given_up(int64_t seq);
  void keep_rest();
  void report_failure(const absl::Status& status);
  SeqRange kept_range() const;
  bool settles_when_synced() const { return config_.sync_on_flush; }
  bool has_cadence() const {
    return config_.sync_every_entries > 0 || config_.sync_every > absl::ZeroDuration();
  }
  bool keeps_until_synced() const { return settles_when_synced() || has_cadence(); }

  const LogPersistenceConfig config_;
  const std::string path_;
  Clock& clock_;
  FileSystem& file_system_;
  PendingQueue& queue_;
  LogProgress& progress_;
  DataFile file_;
  SealedSegments sealed_;
  SegmentRetention retention_;
  SegmentCompressor compressor_;
  LineBacklog backlog_;
  WriteHealth& health_;
  TimeTextCache time_text_;
  std::string_view ts_text_;  // of last_ts_, for all lines of a step

  int64_t last_encoded_seq_ = 0;    // the queue's next entry has the next one
  int64_t last_seq_elsewhere_ = 0;  // what follows it went into the file at hand
  absl::Time last_ts_ = absl::InfinitePast();
  absl::Time next_check_ = absl::InfinitePast();
  absl::Time unsynced_since_ = absl::InfiniteFuture();  // when the oldest such line was written
  int64_t foreign_change_count_ = 0;
  int64_t seal_count_ = 0;

  // Of the file at hand.
  int64_t file_first_seq_ = 0;              // 0: not known, or empty
  int64_t file_last_seq_ = 0;               // 0: empty
  bool file_holds_only_kept_lines_ = true;  // nothing that was synced, and nothing from before
  bool file_has_newest_synced_ = false;     // its last number, and no segment has a higher one
  absl::Time file_since_ = absl::InfiniteFuture();  // when its first entry was written
  Condemned condemned_ = Condemned::kNo;
  absl::Status condemned_status_;

  RetryPace seal_pace_;
  absl::Time now_ = absl::InfinitePast();  // of this step
  Check check_ = Check::kWhenDue;          // of this step
  Sync sync_ = Sync::kAsConfigured;        // of this step
  // Segments of which every line is kept here and goes into the file at hand.
  std::vector<CopiedSegment> copied_segments_;
  std::deque<UnsyncedSegment> unsynced_segments_;
  RetryPace rotation_pace_;
  std::string rotation_failure_;  // reported; empty if none is
  int64_t last_unsyncable_seq_ = 0;
  absl::Status untold_sync_failure_;  // of a sync that nobody had asked for: the next one tells it
  bool gave_up_written_ = false;      // dropped, as far as is counted, yet in a file

  const absl::Status no_memory_error_;  // made while there is memory
};

}  // namespace logslice::internal
