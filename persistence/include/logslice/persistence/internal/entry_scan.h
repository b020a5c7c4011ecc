// This header defines EntryScan, the part of LogScan that is compiled once: a scan and the entry
// that it reads into, whose type it knows by its table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/persistence/scan_options.h"

namespace logslice::internal {

class ErasedEntry;
struct TypeTable;

// Move-only, so that a StatusOr of a typed scan costs its compiler little.
class EntryScan {
 public:
  // `table` makes its table when it is first called, for which memory may run out.
  static absl::StatusOr<EntryScan> open(const TypeTable& (*table)(),
                                        const std::filesystem::path& path,
                                        const ScanOptions& options);
  EntryScan(EntryScan&& other) noexcept;
  EntryScan& operator=(EntryScan&& other) noexcept;
  ~EntryScan();

  void advance() { at_ = scanner_->next(room_); }
  // The entry at hand, in room_ or one of the scanner's; null at the end.
  void* at() const { return at_; }

  const LogScanner& scanner() const { return *scanner_; }
  const absl::Status& status() const { return scanner_->status(); }
  const ScanStats& stats() const { return scanner_->stats(); }

 private:
  EntryScan(const TypeTable& table, std::unique_ptr<LogScanner> scanner);

  std::unique_ptr<LogScanner> scanner_;
  std::unique_ptr<ErasedEntry> entry_;
  void* room_;  // entry_'s
  void* at_ = nullptr;
};

// What iterators over entries of all types have in common.
class EntryIterator {
 public:
  EntryIterator() = default;
  explicit EntryIterator(EntryScan* scan) : scan_(scan) {}

  friend bool operator==(const EntryIterator& it, std::default_sentinel_t) {
    return it.scan_ == nullptr || it.scan_->at() == nullptr;
  }

  int64_t seq() const { return scan_->scanner().seq(); }  // 0: none
  std::optional<absl::Time> ts() const { return scan_->scanner().ts(); }
  int64_t offset() const { return scan_->scanner().offset_bytes(); }  // of the line, in path()
  // The active file's, or a segment's.
  const std::string& path() const { return scan_->scanner().path(); }

 protected:
  void* entry() const { return scan_->at(); }
  void advance() { scan_->advance(); }

 private:
  EntryScan* scan_ = nullptr;
};

}  // namespace logslice::internal
