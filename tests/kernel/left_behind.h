// This header defines what a crash left of a log of CrashEntries, and what is wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/crash_entry.h"

namespace logslice::testing {

struct LeftBehind {
  int64_t entry_count = 0;
  int64_t last_seq = 0;
  int64_t torn_bytes = 0;
  int64_t doubled_count = 0;          // entries whose seq is not above the one before
  int64_t missing_count = 0;          // numbers that are left out
  std::vector<std::string> problems;  // fused, damaged, foreign or changed lines; few words each
};

// Reads the log strictly; `entry` tells what a number's entry should be. A log that is not there
// has no entries and no problem.
LeftBehind look_at(const std::string& path, CrashEntry (*entry)(int64_t seq) = crash_entry);

}  // namespace logslice::testing
