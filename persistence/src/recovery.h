// This header defines what happens to the end of a log when a writer opens it.
// Rules and reasons: specs/recovery.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

struct RecoveryOptions {
  int64_t line_bytes_max;
  // Whether lines without any __seq__ are taken for entries, counted from 1.
  bool adopt_foreign = false;
  // Whether the log is known to be ours by its sidecar, so that a torn first line is too.
  bool is_known_log = false;
  absl::Time now;  // for the header in <log>.torn
};

struct RecoveredTail {
  int64_t size_bytes = 0;  // the file ends here, behind a newline
  int64_t last_seq = 0;    // the next entry gets at least one more; 0: the log has no entry
  std::optional<absl::Time> last_ts;
  int64_t torn_bytes = 0;     // moved to torn_path(), from size_bytes on
  int64_t damaged_count = 0;  // whole lines behind the last valid entry that are none
  // No line has a number, and last_seq is how many there are: those of the files before are to be
  // added.
  bool counts_lines = false;
};

// Where a file of the log ends, as far as its lines tell.
struct LastEntry {
  int64_t seq = 0;  // 0: no line has one
  std::optional<absl::Time> ts;
  int64_t lines_behind = 0;        // whole, not blank
  bool has_foreign_lines = false;  // without a __seq__, and not for the zeros in them
};

// Goes back from `committed_end` until a line has a sequence number. Lines behind it count as one
// entry each: whatever damaged them, their numbers were given.
absl::StatusOr<LastEntry> find_last_entry(File& file, const std::string& path,
                                          int64_t committed_end, int64_t line_bytes_max);

std::string torn_path(const std::string& log_path);

// The __ts__ of the last entry of a sealed segment, or of its archive; nothing if that states none.
absl::StatusOr<std::optional<absl::Time>> read_last_ts(FileSystem& file_system, std::string path,
                                                       int64_t line_bytes_max);

// Leaves the file ending after its last whole line, and finds where the sequence goes on. The lock
// is held. Idempotent: a crash at any step is repaired by running it again. FailedPrecondition, and
// nothing changed, if the file is not a log.
absl::StatusOr<RecoveredTail> recover_tail(FileSystem& file_system, File& file,
                                           const std::string& path, const RecoveryOptions& options);

}  // namespace logslice::internal
