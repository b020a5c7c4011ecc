// This header defines scan_log, last_entries and count_log_entries, which read entries back from a
// log as structs.
//
//   absl::StatusOr<LogScan<ToolInvoked>> scan = scan_log<ToolInvoked>(path, {.start_seq = 10});
//   for (ToolInvoked& event : *scan) …
//   if (!scan->status().ok()) …      // after the loop
//
// Each takes the path of the log and sees the active file and all sealed segments as one sequence.
// Rules of reading: specs/log-format.md. Memory that runs out is ResourceExhausted; in the middle
// of a scan it is the scan's status().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/internal/entry_scan.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/status.h"

namespace logslice {

// LogScan is an input range over the entries of one type, oldest first. Move-only, one pass.
// Memory: bounded by the longest line, at most line_bytes_max; with several threads by that of
// each block that they read ahead (ScanOptions::threads). Threads: one at a time.
template <typename T>
class LogScan {
 public:
  // Also seq(), ts(), offset() and path() of the entry at hand.
  class Iterator : public internal::EntryIterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    using EntryIterator::EntryIterator;

    // Valid until ++, which overwrites or lets go of it. It may be moved from.
    T& operator*() const { return *static_cast<T*>(entry()); }
    T* operator->() const { return static_cast<T*>(entry()); }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
  };

  explicit LogScan(internal::EntryScan&& scan) noexcept : scan_(std::move(scan)) {}

  // Reads the first entry. Call it once; the scan must stay in place while iterators are used.
  Iterator begin() {
    scan_.advance();
    return Iterator(&scan_);
  }
  std::default_sentinel_t end() const { return {}; }

  // OK, also at the end of the log. DataLoss (kParse), naming file, byte offset, line number and
  // reason, when strict found a line that is no entry of the type.
  const absl::Status& status() const { return scan_.status(); }
  const ScanStats& stats() const { return scan_.stats(); }

 private:
  internal::EntryScan scan_;
};

// The entries of type T in the log at `path`, oldest first. NotFound: no such log. InvalidArgument:
// something that is no regular file, named, or an option out of range.
template <typename T>
absl::StatusOr<LogScan<T>> scan_log(const std::filesystem::path& path,
                                    const ScanOptions& options = {}) {
  absl::StatusOr<internal::EntryScan> scan =
      internal::EntryScan::open(&internal::type_table<T>, path, options);
  if (!scan.ok()) return scan.status();
  return LogScan<T>(*std::move(scan));
}

// The last `count` entries of type T that pass the filters, oldest first; fewer if there are fewer.
// Reads backward and stops when it has them. Strict: DataLoss at the first line, from the end, that
// is no entry of the type. Errors as scan_log; a negative count is InvalidArgument.
template <typename T>
absl::StatusOr<std::vector<T>> last_entries(const std::filesystem::path& path, int64_t count,
                                            const ScanOptions& options = {}) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<std::vector<T>> {
    std::vector<T> entries;
    absl::Status status = internal::read_last_entries(
        internal::type_table<T>(), path, count, options,
        [&entries](void* entry) { entries.push_back(std::move(*static_cast<T*>(entry))); });
    if (!status.ok()) return status;
    return std::vector<T>(std::move_iterator(entries.rbegin()), std::move_iterator(entries.rend()));
  });
}

// The committed lines of a log that are not blank, of whatever type. Parses nothing. Errors as
// scan_log.
absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          FileSystem& file_system = posix_file_system());
absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          const CountOptions& options);

// The entries of type T (its id or an alias; with untyped_as_entry also lines without a type).
// Without filters and not strict, lines in the form that logslice writes are told by their first
// bytes, without a look at the rest; any other form is parsed. Otherwise as many as a scan gives.
template <typename T>
absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          const ScanOptions& options) {
  return internal::count_entries_of_type(internal::type_table<T>(), path, options);
}

template <typename T>
absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          FileSystem& file_system = posix_file_system()) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<int64_t> {
    return count_log_entries<T>(path, ScanOptions{.file_system = &file_system});
  });
}

}  // namespace logslice
