// This header defines how the cost of an operation is measured over an axis, and reported.
//
// Operations that need the same files or sessions are in one group, which is run as a whole and
// adds a value per round, series and place of the axis. A figure is the median of those.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace logslice::scale {

// An operation as it is shown in specs/performance.md.
struct Operation {
  std::string name;
  std::string axis;       // "log size"
  std::string axis_unit;  // "MB"; empty for a plain number
  std::string unit;       // of the figures
  std::string claim;      // how it should grow, "O(log n)"
  double slope_max = 0;   // the steepest slope on log-log axes that is not against the claim
  std::string what;       // what is measured, in a sentence or two
};

// Slopes of claims. A constant cost is measured with noise; a logarithm from 16 to 27 steps. Where
// an event goes through more memory than the processor's caches hold, each step takes longer,
// though there are no more of them; so does each byte of a log that they do not hold.
inline constexpr double kConstant = 0.15;
inline constexpr double kConstantBeyondCaches = 0.6;
inline constexpr double kLogarithmic = 0.2;
inline constexpr double kLinear = 1.25;
inline constexpr const char* kBeyondCaches = "O(1), but for the processor's caches";

struct Settings {
  std::filesystem::path directory;  // for files; on the disk that is to be measured
  bool is_quick = false;            // a first look whether all runs: small axes, a round or two
};

class Report {
 public:
  Report(std::vector<std::string> chosen, bool is_quick)
      : chosen_(std::move(chosen)), is_quick_(is_quick) {}

  // Whether the operation is asked for: by the beginning of its name, or by none at all.
  bool wants(std::string_view operation) const;
  void add(std::string_view operation, std::string_view series, int64_t place, double value);

  // Median of the rounds, by operation, series and place. Prints what has come since the last call.
  void print(const std::vector<Operation>& operations);
  void write_json(const std::filesystem::path& path) const;

 private:
  using Rounds = std::vector<double>;
  struct Series {
    std::string name;
    std::map<int64_t, Rounds> places;
  };

  std::vector<std::string> chosen_;
  bool is_quick_;
  std::map<std::string, std::vector<Series>, std::less<>> series_;  // in the order they came
  std::vector<Operation> printed_;
};

struct Group {
  std::vector<Operation> operations;
  void (*run)(const Settings& settings, Report& report);
};

Group log_size_group();
Group slice_type_group();
Group thread_group();
Group window_group();
Group open_log_group();
Group session_group();
Group memory_group();

// Ends the program, by an exception, so that its files go: a benchmark that did not do its work has
// no figure. Not to be called by threads.
[[noreturn]] void fail(std::string_view why);
inline void check(bool done, std::string_view what) {
  if (!done) fail(what);
}
void check(const absl::Status& status, std::string_view what);

double seconds_of(const std::function<void()>& work);

// "  seek, 1,000 MB": so that who waits knows what for.
void say(const std::string& text);

}  // namespace logslice::scale
