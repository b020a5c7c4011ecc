#include "stats_command.h"

#include <utility>

#include "absl/status/statusor.h"
#include "damage_report.h"
#include "entry_row.h"
#include "logslice/persistence/log_info.h"
#include "member_hint.h"
#include "stats_report.h"
#include "type_hint.h"

namespace logslice::command {

namespace {

LineScanOptions scan_options(const StatsOptions& options) {
  LineScanOptions scan;
  scan.scan.since = options.since;
  scan.scan.until = options.until;
  scan.scan.time_member = options.time_member;
  scan.type = options.type;
  return scan;
}

AggregateOptions aggregate_options(const StatsOptions& options) {
  AggregateOptions aggregate;
  for (const StatsGroup& group : options.by) aggregate.by.push_back(group.by);
  for (const std::string& pointer : members_of(options)) {
    aggregate.members.push_back({pointer, {.has_quantiles = false}});
    for (const StatsValue& value : options.values) {
      if (value.pointer == pointer && value.statistic == Statistic::kQuantiles) {
        aggregate.members.back().summary.has_quantiles = true;
      }
    }
  }
  return aggregate;
}

void show(const StatsOptions& options, const LogAggregate& aggregate, Output& out) {
  if (options.format == Format::kText) {
    const std::optional<int> columns =
        out.is_terminal() ? std::optional<int>(out.terminal_columns()) : std::nullopt;
    out.write(stats_table(options, aggregate, columns));
    return;
  }
  const std::string_view kind = options.by.empty() ? "all" : "group";
  for (const AggregateRow& row : aggregate.rows) {
    if (!out.write(stats_record(options, kind, row))) return;
  }
  if (aggregate.other.has_value()) out.write(stats_record(options, "other", *aggregate.other));
}

void complain_of_no_time(const StatsOptions& options) {
  complain(options.path + ": no entry has a time in __ts__" +
           (options.time_member.empty() ? "; --time says which member has it, such as --time ts"
                                        : " or " + options.time_member));
}

// Why there is nothing, if that is likely to be a mistake.
void hint_at_entries(const StatsOptions& options) {
  const absl::StatusOr<LogInfo> info = read_log_info(options.path, scan_options(options).scan);
  if (!info.ok()) return;
  if (info->entry_count == 0) return complain(options.path + ": the log has no entries");
  if (!options.type.empty() && !info->type_counts.contains(options.type)) {
    return hint_at_types(options.path, options.type);
  }
  if (!info->first_ts.has_value()) {
    return complain_of_no_time(options);
  }
  const std::string of_type = options.type.empty() ? "" : " of type " + options.type;
  complain(options.path + ": no entry" + of_type + " at that time; the log's are of " +
           time_text(*info->first_ts) + " to " + time_text(*info->last_ts));
}

bool has_only_entries_without(const LogAggregate& aggregate, size_t by) {
  for (const AggregateRow& row : aggregate.rows) {
    if (row.key[by].kind != GroupKey::Kind::kNone) return false;
  }
  return !aggregate.other.has_value();
}

void hint_at_keys(const StatsOptions& options, const LogAggregate& aggregate) {
  for (size_t i = 0; i < options.by.size(); ++i) {
    const GroupBy& by = options.by[i].by;
    if (!has_only_entries_without(aggregate, i)) continue;
    if (by.what == GroupBy::What::kMember) {
      hint_at_members(options.path, by.pointer, scan_options(options));
    } else if (by.what == GroupBy::What::kType) {
      complain(options.path + ": no entry has a type");
    } else {
      complain_of_no_time(options);
    }
  }
}

void hint_at_value(const StatsOptions& options, const StatsValue& value,
                   const MemberAggregate& member, int64_t entry_count) {
  const int64_t boolean_count = member.true_count + member.false_count;
  if (member.missing_count == entry_count) {
    return hint_at_members(options.path, value.pointer, scan_options(options));
  }
  if (value.statistic == Statistic::kRatio) {
    if (boolean_count > 0) return;
    return complain(options.path + ": " + value.pointer +
                    " is never true or false, of which --ratio tells the share");
  }
  if (member.numbers.count() > 0) return;
  complain(options.path + ": " + value.pointer + " is never a number" +
           (boolean_count > 0 ? "; --ratio " + value.pointer + " tells how often it is true"
                              : "; --by " + value.pointer + " counts the entries of each value"));
}

void hint(const StatsOptions& options, const LogAggregate& aggregate) {
  if (aggregate.all.entry_count == 0) return hint_at_entries(options);
  hint_at_keys(options, aggregate);
  const std::vector<std::string> members = members_of(options);
  for (size_t i = 0; i < members.size(); ++i) {
    for (const StatsValue& value : options.values) {
      if (value.pointer != members[i]) continue;
      hint_at_value(options, value, aggregate.all.members[i], aggregate.all.entry_count);
      break;
    }
  }
  if (aggregate.other.has_value()) {
    complain(options.path + ": " + std::to_string(aggregate.other->entry_count) +
             " entries are in the row of others: there are more than " +
             std::to_string(aggregate.rows.size()) +
             " groups, or values of more than 256 bytes to group by");
  }
}

}  // namespace

absl::StatusOr<StatsGroup> parse_group(const std::string& text) {
  if (text == "type") return StatsGroup{text, GroupBy::type()};
  if (text == "minute") return StatsGroup{text, GroupBy::time(absl::Minutes(1))};
  if (text == "hour") return StatsGroup{text, GroupBy::time(absl::Hours(1))};
  if (text == "day") return StatsGroup{text, GroupBy::time(absl::Hours(24))};
  if (text.starts_with('/')) return StatsGroup{text, GroupBy::member(text)};
  absl::Duration step;
  if (absl::ParseDuration(text, &step) && step > absl::ZeroDuration() &&
      step < absl::InfiniteDuration()) {
    return StatsGroup{text, GroupBy::time(step)};
  }
  return absl::InvalidArgumentError(
      "expected type, minute, hour, day, a step of time such as 15m, or a member as a JSON pointer "
      "such as /model; got '" +
      text + "'");
}

absl::StatusOr<std::string> parse_time_member(const std::string& text) {
  std::string name;
  const bool is_pointer = text.starts_with('/');
  for (size_t at = is_pointer ? 1 : 0; at < text.size(); ++at) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (is_pointer && (rest.starts_with("~0") || rest.starts_with("~1"))) {
      name += text[++at] == '0' ? '~' : '/';
    } else if (is_pointer && rest.starts_with('/')) {
      name.clear();
      break;
    } else {
      name += text[at];
    }
  }
  if (!name.empty()) return name;
  return absl::InvalidArgumentError(
      "expected the name of a member that is not within another, for example --time ts; got '" +
      text + "'");
}

ExitCode run_stats(const StatsOptions& options, Output& out) {
  if (is_own_output(options.path)) {
    complain(options.path + ": the log is also the output; write to another file");
    return ExitCode::kFailed;
  }
  absl::StatusOr<LogAggregator> aggregator = LogAggregator::make(aggregate_options(options));
  if (!aggregator.ok()) return failed(aggregator.status());
  absl::StatusOr<LogLines> lines = scan_lines(options.path, scan_options(options));
  if (!lines.ok()) return failed(lines.status());
  DamageReport damage(options.path);
  while (lines->next()) {
    damage.look_at(lines->line());
    if (absl::Status status = aggregator->add(lines->line()); !status.ok()) return failed(status);
  }
  damage.finish();
  if (!lines->status().ok()) return failed(lines->status());
  const absl::StatusOr<LogAggregate> aggregate = aggregator->result();
  if (!aggregate.ok()) return failed(aggregate.status());
  show(options, *aggregate, out);
  mention_torn_tail(options.path, lines->stats().torn_bytes);
  hint(options, *aggregate);
  return damage.exit_code();
}

}  // namespace logslice::command
