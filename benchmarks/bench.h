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
#include <vector>

namespace logslice::bench {

// Whether a larger figure is the better one.
enum class Better { kLess, kMore };

// One of those who do a row's work. `run` does all of it once and returns the figure in the row's
// unit; it also checks that the work was done, and aborts the program if not.
struct Contender {
  std::string name;
  std::function<double()> run;
};

struct Row {
  std::string name;
  std::string unit;
  Better better = Better::kLess;
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
