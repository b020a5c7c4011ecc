// This header defines `logslice stats`. Contract: specs/command.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exit_code.h"
#include "logslice/persistence/aggregate.h"
#include "output.h"

namespace logslice::command {

// What --by was given, and what it means.
struct StatsGroup {
  std::string name;
  GroupBy by;
};

// `type`, `minute`, `hour`, `day`, a step of time such as `15m`, or a JSON pointer. InvalidArgument
// says what is expected and gives an example.
absl::StatusOr<StatsGroup> parse_group(const std::string& text);

// The member that is the time of lines without `__ts__`: its name, or `/` and its name.
// InvalidArgument says what is expected and gives an example.
absl::StatusOr<std::string> parse_time_member(const std::string& text);

enum class Statistic { kSum, kMean, kMinimum, kMaximum, kQuantiles, kRatio };

struct StatsValue {
  Statistic statistic;
  std::string pointer;
};

struct StatsOptions {
  std::string path;
  std::string type;  // empty: all
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;
  std::string time_member;  // of lines without __ts__; empty: none
  std::vector<StatsGroup> by;
  std::vector<StatsValue> values;
  Format format = Format::kJsonLines;
};

// Sums up a log. Damaged lines are left out and told.
ExitCode run_stats(const StatsOptions& options, Output& out);

}  // namespace logslice::command
