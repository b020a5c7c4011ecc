// This header defines ParallelScan, a scan that several threads decode. Rules: specs/log-format.md,
// "Several threads".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "block_scanner.h"
#include "log_reader.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_batch.h"

namespace logslice::internal {

// The log is cut into batches. Each thread takes turns at reading one, decodes it while the others
// read and decode theirs, and puts it where it is waited for. Whoever scans is one of the threads:
// it decodes, too, whenever the batch that comes next is not ready. It hands the entries out in the
// order of the log, and adds up the counts as it does, so that a scan shows at each entry what a
// scan of one thread shows there.
// Memory: 2 * threads batches. Threads: one at a time calls; those of its own begin with the second
// batch, end with the log, and are waited for by the destructor. In a forked child none of them is
// there: next() fails, and the destructor frees nothing.
class ParallelScan {
 public:
  // The table must outlive it; options.threads >= 2.
  ParallelScan(const TypeTable& table, LogReader reader, const ScanOptions& options);
  ParallelScan(const ParallelScan&) = delete;
  ParallelScan& operator=(const ParallelScan&) = delete;
  ~ParallelScan();

  // The next entry, which is there until the next call; null at the end. Throws what the default of
  // a member threw, and bad_alloc: then it is at its end.
  void* next();
  void stop(absl::Status why);

  // Of the entry that next() gave last.
  const EntryRecord& record() const { return *record_; }
  const std::string& path() const { return *path_; }

  const absl::Status& status() const { return status_; }
  const ScanStats& stats() const { return stats_; }

 private:
  class Crew;

  void* hand_out();
  // To the entries that come next; false at the end.
  bool advance();
  void take_counts_of_lines();
  absl::Status refusal();

  std::unique_ptr<Crew> crew_;
  BlockScanner scanner_;  // of the calling thread
  const uint64_t generation_;

  ScanBatch* batch_ = nullptr;
  uint64_t next_number_ = 0;
  size_t next_entry_ = 0;
  size_t end_entry_ = 0;
  size_t next_more_counts_ = 0;
  bool ends_here_ = false;  // at end_entry_
  BlockScanner::PastUntil past_until_ = BlockScanner::PastUntil::kNo;
  std::map<int64_t, int64_t> lines_of_files_;  // that the reader did not count

  const EntryRecord* record_ = &record_of_last_;
  const std::string* path_;
  // Of a batch that was put back.
  EntryRecord record_of_last_;
  std::shared_ptr<const std::string> path_of_last_;
  ScanStats stats_;
  absl::Status status_;
  bool is_done_ = false;
};

}  // namespace logslice::internal
