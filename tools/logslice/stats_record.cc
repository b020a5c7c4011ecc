// A row of `stats` as a JSON object: the names are a contract, specs/command.md.

#include <algorithm>
#include <string_view>

#include "absl/status/statusor.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/reflection/json_value.h"
#include "stats_report.h"

namespace logslice::command {

namespace {

// `null` for what JSON has no number for: a sum beyond a double's range.
template <typename T>
std::string json_of(const T& value) {
  const absl::StatusOr<JsonValue> json = to_json_value(value);
  return json.ok() ? json->text() : "null";
}

std::string json_of_key(const GroupKey& key) {
  switch (key.kind) {
    case GroupKey::Kind::kTime:
      return json_of(key.time);
    case GroupKey::Kind::kText:
      return json_of(key.text);
    case GroupKey::Kind::kNumber:
    case GroupKey::Kind::kJson:
      return key.text;
    case GroupKey::Kind::kNone:
      break;
  }
  return "null";
}

// ObjectText puts members one behind the other.
class ObjectText {
 public:
  ObjectText& add(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? '{' : ',';
    text_.append(json_of(std::string(name))).append(":").append(json);
    return *this;
  }
  std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string text_;
};

std::string json_of_quantiles(const Summary& numbers) {
  ObjectText quantiles;
  for (const double part : kShownQuantiles) {
    quantiles.add(json_of(part), json_of(numbers.quantile(part)));
  }
  return quantiles.text();
}

std::string json_of_member(const MemberAggregate& member, bool has_quantiles) {
  const Summary& numbers = member.numbers;
  return ObjectText()
      .add("number_count", json_of(numbers.count()))
      .add("not_number_count", json_of(member.not_number_count))
      .add("missing_count", json_of(member.missing_count))
      .add("true_count", json_of(member.true_count))
      .add("false_count", json_of(member.false_count))
      .add("sum", json_of(numbers.sum()))
      .add("mean", json_of(numbers.mean()))
      .add("minimum", json_of(numbers.minimum()))
      .add("maximum", json_of(numbers.maximum()))
      .add("quantiles", has_quantiles ? json_of_quantiles(numbers) : "null")
      .add("quantile_error", has_quantiles ? json_of(numbers.quantile_error()) : "null")
      .add("ratio", json_of(ratio(member.true_count, member.true_count + member.false_count)))
      .text();
}

bool asks_for_quantiles(const StatsOptions& options, const std::string& pointer) {
  return std::any_of(options.values.begin(), options.values.end(), [&](const StatsValue& value) {
    return value.statistic == Statistic::kQuantiles && value.pointer == pointer;
  });
}

}  // namespace

std::vector<std::string> members_of(const StatsOptions& options) {
  std::vector<std::string> members;
  for (const StatsValue& value : options.values) {
    if (std::find(members.begin(), members.end(), value.pointer) == members.end()) {
      members.push_back(value.pointer);
    }
  }
  return members;
}

std::string stats_record(const StatsOptions& options, std::string_view kind,
                         const AggregateRow& row) {
  ObjectText by;
  for (size_t i = 0; i < row.key.size(); ++i) by.add(options.by[i].name, json_of_key(row.key[i]));
  ObjectText members;
  const std::vector<std::string> pointers = members_of(options);
  for (size_t i = 0; i < pointers.size(); ++i) {
    members.add(pointers[i],
                json_of_member(row.members[i], asks_for_quantiles(options, pointers[i])));
  }
  return ObjectText()
             .add("row", json_of(std::string(kind)))
             .add("by", by.text())
             .add("entry_count", json_of(row.entry_count))
             .add("members", members.text())
             .text() +
         "\n";
}

}  // namespace logslice::command
