// This header defines Ledger, what a test has been promised about a log, and check_log(), which
// holds a log against it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "logslice/persistence/file_system.h"

namespace logslice::testing {

// One accepted entry, as the bytes of its line without the newline.
struct LedgerEntry {
  std::string line;
  bool is_durable = false;  // known to be on the device, whatever the marks say
};

// Ledger holds what may be in a log, and how much of it must be. Numbers that were lost in a crash
// are given again, so it is of one world: the past of one disk.
struct Ledger {
  std::map<int64_t, LedgerEntry> entries;  // all that were accepted, by seq
  int64_t must_seq = 0;                    // all up to it must be there, and all durable ones
  int64_t hole_count_max = 0;              // but so many, which the library has reported
  std::vector<std::string> torn_pieces;    // each must be in some file
  int64_t removable_seq = 0;               // up to here retention may have removed any
};

// What a log holds, by the library's own reading.
struct LogContent {
  std::map<int64_t, std::string> lines;  // sound ones, by seq
  int64_t damaged_count = 0;             // lines that a zero-fill explains
  int64_t torn_bytes = 0;
  std::string error;  // what is against the contract; empty if nothing is
};

// Reads the log at `path`; a log that does not exist is empty.
LogContent check_log(FileSystem& file_system, const std::string& path, const Ledger& ledger);

}  // namespace logslice::testing
