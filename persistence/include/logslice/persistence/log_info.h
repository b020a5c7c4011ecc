// This header defines read_log_info, which tells what a log holds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/scan_options.h"

namespace logslice {

// Who has a log open for writing.
struct LogHolder {
  int64_t pid = 0;  // 0: the sidecar cannot be read
  std::optional<absl::Time> started_at;
};

struct LogInfo {
  int64_t bytes = 0;                           // of all its files
  int64_t line_count = 0;                      // committed, not blank
  int64_t entry_count = 0;                     // of those, sound JSON objects
  std::map<std::string, int64_t> type_counts;  // by type id; "" for lines that state none
  int64_t first_seq = 0;                       // the lowest; 0: none
  int64_t last_seq = 0;                        // the highest; 0: none
  std::optional<absl::Time> first_ts;          // of the first line that has one
  std::optional<absl::Time> last_ts;           // of the last
  int64_t damaged_count = 0;
  std::string first_damage;         // where and why: file, byte offset, line, reason
  int64_t torn_bytes = 0;           // behind the last newline of a file
  int64_t segment_count = 0;        // sealed files and the active one
  int64_t overlap_count = 0;        // lines that stand in two segments, counted once above
  int64_t conflict_count = 0;       // of those, with different bytes: damage, too
  std::string first_conflict;       // the two places
  std::optional<LogHolder> holder;  // only while a writer has it open
};

// Reads the whole log once, in bounded memory; of `options`, the filters and strict are not used.
// Errors as scan_log.
absl::StatusOr<LogInfo> read_log_info(const std::filesystem::path& path,
                                      const ScanOptions& options = {});

}  // namespace logslice
