// This header defines how results are shown and kept.
#pragma once

#include <string>
#include <vector>

#include "machine.h"
#include "measure.h"

namespace logslice::bench {

void print(const Machine& machine);
void print(const Result& result);

// All rows that have a goal: ratios and goals only.
void print_summary(const std::vector<Result>& results);

// {"row":…,"unit":…,"logslice":x,"limit":y,"peers":{"name":z}}: the medians of a result.
std::string to_json(const Result& result);

// What the rows of a run have in common, and their goals, which do not change from run to run:
// {"date":…,"work":…,"machine":{…},"rows":[{"row":…,"better":"less","least":x,"most":y,"goals":[…]}]}
// It is written beside the rows; benchmarks/draw_table draws both.
std::string about_json(const Machine& machine, const std::vector<Result>& results,
                       const std::string& work);

}  // namespace logslice::bench
