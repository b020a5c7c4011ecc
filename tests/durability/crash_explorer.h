// This header defines CrashExplorer, which cuts a scenario off at every moment and looks at what is
// left: by the library's own recovery, against what was promised by then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>

#include "tests/durability/log_life.h"
#include "tests/support/crash_states.h"

namespace logslice::testing {

// A small program over a log, and the disk that it finds.
struct Scenario {
  LogPersistenceConfig config = {.path = "/log.jsonl"};
  DiskImage disk;
  Ledger ledger;
  std::function<void(LogLife&)> run;
};

// A disk on which another process has left a closed log with these entries, all durable.
void add_old_log(Scenario& scenario, const std::vector<std::string>& texts);

// CrashExplorer counts the states that it has checked: pairs of a disk and a promise, each once.
// The first broken promise fails the test, and ends all further work.
class CrashExplorer {
 public:
  // Every prefix of the scenario's calls, and after each every state that a power cut may leave:
  // 1. it is read; 2. recovered, appended to, and read again; 3. so is every state (or, past
  // `recovery_states_max`, as many as that) that a power cut in the middle of 2 may leave. The same
  // after the death of the process alone, which keeps what is in the cache; there, power is cut
  // while or after the next process has gone on.
  void explore(const Scenario& scenario);

  // One end of a life: `moment` of a process that has just died, or lost its power.
  enum class Then { kCrashAgain, kStop };
  void check_kill(const LogLife& life, const Moment& moment, Then then);
  void check_power_cut(const LogLife& life, const Moment& moment, const CrashBounds& bounds,
                       Then then);

  int64_t state_count() const { return state_count_; }
  bool has_failed() const { return has_failed_; }

  CrashBounds first_level;
  CrashBounds second_level{.sample_count = 2, .seed = 2, .state_count_max = 6};

 private:
  void check_state(const DiskImage& state, const LogPersistenceConfig& config, Ledger ledger,
                   Then then);
  bool is_new(const DiskImage& state, const Ledger& ledger);
  void fail(const std::string& why, const DiskImage& state);

  std::unordered_set<uint64_t> seen_;
  int64_t state_count_ = 0;
  bool has_failed_ = false;
};

// Prints and records how many states a test has seen, and fails it if there were fewer.
void report_states(int64_t state_count, int64_t state_count_min);

}  // namespace logslice::testing
