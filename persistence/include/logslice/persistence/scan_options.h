// This header defines what a reader of a log can be told, and what it says about what it saw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"

namespace logslice {

// What a reader may take for granted about the order of a log's lines.
enum class LineOrder {
  kDetect,   // kOrdered if the log has a sidecar, so that logslice wrote it; else kUnknown
  kOrdered,  // __seq__ and __ts__ only grow: the beginning is found by bisection
  kUnknown,  // every line is looked at: for logs that were put together or are damaged
};

// The number of a line without `__seq__`.
enum class UnnumberedLines {
  kHaveNoSeq,
  // One more than that of the line before it; the first line of the log has 1. Every committed
  // line counts that is not blank. It is as a writer with adopt_foreign numbers them.
  kCountOn,
};

inline constexpr int kScanThreadsMax = 64;

struct ScanOptions {
  // Whether the first line that is damaged or of another type, or stands in two segments with
  // different bytes, ends the scan with an error. If not, such lines are skipped and counted.
  bool strict = false;

  // Entries with start_seq <= __seq__ < end_seq. The scan ends at the first line whose __seq__ is
  // at or past end_seq. A line without a number does not pass either filter.
  std::optional<int64_t> start_seq;
  std::optional<int64_t> end_seq;

  // Entries with since <= __ts__ < until. A line without a time does not pass either filter. In an
  // ordered log the scan ends at `until`; in others times go back.
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;

  // Whether start_seq and since may be found without reading what comes before. That is then not
  // counted in the scan's stats. Where other programs' lines have times or numbers, see below,
  // every line is looked at.
  LineOrder order = LineOrder::kDetect;

  // The lines of other programs (specs/foreign-logs.md). Whether a line without `__type__` is an
  // entry of the type asked for; if not, it is of another type.
  bool untyped_as_entry = false;

  // The member, at the top level of a line without `__ts__`, that is its time for `since`, `until`
  // and ts(): ISO 8601 with a zone, or a number of seconds since 1970. Empty: none.
  std::string time_member;

  // What seq(), start_seq and end_seq are for a line without `__seq__`. To count, a scan looks at
  // each line from the start, and so does last_entries() with start_seq or end_seq.
  UnnumberedLines unnumbered = UnnumberedLines::kHaveNoSeq;

  // A longer line, its newline included, is damaged. It is not read into memory. >= 1.
  int64_t line_bytes_max = kDefaultLineBytesMax;

  // How many threads decode, that of the caller included: what scan_log() gives is the same with
  // any number, entry by entry, counts and errors as well. 1 <= threads <= kScanThreadsMax. With 1
  // none is started. The others begin when the log is longer than a block (128 KiB) and end with
  // the scan: whoever drops a LogScan in the middle waits for the read that is under way. They read
  // ahead by up to 2 * threads blocks, which is the memory of the scan, with their entries; a block
  // is as long as the longest line in it. What comes to a live log after they have read its end is
  // not seen. Entries are made and destroyed, and file_system is called, on any of the threads;
  // several read_at() of a file at once. Where the default of a member throws, the scan ends. In a
  // forked child a scan with threads ends with FailedPrecondition. Where lines are counted
  // (UnnumberedLines::kCountOn), one thread does it all; so does whoever reads backward, follows a
  // log, or reads lines of any type. specs/log-format.md, "Several threads".
  int threads = 1;

  // Must outlive the scan.
  FileSystem* file_system = &posix_file_system();
};

// How count_log_entries() counts the lines of whatever type.
struct CountOptions {
  // How many threads read, that of the caller included; a file has one more for each 8 MiB, at
  // most. Archives, and segments that overlap, are read by one. 1 <= threads <= kScanThreadsMax.
  // With more than one, a file of file_system is read by several at once, as pread(2) allows.
  int threads = 1;

  FileSystem* file_system = &posix_file_system();
};

// What a scan has seen so far. Every byte that it read is in a line, blank, torn, or read once from
// overlapping segments.
struct ScanStats {
  int64_t entry_count = 0;           // handed out
  int64_t other_type_count = 0;      // skipped: well-formed, of another type or of none
  int64_t damaged_count = 0;         // skipped: not a JSON object, too long, or not of the type
  int64_t filtered_count = 0;        // read, and skipped by seq or time
  int64_t blank_count = 0;           // lines of nothing but white space; never an error
  int64_t missing_member_count = 0;  // members that took the struct's own default
  int64_t line_count = 0;            // lines that ended in a newline, of whatever kind
  int64_t bytes = 0;                 // of those lines
  int64_t torn_bytes = 0;  // behind a file's last newline: never committed; never an error
  int64_t file_count = 0;  // opened: sealed segments and the active file

  // Where segments overlap. These lines are read once, and not counted in line_count and bytes.
  int64_t overlap_count = 0;   // lines that stand in a later segment, too
  int64_t conflict_count = 0;  // of those, lines that are another entry there: the later one counts
  int64_t overlap_bytes = 0;   // of those lines
};

}  // namespace logslice
