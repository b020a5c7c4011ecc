#include "logslice/reflection/internal/time_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/time/time.h"

namespace logslice::internal {
namespace {

std::string written(absl::Time time) {
  TimeTextCache cache;
  char text[kTimeTextBytesMax];
  return std::string(text, cache.write(time, text));
}

std::optional<absl::Time> parsed(std::string_view text) {
  TimeParser parser;
  absl::Time time;
  if (!parser.parse(text, &time)) return std::nullopt;
  return time;
}

TEST(TimeText, HasSixDigitsAndUtcOffset) {
  EXPECT_EQ(written(absl::UnixEpoch()), "1970-01-01T00:00:00.000000+00:00");
  EXPECT_EQ(written(absl::FromUnixMicros(1736937000123456)), "2025-01-15T10:30:00.123456+00:00");
  EXPECT_EQ(written(absl::FromUnixMicros(-1)), "1969-12-31T23:59:59.999999+00:00");
}

TEST(TimeText, HasNineDigitsForNanoseconds) {
  EXPECT_EQ(written(absl::FromUnixNanos(1)), "1970-01-01T00:00:00.000000001+00:00");
}

TEST(TimeText, AgreesWithAbseilOnAnyTime) {
  std::mt19937_64 random(7);
  TimeTextCache cache;
  TimeParser parser;
  for (int i = 0; i < 20'000; ++i) {
    // All years from 0 to 9999.
    const int64_t second =
        std::uniform_int_distribution<int64_t>(-62'167'219'200, 253'402'300'799)(random);
    const absl::Time time =
        absl::FromUnixSeconds(second) +
        absl::Microseconds(std::uniform_int_distribution<int64_t>(0, 999'999)(random));
    const std::string expected =
        absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6S%Ez", time, absl::UTCTimeZone());
    EXPECT_EQ(cache.format(time), expected);
    EXPECT_EQ(written(time), expected);
    absl::Time again;
    ASSERT_TRUE(parser.parse_canonical(expected.data(), &again)) << expected;
    EXPECT_EQ(again, time);
  }
}

TEST(TimeText, OverlooksNoByteOfTheCanonicalForm) {
  const std::string canonical = "2025-01-15T19:38:47.123456+00:00";
  TimeParser remembers;
  absl::Time time;
  ASSERT_TRUE(remembers.parse_canonical(canonical.data(), &time));
  int accepted_count = 0;
  for (size_t at = 0; at < canonical.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = canonical;
      text[at] = static_cast<char>(byte);
      for (TimeParser parser : {TimeParser(), remembers}) {
        if (parser.parse_canonical(text.data(), &time)) {
          EXPECT_EQ(written(time), text);
          ++accepted_count;
        } else if (const std::optional<absl::Time> other = parsed(text); other.has_value()) {
          EXPECT_NE(written(*other), text);
        }
      }
    }
  }
  // Each digit of the fraction alone gives ten.
  EXPECT_GT(accepted_count, 2 * 6 * 10);
}

TEST(TimeText, ReadsTheFormsOfOthers) {
  const absl::Time second = absl::FromUnixSeconds(1736937000);
  EXPECT_EQ(parsed("2025-01-15T10:30:00Z"), second);
  EXPECT_EQ(parsed("2025-01-15 10:30:00+00:00"), second);
  EXPECT_EQ(parsed("2025-01-15T12:00:00+01:30"), second);
  EXPECT_EQ(parsed("2025-01-15T02:30:00-08:00"), second);
  EXPECT_EQ(parsed("2025-01-15T10:30:00.5Z"), second + absl::Milliseconds(500));
  EXPECT_EQ(parsed("2025-01-15T10:30:00.123Z"), second + absl::Milliseconds(123));
  EXPECT_EQ(parsed("2025-01-15T10:30:00.123456789Z"), second + absl::Nanoseconds(123456789));
  EXPECT_EQ(parsed("2024-02-29T00:00:00Z"), absl::FromUnixSeconds(1709164800));
  EXPECT_EQ(parsed("2016-12-31T23:59:60Z"), absl::FromUnixSeconds(1483228800));
  EXPECT_EQ(parsed("2016-12-31T23:59:60.250000+00:00"),
            absl::FromUnixSeconds(1483228800) + absl::Milliseconds(250));
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2025-01-15", "2025-01-15T10:30:00", "2025-13-15T10:30:00Z", "2025-00-15T10:30:00Z",
        "2025-02-29T10:30:00Z", "2025-01-32T10:30:00Z", "2025-01-15T24:30:00Z",
        "2025-01-15T10:60:00Z", "2025-01-15T10:30:61Z", "2025-01-15T10:30:00.Z",
        "2025-01-15T10:30:00.1234567890Z", "2025-01-15T10:30:00+0000", "2025-01-15T10:30:00+24:00",
        "2025-01-15t10:30:00Z", "2025/01/15T10:30:00Z", "2025-01-15T10:30:00ZZ"}) {
    EXPECT_FALSE(parsed(text).has_value()) << text;
  }
  // Zero bytes must not be taken for the day that a new parser remembers.
  const std::string zeros = std::string(10, '\0') + "T10:30:00.000000+00:00";
  EXPECT_FALSE(parsed(zeros).has_value());
}

TEST(TimeText, HasATextForTheYears0To9999) {
  EXPECT_TRUE(has_text(absl::FromUnixSeconds(-62'167'219'200)));
  EXPECT_FALSE(has_text(absl::FromUnixSeconds(-62'167'219'200) - absl::Nanoseconds(1)));
  EXPECT_FALSE(has_text(absl::InfiniteFuture()));
  EXPECT_FALSE(has_text(absl::InfinitePast()));
  TimeTextCache cache;
  EXPECT_EQ(cache.format(absl::InfiniteFuture()), "9999-12-31T23:59:59.000000+00:00");
}

TEST(DurationText, IsExactToTheNanosecond) {
  const auto text = [](absl::Duration duration) {
    char out[kDurationTextBytesMax];
    return std::string(out, write_duration(duration, out));
  };
  EXPECT_EQ(text(absl::ZeroDuration()), "0");
  EXPECT_EQ(text(absl::Seconds(90)), "90");
  EXPECT_EQ(text(absl::Milliseconds(-1500)), "-1.5");
  EXPECT_EQ(text(absl::Nanoseconds(1)), "0.000000001");
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const absl::Duration duration =
        absl::Nanoseconds(std::uniform_int_distribution<int64_t>(INT64_MIN, INT64_MAX)(random));
    EXPECT_EQ(parse_duration(text(duration)), duration);
  }
  EXPECT_EQ(parse_duration("1e3"), absl::Seconds(1000));
  EXPECT_EQ(parse_duration("2.5E-1"), absl::Milliseconds(250));
}

}  // namespace
}  // namespace logslice::internal
