#include "json_outline.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/session/session_fixture.h"

namespace logslice::internal {
namespace {

using testing::HasStatus;

TEST(JsonOutlineTest, OpensDownToTheDepthAndKeepsTheTextBelow) {
  const std::string json = R"( {"a": [ {"x": [1.50, {"k": 1e5}] } , {} ], "b":"\u0041", "c":-7} )";
  const absl::StatusOr<JsonOutline> outline = JsonOutline::parse(json, 2, 64);
  ASSERT_TRUE(outline.ok()) << outline.status();
  ASSERT_EQ(outline->members.size(), 3u);
  const JsonOutline& items = *outline->find("a");
  ASSERT_EQ(items.items.size(), 2u);
  EXPECT_EQ(items.text, R"([ {"x": [1.50, {"k": 1e5}] } , {} ])");
  EXPECT_EQ(items.items[0].text, R"({"x": [1.50, {"k": 1e5}] })");
  EXPECT_TRUE(items.items[0].members.empty());
  EXPECT_EQ(items.items[1].text, "{}");
  EXPECT_EQ(outline->find("b")->string, "A");
  EXPECT_EQ(outline->find("c")->string, "-7");
  EXPECT_EQ(outline->find("d"), nullptr);
}

TEST(JsonOutlineTest, TheLastOfMembersWithOneNameCounts) {
  const absl::StatusOr<JsonOutline> outline = JsonOutline::parse(R"({"a":1,"a":2})", 1, 8);
  ASSERT_TRUE(outline.ok());
  EXPECT_EQ(outline->find("a")->string, "2");
}

TEST(JsonOutlineTest, RefusesWhatIsNoJsonWithItsPlace) {
  for (const char* json : {"", "{", "[1,]", "{\"a\":NaN}", "{} {}", "\"\xff\"", "nul"}) {
    EXPECT_THAT(JsonOutline::parse(json, 4, 64).status(),
                HasStatus(absl::StatusCode::kInvalidArgument, "at byte "))
        << json;
  }
}

TEST(JsonOutlineTest, RefusesDeepNestingBeforeItCostsStack) {
  EXPECT_TRUE(JsonOutline::parse(std::string(64, '[') + std::string(64, ']'), 4, 64).ok());
  EXPECT_THAT(JsonOutline::parse(std::string(65, '[') + std::string(65, ']'), 4, 64).status(),
              HasStatus(absl::StatusCode::kInvalidArgument, "deeper than 64"));
  const std::string very_deep(10'000'000, '[');  // NOLINT(bugprone-string-constructor)
  EXPECT_FALSE(JsonOutline::parse(very_deep, 4, 64).ok());
}

TEST(JsonOutlineTest, TakesWhatRapidJsonAloneRefuses) {
  const std::string json =
      R"({"a":"\ud800","n":[1e400,-12345678901234567890.5,17],"o":{"x":[1e999]}})";
  const absl::StatusOr<JsonOutline> outline = JsonOutline::parse(json, 2, 8);
  ASSERT_TRUE(outline.ok()) << outline.status();
  EXPECT_EQ(outline->find("a")->string, "\xEF\xBF\xBD");
  EXPECT_EQ(outline->find("n")->items[0].string, "1e400");
  EXPECT_EQ(outline->find("n")->items[1].string, "-12345678901234567890.5");
  EXPECT_EQ(outline->find("n")->items[2].string, "17");
  EXPECT_EQ(outline->find("o")->text, R"({"x":[1e999]})");
  for (const char* wrong : {"[0123]", "[1.2.3]", "[1e]", "[-]", "[1e5e500]", "[--1234]"}) {
    EXPECT_FALSE(JsonOutline::parse(wrong, 2, 8).ok()) << wrong;
  }
}

TEST(JsonOutlineTest, ATextThatEndsWithinACharacterIsNotReadBeyond) {
  // On the heap, without anything behind it: a sanitizer sees the next byte read.
  const std::vector<char> json = {'"', '\xe2', '\x82'};
  EXPECT_THAT(JsonOutline::parse({json.data(), json.size()}, 2, 8).status(),
              HasStatus(absl::StatusCode::kInvalidArgument, "at byte 1: invalid UTF-8"));
}

TEST(JsonOutlineTest, ANulDoesNotEndTheText) {
  EXPECT_THAT(JsonOutline::parse(std::string_view("{}\0{}", 5), 2, 8).status(),
              HasStatus(absl::StatusCode::kInvalidArgument, "at byte 2"));
}

}  // namespace
}  // namespace logslice::internal
