#include "logslice/reflection/json_conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sample_types.h"

namespace logslice {
namespace {

TEST(JsonConversion, WritesAStructAsItsMembers) {
  EXPECT_EQ(to_json_value(samples::Point{1, 2})->text(), R"({"x":1,"y":2})");
  EXPECT_EQ(to_json_value(std::string("a\"b"))->text(), R"("a\"b")");
  EXPECT_EQ(to_json_value(std::map<std::string, int>{{"k", 1}})->text(), R"({"k":1})");
}

TEST(JsonConversion, ReadsItBack) {
  const samples::Everything everything = samples::make_everything();
  const absl::StatusOr<JsonValue> json = to_json_value(everything);
  ASSERT_TRUE(json.ok()) << json.status();
  const absl::StatusOr<samples::Everything> again = from_json_value<samples::Everything>(*json);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, everything);
}

TEST(JsonConversion, NamesTheMemberThatCannotBeConverted) {
  EXPECT_THAT(std::string(to_json_value(samples::Circle{std::nan("")}).status().message()),
              testing::HasSubstr("samples::Circle.radius is NaN"));
  EXPECT_THAT(
      std::string(
          from_json_value<samples::Point>(*JsonValue::parse(R"({"x":"1"})")).status().message()),
      testing::HasSubstr("samples::Point.x should be a number"));
}

}  // namespace
}  // namespace logslice
