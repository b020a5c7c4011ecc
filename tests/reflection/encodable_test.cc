#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codec_support.h"
#include "sample_types.h"

namespace samples {
namespace {

using logslice::internal::check_encodable;
using logslice::internal::type_table;
using testing::HasSubstr;

constexpr int64_t kNoLimit = int64_t{1} << 40;

template <typename T>
std::string refusal(const T& entry, int64_t line_bytes_max = kNoLimit) {
  return std::string(check_encodable(type_table<T>(), &entry, line_bytes_max).status().message());
}

TEST(CheckEncodable, TakesEveryTypeOfTheTable) {
  const Everything everything = make_everything();
  EXPECT_TRUE(check_encodable(type_table<Everything>(), &everything, kNoLimit).ok());
}

TEST(CheckEncodable, RefusesNanAndInfinitiesByName) {
  Everything entry;
  entry.f64 = std::nan("");
  EXPECT_EQ(
      refusal(entry),
      "samples::Everything.f64 is NaN, which JSON has no number for; the entry is not written");
  entry.f64 = 0;
  entry.f32 = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(entry), HasSubstr("samples::Everything.f32 is infinite"));
}

TEST(CheckEncodable, NamesThePlaceInContainersAndNestedStructs) {
  Everything entry;
  entry.pair_of_doubles = {1, std::nan("")};
  EXPECT_THAT(refusal(entry), HasSubstr("Everything.pair_of_doubles[1] is NaN"));
  entry.pair_of_doubles = {};
  entry.shape = Circle{std::nan("")};
  EXPECT_THAT(refusal(entry), HasSubstr("Everything.shape.radius is NaN"));
}

TEST(CheckEncodable, RefusesTimesAndDurationsWithoutText) {
  Everything entry;
  entry.time = absl::InfiniteFuture();
  EXPECT_THAT(refusal(entry), HasSubstr("Everything.time is a time outside of the years"));
  entry.time = absl::FromUnixSeconds(253'402'300'800);  // the year 10000
  EXPECT_THAT(refusal(entry), HasSubstr("Everything.time"));
  entry.time -= absl::Nanoseconds(1);
  entry.duration = -absl::InfiniteDuration();
  EXPECT_THAT(refusal(entry), HasSubstr("Everything.duration is an infinite duration"));
}

TEST(CheckEncodable, RefusesNestingThatNoReaderWouldFollow) {
  Everything entry;
  Tree* leaf = &entry.tree;
  for (int i = 0; i < 500; ++i) leaf = &leaf->children.emplace_back();
  EXPECT_THAT(refusal(entry), HasSubstr("is nested deeper than 256 levels"));
}

TEST(CheckEncodable, AcceptsNoMoreNestingThanBothDecodersRead) {
  for (int levels = 100; levels < 140; ++levels) {
    Tree tree;
    Tree* leaf = &tree;
    for (int i = 0; i < levels; ++i) leaf = &leaf->children.emplace_back();
    if (!check_encodable(type_table<Tree>(), &tree, kNoLimit).ok()) continue;
    EXPECT_EQ(decode<Tree>(encode(tree)).entry, tree) << levels;
    EXPECT_EQ(decode_general<Tree>(encode(tree)).entry, tree) << levels;
  }
}

TEST(CheckEncodable, RefusesExtraMembersThatCollide) {
  Open entry;
  entry.extra.members.emplace_back("__seq__", logslice::JsonValue());
  EXPECT_THAT(refusal(entry), HasSubstr("Open.extra has a member `__seq__`; names that begin"));
  entry.extra.members[0].first = "cost";
  EXPECT_THAT(refusal(entry), HasSubstr("Open.extra has a member `cost`, which the struct has"));
  entry.extra.members[0].first = "costs";
  EXPECT_EQ(refusal(entry), "");
}

TEST(CheckEncodable, RefusesALineBeyondTheLimitAndTakesOneAtIt) {
  ToolInvoked entry;
  entry.name.assign(1000, 'x');
  const auto line_bytes = static_cast<int64_t>(encode(entry, INT64_MAX).size() + 1);
  EXPECT_EQ(refusal(entry, line_bytes), "");
  const absl::Status status =
      check_encodable(type_table<ToolInvoked>(), &entry, line_bytes - 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than line_bytes_max = "));
}

}  // namespace
}  // namespace samples
