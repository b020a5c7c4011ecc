// This header defines how a figure is measured: next to its limit, in turn, in one run.
//
// Machines are shared and noisy, so a time says little; the ratio of two that were taken in turn
// says more. Every row runs its contenders one after the other, round by round, and reports
// medians.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace logslice::bench {

// Whether a larger figure is the better one.
enum class Better { kLess, kMore };

// What one run gives: a figure, or one for each part of its row.
struct Reading {
  // Implicit, so that a run of a row without parts just returns its figure.
  Reading(double only) : figures{only} {}
  Reading(std::vector<double> several) : figures(std::move(several)) {}

  std::vector<double> figures;
};

// One of those who do a row's work. `run` does all of it once and returns the figure in the row's
// unit; it also checks that the work was done, and aborts the program if not.
struct Contender {
  std::string name;
  std::function<Reading()> run;
  // Takes the place of the round that does not count, where a whole check would cost too much to be
  // timed: compares all that the contender gives with what it should. Empty: `run` checks enough.
  std::function<void()> check_all;
};

// What is to be reached: a figure at least as good as `bound` times that of another contender of
// the row, or as `bound` itself, in the row's unit, if `of` is empty.
struct Goal {
  double bound = 0;
  std::string of;   // a contender's name, or kLimit
  double plus = 0;  // so much on top, in the row's unit
};
inline constexpr const char* kLimit = "limit";

// One of several figures that come from the same run.
struct Part {
  std::string name;  // as reported; the first is reported under the name of its row
  std::string unit;
  Better better = Better::kLess;
  std::vector<Goal> goals;
};

// How often everyone takes a turn: as the settings say, or once only, for what takes long or shows
// the first time.
enum class Turns { kManyRounds, kOnce };

// Who takes part in a row. Its name and its goals are in the table of rows.
struct Row {
  std::string unit;  // of the only figure, as is `better`
  Better better = Better::kLess;
  std::vector<Part> parts;  // empty: there is one figure
  Turns turns = Turns::kManyRounds;
  std::string what;  // what is done, in a sentence
  Contender logslice;
  Contender limit;
  std::vector<Contender> peers;
  // Others that a figure is compared with, and that are no peers: they do less than the row's work,
  // or are logslice itself in another way. They are printed, and stay out of the JSON.
  std::vector<Contender> yardsticks;
};

struct Settings {
  std::filesystem::path directory;  // for files; on the disk that is to be measured
  std::string work = "full";        // or "quick"
  int round_count = 7;
  int64_t entry_count = 200'000;            // of an append row, in each round
  int64_t log_bytes = 1'000'000'000;        // of the log that is read
  double durable_seconds = 1;               // how long each round of a durable row goes on
  int64_t passing_count = 5'000'000;        // events that pass at a pace while memory is watched
  int64_t window_event_count = 50'000'000;  // that pass through a window
};

// Ends the program: a benchmark that did not do its work has no figure.
[[noreturn]] void fail(const std::string& why);

inline void check(bool done, const char* what) {
  if (!done) fail(what);
}

// Seconds that `work` takes.
double seconds_of(const std::function<void()>& work);

}  // namespace logslice::bench
