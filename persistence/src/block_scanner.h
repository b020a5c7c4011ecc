// This header defines BlockScanner, which looks at the lines of blocks one by one: it filters,
// decodes and counts them. Every scan of entries is made of it, with one thread or with many.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "line_numbers.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"

namespace logslice::internal {

// A place in a block of whole lines. kReadPaddingBytes behind `end` are readable.
struct BlockCursor {
  const char* at = nullptr;
  const char* end = nullptr;
  int64_t line_count = 0;  // of the block, before `at`
};

// The blocks come in the order of the log, or each begins with restart(). Threads: one at a time.
class BlockScanner {
 public:
  enum class Found {
    kEntry,
    kEndOfBlock,
    kEndOfRange,  // nothing behind this line passes the filters; it is not counted
    kRefused,     // strict: refusal() is no entry of the type
    // The range ends here if the line before the block was past `until`; else call next() again.
    kMaybeEndOfRange,
  };

  // What is known about the line before the one at hand: whether it was past `until`.
  enum class PastUntil { kNo, kYes, kUnknown };

  // What strict does not take, for an error that names it.
  struct Refusal {
    const char* line = nullptr;
    int64_t line_index = 0;  // in its block
    std::string reason;
  };

  // `is_ordered` as LogReader has it. The table must outlive the scanner.
  BlockScanner(const TypeTable& table, const ScanOptions& options, bool is_ordered);

  // Whether a line's number hangs on all lines before it.
  static bool counts_lines(const ScanOptions& options) {
    return options.unnumbered == UnnumberedLines::kCountOn;
  }

  // Goes on in a block whose lines before are not known. The counts begin anew.
  void restart(PastUntil past_until) {
    past_until_ = past_until;
    stats_ = {};
  }
  PastUntil past_until() const { return past_until_; }

  // Overwrites `entry`, a constructed object of the type, with the next one that passes, and
  // `stamp`; both are of a meaning only if there is one.
  Found next(BlockCursor& cursor, void* entry, LineStamp& stamp);
  // What is no line to be read: too long, or damage of an archive. kRefused or kEndOfBlock.
  Found take_long_line(int64_t size_bytes);

  // Of the entry that was found last, until next().
  const char* line() const { return line_; }

  const Refusal& refusal() const { return refusal_; }
  ScanStats& stats() { return stats_; }
  const ScanStats& stats() const { return stats_; }

 private:
  enum class Outcome { kTake, kSkipped, kEndOfRange, kMaybeEndOfRange, kRefused };

  // Passes over lines of other types as long as their first bytes tell.
  void skip_other_types(BlockCursor& cursor);
  // Whether the line at hand is to be decoded; if not, it is passed over and counted.
  Outcome filter_line(BlockCursor& cursor);
  Outcome take_line(BlockCursor& cursor, void* entry, LineStamp& stamp);
  Outcome take_entry(const char* line, LineStamp& stamp);
  void pass(BlockCursor& cursor, const char* next);
  // Counts a line that is no entry; in strict mode it is the end.
  Outcome reject(int64_t& count, const char* line, int64_t line_index, std::string_view reason);

  const ScanOptions options_;
  const ScanFilter filter_;
  const TypeTable& table_;
  LineDecoder decoder_;
  LineNumbers numbers_;
  const bool looks_at_stamps_;  // before a line is decoded
  int64_t line_seq_ = 0;        // of the line at hand, where lines are counted
  PastUntil past_until_ = PastUntil::kNo;
  std::string other_head_;  // how a line of another type began, up to the quote behind the type

  const char* line_ = nullptr;
  Refusal refusal_;
  ScanStats stats_;
};

}  // namespace logslice::internal
