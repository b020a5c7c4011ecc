// This header defines LogPersistenceConfig, the settings of one log.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace logslice {

// The longest line that is written or read unless a caller says otherwise.
inline constexpr int64_t kDefaultLineBytesMax = int64_t{64} << 20;

// Who writes.
enum class WriteMode {
  // The thread that dispatches, before dispatch() returns.
  kInline,
  // One thread per session. Neither dispatch() nor configure_persistence() touches a file or waits
  // for one; entries are written in batches, a fraction of a millisecond later. A log that cannot
  // be opened is one that cannot be written: it is tried again, and what is dispatched waits.
  kBackground,
};

// What happens when as much waits as may.
enum class OverflowPolicy {
  // The oldest entry that is not being written yet is dropped, counted and reported.
  kDropOldest,
  // dispatch() waits for room, but no longer than overflow_timeout; then the oldest are dropped.
  // Background mode only: inline there is nobody else to make room.
  kBlock,
};

// What becomes of a segment once it is sealed.
enum class SegmentCompression {
  kNone,
  // `<segment>.gz` takes its place, which readers of this library read in the same way, and zcat
  // does. Made in portions beside the writing; close() of an inline log finishes one that is not
  // longer than 16 MiB; what is left is begun again after the next open.
  kGzip,
};

// An example:
//
//   LogPersistenceConfig config{.path = "~/agent/logs/tools.jsonl", .max_memory_entries = 500};
struct LogPersistenceConfig {
  // Where the log is. A leading `~` is the home directory; missing parent directories are created
  // (0700), the file at the first write (0600). Beside it come `<path>.lock` and, after a crash in
  // the middle of a write, `<path>.torn`. Not empty.
  std::filesystem::path path;

  // Entries kept in memory. The oldest leaves once it is written. >= 1.
  int64_t max_memory_entries = 1000;

  WriteMode write_mode = WriteMode::kInline;

  // Entries gathered before they are written. 1 writes each at once; more is faster, and loses up
  // to one less than this when the process dies. 1 .. max_pending_entries. In background mode it
  // makes no difference: what has come meanwhile is written.
  int64_t flush_interval = 1;

  // Whether each flush ends with fdatasync: then what was flushed survives power loss.
  bool sync_on_flush = false;

  // The sync cadence: between "never" and sync_on_flush, for logs that must lose little at a power
  // cut and cannot pay for a sync each time. Either or both; the first that is reached counts.
  // Entries are settled when they are written, and written lines are kept in memory, within the
  // pending bounds below, until they are synced. With sync_on_flush it makes no difference.
  //
  // A flush that leaves at least this many written entries unsynced ends with fdatasync: then
  // power loss costs one less than this of what is written. 0: off. >= 0.
  int64_t sync_every_entries = 0;

  // So does one that finds the oldest unsynced entry written this long ago. In background mode an
  // idle log is synced when its time comes; inline nobody looks at the clock, and the next append,
  // flush or close syncs it. Zero: off. Finite, >= 0.
  absl::Duration sync_every = absl::ZeroDuration();

  // Rotation: after the write that brings the file to this many bytes it is sealed, and a new one
  // is begun at the path by the next write. A segment is longer than this by less than its last
  // line, unless a file was opened that was longer. 0: off. >= 0. Rules: specs/segments.md.
  int64_t rotate_at_bytes = 0;

  // So is a file whose first entry is this old, by the clock. In background mode in time; inline
  // nobody looks at the clock, and the next append, flush or close does it. A file without entries
  // is never sealed. Zero: off. Finite, >= 0.
  absl::Duration rotate_every = absl::ZeroDuration();

  // Of sealed segments, those found on opening included.
  SegmentCompression compression = SegmentCompression::kNone;

  // Retention: which sealed segments are kept, the newest first. Any of these three that is set and
  // passed removes the oldest, and says so (log_segments_removed). The file at the path is never
  // removed, nor any segment while that file has no entry and there is room for one. Zero: no
  // limit.
  //
  // So many sealed segments. >= 0.
  int64_t retain_segments = 0;

  // So many bytes of sealed segments, as they lie on the disk. >= 0.
  int64_t retain_bytes = 0;

  // Those whose last entry is younger than this, by the clock; looked at as rotate_every is.
  // Finite,
  // >= 0.
  absl::Duration retain_for = absl::ZeroDuration();

  // Whether to go on in a file of lines without any `__seq__`, which another program wrote, and
  // behind the archives that it made. Its lines then count as 1, 2, 3, … specs/foreign-logs.md.
  bool adopt_foreign = false;

  // Entries that may wait while the file cannot be written, or the writer is behind. >= 1; in
  // background mode <= 2^24, and 24 to 48 bytes of address space are reserved for each.
  int64_t max_pending_entries = 100'000;

  // Bytes that may wait, in the same way; also, with flush_interval > 1, what makes a flush come
  // early. >= 4096.
  int64_t max_pending_bytes = int64_t{256} << 20;

  // What happens past these two.
  OverflowPolicy overflow = OverflowPolicy::kDropOldest;

  // How long kBlock waits at most, each time. > 0.
  absl::Duration overflow_timeout = absl::Milliseconds(100);

  // The longest line, its newline included. 1024 .. 1 GiB.
  int64_t line_bytes_max = kDefaultLineBytesMax;

  // OK, or InvalidArgument that names the first field out of range and its value.
  absl::Status validate() const;
};

}  // namespace logslice
