// LogScanner is the part of scan_log that is compiled once: it knows the type by its table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

struct TypeTable;
class LogReader;

class LogScanner {
 public:
  static absl::StatusOr<std::unique_ptr<LogScanner>> open(const TypeTable& table,
                                                          const std::filesystem::path& path,
                                                          const ScanOptions& options);
  static std::unique_ptr<LogScanner> follow(const TypeTable& table, LogReader reader,
                                            const ScanOptions& options);
  LogScanner(const LogScanner&) = delete;
  LogScanner& operator=(const LogScanner&) = delete;
  ~LogScanner();

  // The next entry that passes: `entry`, a constructed object of the type, which is overwritten, or
  // with several threads another one, which is there until the next call and may be moved from.
  // Null at the end and on an error; the content of `entry` is then of no meaning.
  void* next(void* entry);

  // Of a scanner that follows: whether next() found the end of what is there; then it can look
  // again. What was done to the file before the entry at hand.
  bool is_at_end() const;
  void look_again();
  std::optional<LogChange> take_change();

  // Of the entry that next() gave last.
  int64_t seq() const { return stamp_->seq; }
  std::optional<absl::Time> ts() const { return stamp_->ts; }
  int64_t offset_bytes() const { return offset_bytes_; }
  const std::string& path() const;

  const absl::Status& status() const;
  const ScanStats& stats() const;

 private:
  class Impl;
  explicit LogScanner(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
  const LineStamp* stamp_;  // where it was read to
  int64_t offset_bytes_ = 0;
};

// Hands the last `count` entries that pass to `take`, newest first; it may move from them.
absl::Status read_last_entries(const TypeTable& table, const std::filesystem::path& path,
                               int64_t count, const ScanOptions& options,
                               const std::function<void(void* entry)>& take);

absl::StatusOr<int64_t> count_entries_of_type(const TypeTable& table,
                                              const std::filesystem::path& path,
                                              const ScanOptions& options);

}  // namespace logslice::internal
