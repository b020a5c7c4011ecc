// This header defines the two forms in which `stats` shows an aggregate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logslice/persistence/aggregate.h"
#include "stats_command.h"

namespace logslice::command {

// The quantiles that are shown.
inline constexpr double kShownQuantiles[] = {0.5, 0.9, 0.99};

// The aggregated members, each once, in the order in which `values` names them first.
std::vector<std::string> members_of(const StatsOptions& options);

// A row of `stats -o jsonl`, its line end included. `kind` is group, other or all.
std::string stats_record(const StatsOptions& options, std::string_view kind,
                         const AggregateRow& row);

// The table, safe for a terminal: numbers to the right, never cut; with `columns`, names are cut so
// that it fits. A last row of everything if there are several.
std::string stats_table(const StatsOptions& options, const LogAggregate& aggregate,
                        std::optional<int> columns);

}  // namespace logslice::command
