// The table of `stats` for people.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "absl/time/time.h"
#include "logslice/reflection/json_value.h"
#include "safe_text.h"
#include "stats_report.h"
#include "text_table.h"
#include "wrapped_text.h"

namespace logslice::command {

namespace {

// ---- Names of groups

std::string time_key_text(absl::Time time, absl::Duration step) {
  // As --since takes it.
  const char* const format = step % absl::Hours(24) == absl::ZeroDuration() ? "%Y-%m-%d"
                             : step % absl::Minutes(1) == absl::ZeroDuration()
                                 ? "%Y-%m-%dT%H:%M"
                                 : "%Y-%m-%dT%H:%M:%E*S";
  return absl::FormatTime(format, time, absl::UTCTimeZone());
}

// A string with its quotes where it would be taken for something else without them.
std::string string_key_text(const std::string& text) {
  const bool is_clear = !text.empty() && text.front() != '(' && text.front() != ' ' &&
                        text.back() != ' ' && !JsonValue::parse(text).ok();
  return is_clear ? text : "\"" + text + "\"";
}

std::string key_text(const GroupBy& by, const GroupKey& key) {
  switch (key.kind) {
    case GroupKey::Kind::kTime:
      return time_key_text(key.time, by.step);
    case GroupKey::Kind::kText:
      return by.what == GroupBy::What::kType ? key.text : string_key_text(key.text);
    case GroupKey::Kind::kNumber:
    case GroupKey::Kind::kJson:
      return key.text;
    case GroupKey::Kind::kNone:
      break;
  }
  return "(none)";
}

// ---- Numbers of one column, alike

constexpr int kDecimalsMax = 6;
constexpr double kPlainMin = 1e-4;
constexpr double kPlainMax = 1e15;

bool is_plain(double value) {
  return value == 0 || (std::abs(value) >= kPlainMin && std::abs(value) < kPlainMax);
}

template <typename... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 64> text = {};
  snprintf(text.data(), text.size(), format, arguments...);
  return text.data();
}

int decimals_of(double value, int decimals_max) {
  const std::string text = formatted("%.*f", decimals_max, value);
  if (decimals_max == 0) return 0;
  const size_t last = text.find_last_not_of('0');
  return static_cast<int>(last - text.find('.'));
}

// How exact the numbers of a column are.
enum class Precision {
  kFull,   // of values that were there, and sums
  kMean,   // four digits, and as many behind the point as money has
  kRough,  // four digits: of quantiles that are not exact
};

int decimals_max_of(double largest, Precision precision) {
  if (precision == Precision::kFull || largest == 0) return kDecimalsMax;
  const int least = precision == Precision::kMean ? 2 : 0;
  return std::clamp(3 - static_cast<int>(std::floor(std::log10(largest))), least, kDecimalsMax);
}

// With as many decimals as one of them needs, so that the points stand below each other.
std::vector<std::string> number_cells(const std::vector<std::optional<double>>& values,
                                      Precision precision) {
  double largest = 0;
  for (const std::optional<double>& value : values) {
    if (value.has_value() && is_plain(*value)) largest = std::max(largest, std::abs(*value));
  }
  const int decimals_max = decimals_max_of(largest, precision);
  int decimals = 0;
  for (const std::optional<double>& value : values) {
    if (value.has_value() && is_plain(*value)) {
      decimals = std::max(decimals, decimals_of(*value, decimals_max));
    }
  }
  std::vector<std::string> cells;
  for (const std::optional<double>& value : values) {
    if (!value.has_value()) {
      cells.emplace_back("-");
    } else if (is_plain(*value)) {
      cells.push_back(formatted("%.*f", decimals, *value));
    } else {
      cells.push_back(formatted("%.6g", *value));
    }
  }
  return cells;
}

std::vector<std::string> percent_cells(const std::vector<std::optional<double>>& values) {
  std::vector<std::string> cells;
  cells.reserve(values.size());
  for (const std::optional<double>& value : values) {
    cells.push_back(value.has_value() ? formatted("%.2f%%", *value * 100) : "-");
  }
  return cells;
}

// ---- Columns

using Rows = std::vector<const AggregateRow*>;

template <typename Value>
std::vector<std::optional<double>> values_of(const Rows& rows, size_t member, Value value) {
  std::vector<std::optional<double>> values;
  for (const AggregateRow* row : rows) values.push_back(value(row->members[member]));
  return values;
}

double quantile_error_of(const Rows& rows, size_t member) {
  double error = 0;
  for (const AggregateRow* row : rows) {
    error = std::max(error, row->members[member].numbers.quantile_error());
  }
  return error;
}

// One column, or one for each quantile.
void add_value(TextTable& table, const Rows& rows, const StatsValue& value, size_t member) {
  const auto add = [&](std::string title, Precision precision, auto of) {
    table.add_numbers(std::move(title), value.pointer,
                      number_cells(values_of(rows, member, of), precision));
  };
  using Member = MemberAggregate;
  switch (value.statistic) {
    case Statistic::kSum:
      // Of no numbers there is no sum either, for people: 0 would look like free of charge.
      return add("sum", Precision::kFull, [](const Member& one) {
        return one.numbers.count() == 0 ? std::nullopt : std::optional<double>(one.numbers.sum());
      });
    case Statistic::kMean:
      return add("mean", Precision::kMean, [](const Member& one) { return one.numbers.mean(); });
    case Statistic::kMinimum:
      return add("min", Precision::kFull, [](const Member& one) { return one.numbers.minimum(); });
    case Statistic::kMaximum:
      return add("max", Precision::kFull, [](const Member& one) { return one.numbers.maximum(); });
    case Statistic::kQuantiles: {
      const bool is_exact = quantile_error_of(rows, member) == 0;
      for (const double part : kShownQuantiles) {
        add("p" + std::to_string(std::lround(part * 100)),
            is_exact ? Precision::kFull : Precision::kRough,
            [part](const Member& one) { return one.numbers.quantile(part); });
      }
      return;
    }
    case Statistic::kRatio:
      table.add_numbers("true", value.pointer,
                        percent_cells(values_of(rows, member, [](const Member& one) {
                          return ratio(one.true_count, one.true_count + one.false_count);
                        })));
      return;
  }
}

// ---- What the numbers do not say themselves

std::string note_of(const std::string& pointer, const MemberAggregate& member,
                    int64_t entry_count) {
  const int64_t other_count = member.not_number_count + member.numbers.not_finite_count();
  if (member.numbers.count() == entry_count || member.numbers.count() == 0) return "";
  std::string note = pointer + ": a number in " + std::to_string(member.numbers.count()) + " of " +
                     std::to_string(entry_count) + " entries";
  if (member.missing_count > 0) note += ", missing in " + std::to_string(member.missing_count);
  if (other_count > 0) note += ", something else in " + std::to_string(other_count);
  return note;
}

void append_notes(std::string& out, const StatsOptions& options, const LogAggregate& aggregate,
                  const Rows& rows, std::optional<int> columns) {
  const std::vector<std::string> members = members_of(options);
  for (size_t i = 0; i < members.size(); ++i) {
    std::string note = note_of(members[i], aggregate.all.members[i], aggregate.all.entry_count);
    if (const double error = quantile_error_of(rows, i); error > 0) {
      note += note.empty() ? members[i] + ": " : "; ";
      note += "quantiles of many values within " + formatted("%.3g%%", error * 100);
    }
    if (note.empty()) continue;
    append_wrapped(out, safe_text(note), 0, columns);
    out += '\n';
  }
}

}  // namespace

std::string stats_table(const StatsOptions& options, const LogAggregate& aggregate,
                        std::optional<int> columns) {
  Rows rows;
  for (const AggregateRow& row : aggregate.rows) rows.push_back(&row);
  if (aggregate.other.has_value()) rows.push_back(&*aggregate.other);
  const bool has_total = rows.size() > 1;
  if (has_total) rows.push_back(&aggregate.all);

  TextTable table;
  for (size_t i = 0; i < options.by.size(); ++i) {
    const GroupBy& by = options.by[i].by;
    std::vector<std::string> cells;
    for (const AggregateRow& row : aggregate.rows) cells.push_back(key_text(by, row.key[i]));
    if (aggregate.other.has_value()) cells.push_back(i == 0 ? "(other)" : "");
    if (has_total) cells.push_back(i == 0 ? "(all)" : "");
    const bool is_time = by.what == GroupBy::What::kTime;
    table.add_names(options.by[i].name + (is_time ? " (UTC)" : ""), std::move(cells),
                    by.what == GroupBy::What::kType ? Cut::kFront : Cut::kBack);
  }
  std::vector<std::string> counts;
  for (const AggregateRow* row : rows) counts.push_back(std::to_string(row->entry_count));
  table.add_numbers("", "entries", std::move(counts));
  const std::vector<std::string> members = members_of(options);
  for (const StatsValue& value : options.values) {
    const auto member = std::find(members.begin(), members.end(), value.pointer);
    add_value(table, rows, value, static_cast<size_t>(member - members.begin()));
  }
  std::string out = table.text(columns);
  append_notes(out, options, aggregate, rows, columns);
  return out;
}

}  // namespace logslice::command
