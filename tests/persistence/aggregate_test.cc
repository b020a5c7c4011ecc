#include "logslice/persistence/aggregate.h"

#include <map>

#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kHour = absl::Hours(1);

// Written `second` seconds after 2025-01-15T10:00:00Z.
std::string line(int64_t seq, const std::string& type, const std::string& members, int second = 0) {
  const absl::Time ts = absl::FromUnixSeconds(1'736'935'200 + second);
  return "{\"__type__\":\"" + type + "\"," + members + ",\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"" + absl::FormatTime("%Y-%m-%dT%H:%M:%E6S+00:00", ts, absl::UTCTimeZone()) +
         "\"}\n";
}

// `key: count`, `key: count sum` with a member.
std::string text_of_key(const std::vector<GroupKey>& key) {
  std::string text;
  for (const GroupKey& part : key) {
    if (!text.empty()) text += ' ';
    switch (part.kind) {
      case GroupKey::Kind::kTime:
        text += absl::FormatTime("%dT%H:%M:%E*S", part.time, absl::UTCTimeZone());
        break;
      case GroupKey::Kind::kText:
        text += "'" + part.text + "'";
        break;
      case GroupKey::Kind::kNumber:
      case GroupKey::Kind::kJson:
        text += part.text;
        break;
      case GroupKey::Kind::kNone:
        text += "none";
        break;
    }
  }
  return text;
}

class AggregateTest : public ::testing::Test {
 protected:
  void write(std::string content) { fs_.set_content("/log.jsonl", std::move(content)); }

  // Runs, and returns the rows as text.
  std::vector<std::string> rows(AggregateOptions options) {
    options.scan.file_system = &fs_;
    absl::StatusOr<LogAggregate> aggregate = aggregate_log("/log.jsonl", options);
    status_ = aggregate.status();
    if (!aggregate.ok()) return {};
    aggregate_ = *std::move(aggregate);
    std::vector<std::string> texts;
    for (const AggregateRow& row : aggregate_.rows) {
      texts.push_back(text_of_key(row.key) + ": " + std::to_string(row.entry_count));
    }
    return texts;
  }

  const MemberAggregate& member() const { return aggregate_.all.members.at(0); }

  FakeFileSystem fs_;
  absl::Status status_;
  LogAggregate aggregate_;
};

TEST_F(AggregateTest, WithoutGroupsThereIsOneRowOfEverything) {
  write(line(1, "m:A", "\"cost\":0.1") + line(2, "m:B", "\"cost\":0.2"));
  EXPECT_THAT(rows({.members = {{"/cost"}}}), ElementsAre(": 2"));
  EXPECT_EQ(aggregate_.rows[0].members[0].numbers.count(), 2);
  EXPECT_EQ(aggregate_.rows[0].members[0].numbers.maximum(), 0.2);
  EXPECT_EQ(aggregate_.all.entry_count, 2);
  EXPECT_EQ(aggregate_.stats.entry_count, 2);
  write("");
  EXPECT_THAT(rows({.members = {{"/cost"}}}), ElementsAre(": 0"));
  EXPECT_EQ(member().numbers.mean(), std::nullopt);
  EXPECT_THAT(rows({.by = {GroupBy::type()}}), IsEmpty());
}

TEST_F(AggregateTest, TenThousandDimesAreAThousand) {
  std::string lines;
  for (int i = 1; i <= 10000; ++i) lines += line(i, "m:A", "\"cost\":0.1");
  write(lines);
  rows({.members = {{"/cost"}}});
  EXPECT_EQ(member().numbers.sum(), 1000);
}

TEST_F(AggregateTest, GroupsByTypeInTheOrderOfTheirNames) {
  write(line(1, "m:B", "\"n\":1") + line(2, "m:A", "\"n\":2") + "{\"n\":4}\n" +
        line(3, "m:B", "\"n\":8"));
  EXPECT_THAT(rows({.by = {GroupBy::type()}, .members = {{"/n"}}}),
              ElementsAre("'m:A': 1", "'m:B': 2", "none: 1"));
  EXPECT_EQ(aggregate_.rows[1].members[0].numbers.sum(), 9);
  EXPECT_EQ(member().numbers.sum(), 15);
}

TEST_F(AggregateTest, GroupsByStepsOfTimeInUtc) {
  write(line(1, "m:A", "\"n\":1", 0) + line(2, "m:A", "\"n\":1", 3599) +
        line(3, "m:A", "\"n\":1", 7200) + line(4, "m:A", "\"n\":1", -1) +
        "{\"n\":1,\"__ts__\":\"2025-01-15T12:30:00+02:00\"}\n{\"n\":1}\n");
  EXPECT_THAT(rows({.by = {GroupBy::time(kHour)}}),
              ElementsAre("15T09:00:00: 1", "15T10:00:00: 3", "15T12:00:00: 1", "none: 1"));
  EXPECT_THAT(rows({.by = {GroupBy::time(24 * kHour)}}), ElementsAre("15T00:00:00: 5", "none: 1"));
  EXPECT_THAT(rows({.by = {GroupBy::time(absl::Milliseconds(400))}}),
              ElementsAre("15T09:59:58.8: 1", "15T10:00:00: 1", "15T10:30:00: 1",
                          "15T10:59:58.8: 1", "15T12:00:00: 1", "none: 1"));
}

TEST_F(AggregateTest, TimesBefore1970BelongToTheStepTheyAreIn) {
  write(
      "{\"__ts__\":\"1969-12-31T23:30:00Z\"}\n{\"__ts__\":\"1969-12-31T23:00:00Z\"}\n"
      "{\"__ts__\":\"1970-01-01T00:00:00Z\"}\n");
  EXPECT_THAT(rows({.by = {GroupBy::time(kHour)}}),
              ElementsAre("31T23:00:00: 2", "01T00:00:00: 1"));
}

TEST_F(AggregateTest, GroupsByAMemberOfAnyKind) {
  write(
      "{\"k\":\"b\"}\n{\"k\":10}\n{\"k\":9}\n{\"k\":true}\n{\"k\":null}\n{}\n{\"k\":\"1\"}\n"
      "{\"k\":[1, "
      "2]}\n{\"k\":[1,2]}\n{\"k\":1}\n{\"k\":1.0}\n{\"k\":10e-1}\n{\"k\":-0}\n{\"k\":0.0}\n"
      "{\"k\":\"\\u0062\"}\n{\"k\":0.5}\n{\"k\":-3}\n{\"k\":\"\"}\n");
  EXPECT_THAT(rows({.by = {GroupBy::member("/k")}}),
              ElementsAre("-3: 1", "0: 2", "0.5: 1", "1: 3", "9: 1", "10: 1", "'': 1", "'1': 1",
                          "'b': 2", "[1,2]: 2", "true: 1", "none: 2"));
}

TEST_F(AggregateTest, IntegersBeyondADoubleAreGroupsOfTheirOwn) {
  write("{\"k\":9007199254740993}\n{\"k\":9007199254740992}\n{\"k\":1e400}\n");
  EXPECT_THAT(rows({.by = {GroupBy::member("/k")}}).size(), 3);
}

TEST_F(AggregateTest, SeveralGroupsAreEachCombinationThereIs) {
  write(line(1, "m:A", "\"k\":\"x\"") + line(2, "m:B", "\"k\":\"y\"") +
        line(3, "m:A", "\"k\":\"y\"") + line(4, "m:A", "\"k\":\"x\"", 3600));
  EXPECT_THAT(rows({.by = {GroupBy::time(kHour), GroupBy::type(), GroupBy::member("/k")}}),
              ElementsAre("15T10:00:00 'm:A' 'x': 1", "15T10:00:00 'm:A' 'y': 1",
                          "15T10:00:00 'm:B' 'y': 1", "15T11:00:00 'm:A' 'x': 1"));
}

TEST_F(AggregateTest, WhatIsNoNumberIsCountedApart) {
  write(
      "{\"n\":1}\n{\"n\":\"2\"}\n{\"n\":null}\n{}\n{\"n\":[3]}\n{\"n\":true}\n{\"n\":false}\n"
      "{\"n\":true}\n{\"n\":1e999}\n{\"n\":{\"n\":4}}\n{\"m\":{\"n\":4}}\n");
  rows({.members = {{"/n"}}});
  EXPECT_EQ(member().numbers.count(), 1);
  EXPECT_EQ(member().numbers.sum(), 1);
  EXPECT_EQ(member().not_number_count, 7);
  EXPECT_EQ(member().true_count, 2);
  EXPECT_EQ(member().false_count, 1);
  EXPECT_EQ(member().missing_count, 3);
}

TEST_F(AggregateTest, MembersMayLieDeepAndBeAskedForTwice) {
  write(line(1, "m:A", "\"usage\":{\"tokens\":[5,7]},\"a/b\":3"));
  rows({.members = {{"/usage/tokens/1"}, {"/a~1b"}, {"/usage/tokens/1"}, {"/__seq__"}}});
  std::vector<double> sums;
  for (const MemberAggregate& one : aggregate_.all.members) sums.push_back(one.numbers.sum());
  EXPECT_THAT(sums, ElementsAre(7, 3, 7, 1));
}

TEST_F(AggregateTest, TypeAndTimeWindowBoundWhatIsLookedAt) {
  std::string lines;
  for (int i = 1; i <= 10; ++i) lines += line(i, i % 2 == 0 ? "m:A" : "m:B", "\"n\":1", i);
  write(lines);
  AggregateOptions options{.type = "m:A", .by = {GroupBy::type()}};
  options.scan.since = absl::FromUnixSeconds(1'736'935'204);
  options.scan.until = absl::FromUnixSeconds(1'736'935'208);
  EXPECT_THAT(rows(options), ElementsAre("'m:A': 2"));
}

TEST_F(AggregateTest, TheTimeOfOtherProgramsLinesIsTheMemberThatTheScanNames) {
  write(
      "{\"ts\":\"2025-01-15T10:59:59Z\"}\n{\"ts\":\"2025-01-15T11:00:00Z\"}\n"
      "{\"ts\":\"2025-01-15T13:00:00+01:00\"}\n");
  AggregateOptions options{.by = {GroupBy::time(kHour)}};
  EXPECT_THAT(rows(options), ElementsAre("none: 3"));
  options.scan.time_member = "ts";
  options.scan.since = absl::FromUnixSeconds(1'736'938'800);
  EXPECT_THAT(rows(options), ElementsAre("15T11:00:00: 1", "15T12:00:00: 1"));
}

TEST_F(AggregateTest, GroupsBeyondTheBoundAreOneAndNothingIsLost) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "{\"k\":" + std::to_string(i % 100) + ",\"n\":1}\n";
  write(lines);
  AggregateOptions options{.by = {GroupBy::member("/k")}, .members = {{"/n"}}};
  options.group_count_max = 3;
  EXPECT_THAT(rows(options), ElementsAre("0: 10", "1: 10", "2: 10"));
  ASSERT_TRUE(aggregate_.other.has_value());
  EXPECT_EQ(aggregate_.other->entry_count, 970);
  EXPECT_EQ(aggregate_.other->members[0].numbers.sum(), 970);
  EXPECT_EQ(aggregate_.all.entry_count, 1000);
  EXPECT_EQ(member().numbers.sum(), 1000);
  options.group_count_max = 100;
  EXPECT_EQ(rows(options).size(), 100);
  EXPECT_FALSE(aggregate_.other.has_value());
}

TEST_F(AggregateTest, KeysBeyondTheBoundAreNoGroups) {
  write("{\"k\":\"" + std::string(256, 'x') + "\"}\n{\"k\":\"" + std::string(257, 'x') +
        "\"}\n{\"k\":[\"" + std::string(300, 'x') + "\"]}\n");
  EXPECT_THAT(rows({.by = {GroupBy::member("/k")}}), ElementsAre(HasSubstr("xxx': 1")));
  EXPECT_EQ(aggregate_.other->entry_count, 2);
}

TEST_F(AggregateTest, AllSegmentsAreOneLogAndEntriesOfTwoCountOnce) {
  const std::string one = line(1, "m:A", "\"n\":1");
  const std::string two = line(2, "m:A", "\"n\":2");
  const std::string three = line(3, "m:A", "\"n\":4");
  fs_.set_content(internal::segment_path("/log.jsonl", {1, 2}), one + two);
  write(two + three);
  EXPECT_THAT(rows({.members = {{"/n"}}}), ElementsAre(": 3"));
  EXPECT_EQ(member().numbers.sum(), 7);
}

TEST_F(AggregateTest, DamagedLinesAreLeftOutAndCounted) {
  write(line(1, "m:A", "\"n\":1") + "{\"n\":2\n" + line(3, "m:A", "\"n\":4") + "{\"n\":8}");
  EXPECT_THAT(rows({.by = {GroupBy::type()}, .members = {{"/n"}}}), ElementsAre("'m:A': 2"));
  EXPECT_EQ(member().numbers.sum(), 5);
  EXPECT_EQ(aggregate_.stats.damaged_count, 1);
  EXPECT_EQ(aggregate_.stats.torn_bytes, 7);
  AggregateOptions strict;
  strict.scan.strict = true;
  rows(strict);
  EXPECT_TRUE(absl::IsDataLoss(status_));
}

TEST_F(AggregateTest, WhatCannotBeAskedIsSaid) {
  write(line(1, "m:A", "\"n\":1"));
  rows({.members = {{"n"}}});
  EXPECT_THAT(text_of(status_), HasSubstr("did you mean /n?"));
  rows({.by = {GroupBy::member("n")}});
  EXPECT_TRUE(absl::IsInvalidArgument(status_));
  for (const absl::Duration step : {absl::ZeroDuration(), -kHour, absl::InfiniteDuration()}) {
    rows({.by = {GroupBy::time(step)}});
    EXPECT_THAT(text_of(status_), HasSubstr("must be positive"));
  }
  AggregateOptions options;
  options.group_count_max = 0;
  rows(options);
  EXPECT_THAT(text_of(status_), HasSubstr("group_count_max is 0"));
  options = {};
  options.key_bytes_max = 0;
  rows(options);
  EXPECT_THAT(text_of(status_), HasSubstr("key_bytes_max is 0"));
  fs_.remove("/log.jsonl");
  rows({});
  EXPECT_TRUE(absl::IsNotFound(status_));
}

// The same question asked of structs and of lines.
TEST_F(AggregateTest, ALoopOverStructsComesToTheSame) {
  std::string lines;
  for (int i = 1; i <= 3000; ++i) {
    lines += line(i, i % 3 == 0 ? "test:Mark" : "test:Note",
                  "\"text\":\"" + std::to_string(i % 2) + "\",\"number\":" + std::to_string(i));
  }
  write(lines);
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>("/log.jsonl", {.file_system = &fs_});
  std::map<std::string, Summary> numbers;
  for (const Note& note : *scan) numbers[note.text].add(static_cast<double>(note.number));
  rows({.type = "test:Note", .by = {GroupBy::member("/text")}, .members = {{"/number"}}});
  ASSERT_EQ(aggregate_.rows.size(), numbers.size());
  for (const AggregateRow& row : aggregate_.rows) {
    const Summary& untyped = row.members[0].numbers;
    const Summary& typed = numbers.at(row.key[0].text);
    EXPECT_EQ(untyped.count(), 1000);
    EXPECT_EQ(untyped.count(), typed.count());
    EXPECT_EQ(untyped.sum(), typed.sum());
    EXPECT_EQ(untyped.quantile(0.9), typed.quantile(0.9));
  }
}

TEST(LogAggregatorTest, TakesLinesFromElsewhereAndTellsOfThoseSoFar) {
  absl::StatusOr<LogAggregator> aggregator =
      LogAggregator::make({.by = {GroupBy::type()}, .members = {{"/n"}}});
  ASSERT_TRUE(aggregator.ok());
  LogLine one;
  const std::string text = "{\"n\":3}";
  one.text = text;
  one.type = "m:A";
  ASSERT_TRUE(aggregator->add(one).ok());
  EXPECT_EQ(aggregator->result()->all.members[0].numbers.sum(), 3);
  ASSERT_TRUE(aggregator->add(one).ok());
  one.damage = "broken";
  ASSERT_TRUE(aggregator->add(one).ok());
  const absl::StatusOr<LogAggregate> result = aggregator->result();
  EXPECT_EQ(result->rows.at(0).entry_count, 2);
  EXPECT_EQ(result->all.members[0].numbers.sum(), 6);
}

}  // namespace
}  // namespace logslice::testing
