// This header defines Schedule, one order in which a caller, a writer, a disk, a deadline and a
// crash may meet, drawn from a seed.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tests/durability/crash_explorer.h"
#include "tests/durability/log_life.h"
#include "tests/support/stepped_thread.h"

namespace logslice::testing {

// A log in background mode, on a model disk. The writer's steps run on a thread of their own, which
// stops before each call of the disk and each look at the clock (one of which lies between claiming
// entries and encoding them). There the schedule draws who goes on and what happens:
//
//   the caller    accepts, past a bound of a few entries; drops the oldest at once, or when its
//                 patience ends; overwrites what settled_ticket() lets go of; reads the marks
//   the writer    goes on by some calls, or to the end of its step(), flush(), sync() or close()
//   the disk      fails calls, once or for a while; takes a part of a write; is full; is well again
//   the crash     is looked at, and the life goes on: what a kill and a power cut leave at this
//                 moment is recovered and held against the ledger (CrashExplorer)
//   the deadline  abandon(): from then on nothing that was accepted is there any more
//
// The same seed is the same schedule. A broken promise is a failure of the test at hand.
class Schedule {
 public:
  // `thread` must be idle; it is again when run() returns.
  Schedule(uint64_t seed, SteppedThread& thread, CrashExplorer& explorer);

  void run();

  // What happened, one line each.
  const std::string& trace() const { return trace_; }

 private:
  enum class End { kQuiet, kClosed, kAbandoned };

  explicit Schedule(uint64_t seed, SteppedThread& thread, CrashExplorer& explorer,
                    const Scenario& scenario);
  static Scenario draw_scenario(uint64_t seed);

  int64_t below(int64_t bound) {
    return static_cast<int64_t>(draw_() % static_cast<uint64_t>(bound));
  }
  bool one_in(int64_t count) { return below(count) == 0; }
  void note(std::string_view what) { trace_.append(what).append("\n"); }

  void move();
  void accept();
  void begin_work();
  void let_writer_go_on();
  void finish_writer();
  void fail_something();
  void crash();
  void abandon();
  void abandon_and_overwrite();
  void before_call(std::string_view call);

  void end_quietly();
  void close();
  void check_marks();
  void check_accounts(int64_t unsettled);

  SteppedThread& thread_;
  CrashExplorer& explorer_;
  std::mt19937_64 draw_;
  LogLife life_;
  const int64_t found_count_;
  std::string trace_;

  absl::Status last_status_;  // of what the thread did last
  int64_t accepted_count_ = 0;
  int64_t dropped_before_ = 0;  // what the thread does
  bool is_blocked_ = false;     // the caller waits for room
  bool is_closing_ = false;
  LogMarks last_marks_;
  int64_t last_settled_ = 0;

  std::atomic<bool> is_abandoning_{false};
  std::atomic<bool> is_overwritten_{false};
};

}  // namespace logslice::testing
