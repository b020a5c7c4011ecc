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
};

// One of several figures that come from the same run. It is reported as "<row>, <part>".
struct Part {
  std::string name;
  std::string unit;
  Better better = Better::kLess;
};

// How often everyone takes a turn: as the settings say, or once only, for what takes long or shows
// the first time.
enum class Turns { kManyRounds, kOnce };

struct Row {
  std::string name;
  std::string unit;  // of the only figure, as is `better`
  Better better = Better::kLess;
  std::vector<Part> parts;  // empty: there is one figure
  Turns turns = Turns::kManyRounds;
  std::string what;  // what is done, in a sentence
  Contender logslice;
  Contender limit;
  std::vector<Contender> peers;
};

struct Settings {
  std::filesystem::path directory;  // for files; on the disk that is to be measured
  int round_count = 7;
  int64_t entry_count = 200'000;      // of an append row, in each round
  int64_t log_bytes = 1'000'000'000;  // of the log that is read
  int64_t passing_count = 5'000'000;  // entries that pass while memory is watched
};

// Makes a row when it is asked for, so that only the chosen ones prepare their files.
struct RowMaker {
  std::string name;
  Row (*make)(const Settings& settings);
};

const std::vector<RowMaker>& all_rows();

// Ends the program: a benchmark that did not do its work has no figure.
[[noreturn]] void fail(const std::string& why);

inline void check(bool done, const char* what) {
  if (!done) fail(what);
}

// Seconds that `work` takes.
double seconds_of(const std::function<void()>& work);

}  // namespace logslice::bench
