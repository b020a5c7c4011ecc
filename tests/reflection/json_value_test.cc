#include "logslice/reflection/json_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace logslice {
namespace {

std::string parsed(std::string_view text) {
  const absl::StatusOr<JsonValue> value = JsonValue::parse(text);
  return value.ok() ? value->text() : std::string(value.status().message());
}

TEST(JsonValue, IsNullByDefault) {
  EXPECT_EQ(JsonValue().text(), "null");
  EXPECT_TRUE(JsonValue().is_null());
}

TEST(JsonValue, KeepsItsTextButForTheSpaceAround) {
  EXPECT_EQ(parsed("  {\"a\" : [1, 2.0e5]}\n"), "{\"a\" : [1, 2.0e5]}");
  EXPECT_EQ(parsed("\"\\u00e9 \\/ \\ud83d\\ude00\""), "\"\\u00e9 \\/ \\ud83d\\ude00\"");
  EXPECT_EQ(parsed("-12.5e-7"), "-12.5e-7");
}

TEST(JsonValue, IsCompactedIfALineBreakStandsBetweenTokens) {
  EXPECT_EQ(parsed("{\n  \"a b\": [1,\r\n 2],\n \"c\\\" d\": \"e  f\" }"),
            "{\"a b\":[1,2],\"c\\\" d\":\"e  f\"}");
}

TEST(JsonValue, KeepsLoneSurrogateEscapes) {
  for (const char* text :
       {R"("\ud800")", R"("\udfff x")", R"("\ud83d\ud83d\ude00")", R"("\uD800\\")"}) {
    EXPECT_EQ(parsed(text), text);
  }
}

TEST(JsonValue, RefusesWhatIsNotJsonWithTheOffset) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "{\"a\":1,}",
                           "{\"a\"}",
                           "{a:1}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "-",
                           "nul",
                           "truee",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"a\nb\"",
                           "[1 2]",
                           "1 2",
                           "NaN",
                           "Infinity",
                           "\"\xFF\"",
                           "\"\xC0\x80\"",
                           "\"\xED\xA0\x80\"",
                           "[\"\xE2\x82\"]",
                           "//",
                           "[1]x"}) {
    const absl::StatusOr<JsonValue> value = JsonValue::parse(text);
    EXPECT_FALSE(value.ok()) << text;
    EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(value.status().message()), testing::HasSubstr("at byte ")) << text;
  }
  EXPECT_FALSE(JsonValue::parse(std::string_view("1\0", 2)).ok());
  EXPECT_FALSE(JsonValue::parse(std::string_view("\"\0\"", 3)).ok());
}

TEST(JsonValue, IsNestedUpToItsBoundAndNoDeeper) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_TRUE(JsonValue::parse(nested(JsonValue::kDepthMax)).ok());
  EXPECT_THAT(parsed(nested(JsonValue::kDepthMax + 1)),
              testing::HasSubstr("nested deeper than 256"));
  EXPECT_THAT(parsed(nested(1'000'000)), testing::HasSubstr("nested deeper than"));
}

TEST(JsonValue, EqualityIsOfTheText) {
  EXPECT_EQ(*JsonValue::parse("{\"a\":1}"), *JsonValue::parse(" {\"a\":1} "));
  EXPECT_NE(*JsonValue::parse("{\"a\":1}"), *JsonValue::parse("{\"a\": 1}"));
}

bool equivalent(std::string_view a, std::string_view b) {
  return JsonValue::parse(a)->equivalent(*JsonValue::parse(b));
}

TEST(JsonValue, EquivalenceIsOfTheMeaning) {
  EXPECT_TRUE(equivalent("{\"a\":1,\"b\":[true,null]}", "{ \"b\" : [true, null], \"a\" : 1 }"));
  EXPECT_TRUE(equivalent("1", "1.0"));
  EXPECT_TRUE(equivalent("100", "1e2"));
  EXPECT_TRUE(equivalent("\"é\"", "\"\\u00e9\""));
  EXPECT_TRUE(equivalent("{\"a\":1,\"a\":2}", "{\"a\":2}"));
  EXPECT_FALSE(equivalent("9007199254740992", "9007199254740993"));
  EXPECT_FALSE(equivalent("[1,2]", "[2,1]"));
  EXPECT_FALSE(equivalent("[1]", "[1,1]"));
  EXPECT_FALSE(equivalent("{\"a\":1}", "{\"b\":1}"));
  EXPECT_FALSE(equivalent("{\"a\":1}", "{\"a\":1,\"b\":1}"));
  EXPECT_FALSE(equivalent("true", "false"));
  EXPECT_FALSE(equivalent("\"1\"", "1"));
}

}  // namespace
}  // namespace logslice
