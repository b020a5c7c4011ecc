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
  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(LogScan* scan) : scan_(scan) {}

    // Valid until ++, which overwrites or lets go of it. It may be moved from.
    T& operator*() const { return *scan_->at_; }
    T* operator->() const { return scan_->at_; }
    Iterator& operator++() {
      scan_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.is_at_end(); }

    int64_t seq() const { return scan_->scanner_->seq(); }  // 0: none
    std::optional<absl::Time> ts() const { return scan_->scanner_->ts(); }
    int64_t offset() const { return scan_->scanner_->offset_bytes(); }  // of the line, in path()
    const std::string& path() const {
      return scan_->scanner_->path();
    }  // the active file's, or a segment's

   private:
    bool is_at_end() const { return scan_ == nullptr || scan_->at_ == nullptr; }

    LogScan* scan_ = nullptr;
  };

  explicit LogScan(std::unique_ptr<internal::LogScanner> scanner)
      : scanner_(std::move(scanner)), entry_(std::make_unique<T>()) {}

  // Reads the first entry. Call it once; the scan must stay in place while iterators are used.
  Iterator begin() {
    advance();
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

  // OK, also at the end of the log. DataLoss (kParse), naming file, byte offset, line number and
  // reason, when strict found a line that is no entry of the type.
  const absl::Status& status() const { return scanner_->status(); }
  const ScanStats& stats() const { return scanner_->stats(); }

 private:
  void advance() { at_ = static_cast<T*>(scanner_->next(entry_.get())); }

  std::unique_ptr<internal::LogScanner> scanner_;
  std::unique_ptr<T> entry_;
  T* at_ = nullptr;  // entry_, or one of the scanner's; null at the end
};

// The entries of type T in the log at `path`, oldest first. NotFound: no such log. InvalidArgument:
// something that is no regular file, named, or an option out of range.
template <typename T>
absl::StatusOr<LogScan<T>> scan_log(const std::filesystem::path& path,
                                    const ScanOptions& options = {}) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogScan<T>> {
    absl::StatusOr<std::unique_ptr<internal::LogScanner>> scanner =
        internal::LogScanner::open(internal::type_table<T>(), path, options);
    if (!scanner.ok()) return scanner.status();
    return LogScan<T>(*std::move(scanner));
  });
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
