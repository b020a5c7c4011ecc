// This header defines run_crash_cycles: kill a writer, look, let the next one go on, and again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace logslice::testing {

// Who is killed.
enum class Writer {
  kCrashChild,       // a writer that is stepped by who appends
  kBackgroundChild,  // a session in background mode
};

struct CrashCycleOptions {
  Writer writer = Writer::kCrashChild;
  int64_t cycle_count = 1000;
  uint64_t seed = 1;
  std::string directory;  // exists, and is empty
  // Called now and then with the count of kills so far.
  std::function<void(int64_t)> progress;
};

struct CrashCycleResult {
  int64_t kill_count = 0;
  int64_t recovered_count = 0;  // kills after which everything was as it should be
  int64_t lost_count = 0;       // entries that were acknowledged and are not there
  int64_t doubled_count = 0;    // entries that are there twice
  int64_t torn_count = 0;       // kills that left half a line
  int64_t opening_count = 0;    // kills that came before the child had said anything
  int64_t entry_count = 0;      // in all logs, at their end
  std::vector<std::string> problems;

  bool is_clean() const { return problems.empty() && recovered_count == kill_count; }
  // "1000 kills, 1000 recovered, 0 entries lost, 0 doubled"
  std::string summary() const;
};

// One log after the other is written by children that are killed with SIGKILL after a random number
// of acknowledgements or microseconds, each going on where the one before was stopped; some close
// and open the log all the time, so that kills hit that, too. After each kill: what was
// acknowledged is there, every line is whole and what it should be, the numbers are 1, 2, 3, …
// without a gap, and the next child goes on with the next one.
CrashCycleResult run_crash_cycles(const CrashCycleOptions& options);

}  // namespace logslice::testing
