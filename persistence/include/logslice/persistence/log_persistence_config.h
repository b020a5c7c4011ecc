// This header defines LogPersistenceConfig, the settings of one log.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/status.h"

namespace logslice {

// The longest line that is written or read unless a caller says otherwise.
inline constexpr int64_t kDefaultLineBytesMax = int64_t{64} << 20;

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

  // Entries gathered before they are written. 1 writes each at once; more is faster, and loses up
  // to one less than this when the process dies. 1 .. max_pending_entries.
  int64_t flush_interval = 1;

  // Whether each flush ends with fdatasync: then what was flushed survives power loss.
  bool sync_on_flush = false;

  // Whether to go on in a file of lines without any `__seq__`, which another program wrote. Its
  // lines then count as 1, 2, 3, …
  bool adopt_foreign = false;

  // Entries that may wait while the file cannot be written. Past it the oldest are dropped,
  // counted and reported. >= 1.
  int64_t max_pending_entries = 100'000;

  // Bytes that may wait, in the same way; also, with flush_interval > 1, what makes a flush come
  // early. >= 4096.
  int64_t max_pending_bytes = int64_t{256} << 20;

  // The longest line, its newline included. 1024 .. 1 GiB.
  int64_t line_bytes_max = kDefaultLineBytesMax;

  // OK, or InvalidArgument that names the first field out of range and its value.
  absl::Status validate() const;
};

}  // namespace logslice
