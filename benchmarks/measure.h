// This header defines a measured row.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench.h"
#include "rows.h"

namespace logslice::bench {

struct Figure {
  std::string name;
  double median = 0;
  double least = 0;
  double most = 0;
};

enum class Verdict { kMet, kMissed, kNotMeasured };  // the last: the one compared with is not here

struct JudgedGoal {
  std::string text;              // "<= 1.35 x limit"
  std::optional<double> wanted;  // what the figure has to reach in this run
  Verdict verdict = Verdict::kNotMeasured;
};

struct Result {
  std::string row;
  std::string unit;
  Better better = Better::kLess;
  std::string what;
  Figure logslice;
  Figure limit;
  std::vector<Figure> peers;
  std::vector<Figure> yardsticks;
  std::vector<JudgedGoal> goals;

  // Null without peers.
  const Figure* best_peer() const;
  // How many times the other's median logslice's is; empty where one of them is not above zero.
  std::optional<double> ratio_to(const Figure& other) const;
};

// One round that does not count, then `round_count` in which everyone takes a turn (Turns::kOnce: a
// single one). A result for each part of the row; only the first says what is done.
std::vector<Result> measure(const RowEntry& entry, const Row& row, int round_count);

}  // namespace logslice::bench
