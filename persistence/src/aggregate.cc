#include "logslice/persistence/aggregate.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <new>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "group_keys.h"
#include "logslice/reflection/internal/json_pointer.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice {

namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

void add_value(const internal::FoundValue& value, MemberAggregate& member) {
  using Kind = internal::FoundValue::Kind;
  switch (value.kind) {
    case Kind::kMissing:
    case Kind::kNull:
      ++member.missing_count;
      return;
    case Kind::kNumber:
      if (const std::optional<double> number = value.number(); number.has_value()) {
        member.numbers.add(*number);
        return;
      }
      break;
    case Kind::kTrue:
      ++member.true_count;
      break;
    case Kind::kFalse:
      ++member.false_count;
      break;
    case Kind::kString:
    case Kind::kObject:
    case Kind::kArray:
      break;
  }
  ++member.not_number_count;
}

void merge_row(const AggregateRow& row, AggregateRow& into) {
  into.entry_count += row.entry_count;
  for (size_t i = 0; i < into.members.size(); ++i) {
    MemberAggregate& member = into.members[i];
    member.numbers.merge(row.members[i].numbers);
    member.not_number_count += row.members[i].not_number_count;
    member.missing_count += row.members[i].missing_count;
    member.true_count += row.members[i].true_count;
    member.false_count += row.members[i].false_count;
  }
}

absl::Status check_bounds(const AggregateOptions& options) {
  const auto at_least_one = [](std::string_view name, int64_t value) {
    return value >= 1 ? absl::OkStatus()
                      : internal::invalid_argument(
                            internal::concat(name, " is ", value, "; it must be >= 1"));
  };
  if (absl::Status status = at_least_one("group_count_max", options.group_count_max);
      !status.ok()) {
    return status;
  }
  return at_least_one("key_bytes_max", options.key_bytes_max);
}

}  // namespace

// The rows as they grow. The group of the line before is looked at first: entries come in runs.
class LogAggregator::Groups {
 public:
  Groups(const AggregateOptions& options, internal::GroupKeyReader keys,
         internal::JsonFinder finder, std::vector<size_t> places)
      : group_count_max_(options.group_count_max),
        keys_(std::move(keys)),
        finder_(std::move(finder)),
        places_(std::move(places)) {
    for (const AggregateMember& member : options.members) {
      empty_row_.members.push_back({Summary(member.summary)});
    }
    if (options.by.empty()) row_of("");
  }

  void add(const LogLine& line) {
    const std::vector<internal::FoundValue>& found = finder_.find(line.text);
    const std::optional<std::string_view> key = keys_.read(line, found);
    AggregateRow& row = key.has_value() ? row_of(*key) : other_row();
    ++row.entry_count;
    for (size_t i = 0; i < places_.size(); ++i) add_value(found[places_[i]], row.members[i]);
  }

  LogAggregate result() const {
    LogAggregate aggregate;
    aggregate.rows = rows_;
    aggregate.other = other_;
    aggregate.all = empty_row_;
    for (const AggregateRow& row : rows_) merge_row(row, aggregate.all);
    if (other_.has_value()) merge_row(*other_, aggregate.all);
    std::sort(aggregate.rows.begin(), aggregate.rows.end(),
              [](const AggregateRow& one, const AggregateRow& other) {
                return std::lexicographical_compare(one.key.begin(), one.key.end(),
                                                    other.key.begin(), other.key.end());
              });
    return aggregate;
  }

 private:
  AggregateRow& row_of(std::string_view key) {
    if (last_ < rows_.size() && key == last_key_) return rows_[last_];
    auto found = places_of_keys_.find(key);
    if (found == places_of_keys_.end()) {
      if (rows_.size() == static_cast<size_t>(group_count_max_)) return other_row();
      AggregateRow row = empty_row_;
      row.key = internal::GroupKeyReader::decode(key);
      // First what may fail, so that no key leads to a row that is not there.
      if (rows_.size() == rows_.capacity()) rows_.reserve(2 * rows_.size() + 1);
      found = places_of_keys_.emplace(key, rows_.size()).first;
      rows_.push_back(std::move(row));
    }
    last_ = found->second;
    last_key_ = found->first;
    return rows_[last_];
  }

  AggregateRow& other_row() {
    if (!other_.has_value()) other_ = empty_row_;
    return *other_;
  }

  const int64_t group_count_max_;
  internal::GroupKeyReader keys_;
  internal::JsonFinder finder_;
  const std::vector<size_t> places_;  // of the members among the found values
  AggregateRow empty_row_;

  std::vector<AggregateRow> rows_;  // as they were first seen
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> places_of_keys_;
  size_t last_ = 0;
  std::string_view last_key_;  // in the map
  std::optional<AggregateRow> other_;
};

LogAggregator::LogAggregator(std::unique_ptr<Groups> groups) : groups_(std::move(groups)) {}
LogAggregator::LogAggregator(LogAggregator&&) noexcept = default;
LogAggregator& LogAggregator::operator=(LogAggregator&&) noexcept = default;
LogAggregator::~LogAggregator() = default;

absl::StatusOr<LogAggregator> LogAggregator::make(const AggregateOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogAggregator> {
    if (absl::Status status = check_bounds(options); !status.ok()) return status;
    internal::JsonFinder finder({});
    absl::StatusOr<internal::GroupKeyReader> keys =
        internal::GroupKeyReader::make(options.by, options.key_bytes_max, finder);
    if (!keys.ok()) return keys.status();
    std::vector<size_t> places;
    for (const AggregateMember& member : options.members) {
      const absl::StatusOr<internal::JsonPointer> pointer =
          internal::JsonPointer::parse(member.pointer);
      if (!pointer.ok()) return pointer.status();
      places.push_back(finder.add(*pointer));
    }
    return LogAggregator(
        std::make_unique<Groups>(options, *std::move(keys), std::move(finder), std::move(places)));
  });
}

absl::Status LogAggregator::add(const LogLine& line) {
  if (!line.damage.empty()) return absl::OkStatus();
  try {
    groups_->add(line);
    return absl::OkStatus();
  } catch (const std::bad_alloc&) {
    return internal::out_of_memory();
  }
}

absl::StatusOr<LogAggregate> LogAggregator::result() const {
  return internal::or_out_of_memory(
      [&]() -> absl::StatusOr<LogAggregate> { return groups_->result(); });
}

absl::StatusOr<LogAggregate> aggregate_log(const std::filesystem::path& path,
                                           const AggregateOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogAggregate> {
    absl::StatusOr<LogAggregator> aggregator = LogAggregator::make(options);
    if (!aggregator.ok()) return aggregator.status();
    absl::StatusOr<LogLines> lines = scan_lines(path, {.scan = options.scan, .type = options.type});
    if (!lines.ok()) return lines.status();
    while (lines->next()) {
      if (absl::Status status = aggregator->add(lines->line()); !status.ok()) return status;
    }
    if (!lines->status().ok()) return lines->status();
    absl::StatusOr<LogAggregate> aggregate = aggregator->result();
    if (aggregate.ok()) aggregate->stats = lines->stats();
    return aggregate;
  });
}

}  // namespace logslice
