#include "arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace logslice::command {
namespace {

using ::testing::HasSubstr;

using Bound = std::optional<int64_t>;

void expect_range(std::string_view text, Bound start, Bound end) {
  const absl::StatusOr<SeqRange> range = parse_seq_range(text);
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ(range->start, start) << text;
  EXPECT_EQ(range->end, end) << text;
}

TEST(SeqRangeTest, StartIsIncludedAndEndIsNotAndEitherMayBeLeftOut) {
  expect_range("3:7", 3, 7);
  expect_range("3:", 3, std::nullopt);
  expect_range(":7", std::nullopt, 7);
  expect_range(":", std::nullopt, std::nullopt);
  expect_range("5:5", 5, 5);
}

TEST(SeqRangeTest, OneNumberIsThatEntry) {
  expect_range("3", 3, 4);
  expect_range("9223372036854775807", 9223372036854775807, std::nullopt);
}

TEST(SeqRangeTest, AnythingElseSaysWhatIsExpectedWithAnExample) {
  for (const char* text : {"", "a", "1:b", "-1", "1:-2", "1:2:3", "7:3", " 1", "1 ", "+1", "1.5",
                           "9223372036854775808", "0x10"}) {
    const absl::StatusOr<SeqRange> range = parse_seq_range(text);
    ASSERT_FALSE(range.ok()) << text;
    EXPECT_THAT(std::string(range.status().message()), HasSubstr("for example 10:20")) << text;
    EXPECT_THAT(std::string(range.status().message()),
                HasSubstr("got '" + std::string(text) + "'"));
  }
}

void expect_time(const std::string& text, absl::Time expected) {
  const absl::StatusOr<absl::Time> time = parse_time(text);
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_EQ(*time, expected) << text;
}

TEST(TimeArgumentTest, TimesOfTheLogAreRead) {
  const absl::Time half_past = absl::FromUnixSeconds(1736937000);  // 2025-01-15T10:30:00Z
  expect_time("2025-01-15T10:30:00Z", half_past);
  expect_time("2025-01-15 10:30:00Z", half_past);
  expect_time("2025-01-15T11:30:00+01:00", half_past);
  expect_time("2025-01-15T10:30:00.268634+00:00", half_past + absl::Microseconds(268634));
}

TEST(TimeArgumentTest, WithoutAZoneItIsUtcAndADateIsItsFirstInstant) {
  const absl::Time half_past = absl::FromUnixSeconds(1736937000);
  expect_time("2025-01-15T10:30:00", half_past);
  expect_time("2025-01-15T10:30:00.5", half_past + absl::Milliseconds(500));
  expect_time("2025-01-15T10:30", half_past);
  expect_time("2025-01-15", absl::FromUnixSeconds(1736899200));
}

TEST(TimeArgumentTest, AnythingElseSaysWhatIsExpectedWithAnExample) {
  for (const char* text :
       {"", "yesterday", "2025", "2025-13-01", "2025-02-30", "2025-01-15T25:00:00", "1736937000",
        "2025-01-15T10", "\xFF", "2025-01-15\"", "\x1B[31m"}) {
    const absl::StatusOr<absl::Time> time = parse_time(text);
    ASSERT_FALSE(time.ok()) << text;
    EXPECT_THAT(std::string(time.status().message()),
                HasSubstr("for example 2025-01-15T10:30:00Z"));
  }
}

}  // namespace
}  // namespace logslice::command
