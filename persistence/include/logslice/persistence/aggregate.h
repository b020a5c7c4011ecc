// This header defines aggregate_log, which sums up a log without knowing its types, and
// LogAggregator, which does the same for lines that come from elsewhere.
//
//   absl::StatusOr<LogAggregate> spent = aggregate_log(
//       path, {.by = {GroupBy::time(absl::Hours(1))}, .members = {{.pointer = "/cost"}}});
//   for (const AggregateRow& hour : spent->rows) {
//     print(hour.key[0].time, hour.entry_count, hour.members[0].numbers.sum());
//   }
//
// Over structs, use Summary in a loop over scan_log<T>: summary.h. Rules: specs/aggregates.md.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/persistence/summary.h"

namespace logslice {

// What entries are grouped by.
struct GroupBy {
  enum class What {
    kType,    // the type id
    kMember,  // the value at `pointer`
    kTime,    // the time, __ts__ or ScanOptions::time_member, in steps of `step`
  };

  static GroupBy type() { return {}; }
  static GroupBy member(std::string pointer) { return {What::kMember, std::move(pointer)}; }
  static GroupBy time(absl::Duration step) { return {What::kTime, {}, step}; }

  What what = What::kType;
  std::string pointer;  // a JSON pointer (RFC 6901) into the line: /model, /usage/tokens
  absl::Duration step;  // > 0; steps begin at 1970-01-01T00:00:00Z, so hours and days are UTC's
};

// Of one group, what one of `by` gave. Ordered: by kind, then times and numbers by value, texts by
// their bytes.
struct GroupKey {
  enum class Kind {
    kTime,    // `time` is the first instant of the step
    kNumber,  // `text` is its JSON text: integers as written, others as the shortest that reads
              // back
    kText,    // `text` is the type id, or a string's text, unescaped
    kJson,    // `text` is true, false, or the compact JSON text of an array or object
    kNone,    // no type, no time, no such member, or null
  };

  Kind kind = Kind::kNone;
  absl::Time time;
  std::string text;

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
  friend std::strong_ordering operator<=>(const GroupKey& one, const GroupKey& other);
};

// A member that is summed up.
struct AggregateMember {
  std::string pointer;  // as GroupBy's
  SummaryOptions summary;
};

// Each entry of a group is in numbers.count(), not_number_count or missing_count.
struct MemberAggregate {
  Summary numbers;
  int64_t not_number_count = 0;  // strings, booleans, arrays, objects, numbers beyond a double
  int64_t missing_count = 0;     // not there, or null: an optional without a value
  int64_t true_count = 0;        // of not_number_count
  int64_t false_count = 0;
};

struct AggregateRow {
  std::vector<GroupKey> key;  // one for each of `by`
  int64_t entry_count = 0;
  std::vector<MemberAggregate> members;  // in the order of the options
};

struct LogAggregate {
  std::vector<AggregateRow> rows;  // by key; without `by` exactly one, of an empty key
  // The entries of no row: of groups beyond group_count_max, and with a key beyond key_bytes_max.
  std::optional<AggregateRow> other;
  AggregateRow all;  // all of them together
  ScanStats stats;   // of the scan; empty if the lines came from elsewhere
};

struct AggregateOptions {
  // since, until and the sequence numbers bound what is looked at. strict: the first damaged line
  // is an error; otherwise damaged lines are in stats.damaged_count and nowhere else.
  ScanOptions scan;

  // Only entries of this type id; empty: all. Aliases are not known here.
  std::string type;

  // Nothing: one row of everything. Several: a row for each combination there is.
  std::vector<GroupBy> by;

  // What is summed up; entries are counted anyway.
  std::vector<AggregateMember> members;

  // Bounds of memory. The groups seen first get a row, all others share `other`. >= 1.
  int64_t group_count_max = 10000;
  int64_t key_bytes_max = 256;
};

// LogAggregator sums up lines as they come. Memory: bounded by group_count_max, and by what each
// group keeps of each member (SummaryOptions). Threads: one at a time.
class LogAggregator {
 public:
  // InvalidArgument: a pointer that is none, a step that is not positive, a bound out of range.
  // Of `options`, scan and type are not used: who scans has filtered.
  static absl::StatusOr<LogAggregator> make(const AggregateOptions& options);
  LogAggregator(LogAggregator&&) noexcept;
  LogAggregator& operator=(LogAggregator&&) noexcept;
  ~LogAggregator();

  // Damaged lines are left out. ResourceExhausted: memory ran out, and the line may be counted in
  // part.
  absl::Status add(const LogLine& line);

  // Of the lines so far; more may be added.
  absl::StatusOr<LogAggregate> result() const;

 private:
  class Groups;
  explicit LogAggregator(std::unique_ptr<Groups> groups);
  std::unique_ptr<Groups> groups_;
};

// Sums up the log at `path`, all its segments, in one pass. Errors as scan_lines and
// LogAggregator::make.
absl::StatusOr<LogAggregate> aggregate_log(const std::filesystem::path& path,
                                           const AggregateOptions& options = {});

}  // namespace logslice
