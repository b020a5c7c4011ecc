// This header defines a measured row and how it is shown.
#pragma once

#include <string>
#include <vector>

#include "bench.h"

namespace logslice::bench {

struct Figure {
  std::string name;
  double median = 0;
  double least = 0;
  double most = 0;
};

struct Result {
  std::string row;
  std::string unit;
  Better better;
  std::string what;
  Figure logslice;
  Figure limit;
  std::vector<Figure> peers;
};

// One round that does not count, then `round_count` in which everyone takes a turn (Turns::kOnce: a
// single one). A result for each part of the row; only the first says what is done.
std::vector<Result> measure(const Row& row, int round_count);

// How many times the limit (or a peer) is better than logslice; below 1, it is worse. Both > 0.
double ratio(const Result& result, const Figure& other);

void print_machine();
void print(const Result& result);

// {"row":…,"unit":…,"logslice":x,"limit":y,"peers":{"name":z}}; a part's row is "<row>, <part>".
std::string to_json(const Result& result);

}  // namespace logslice::bench
