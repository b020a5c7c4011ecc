#include "logslice/reflection/internal/json_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "logslice/reflection/internal/status.h"

namespace logslice::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Kind = FoundValue::Kind;

JsonPointer pointer(std::string_view text) {
  const absl::StatusOr<JsonPointer> parsed = JsonPointer::parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *parsed : JsonPointer();
}

// The text of what is found, "" for what is missing.
std::vector<std::string> found(std::string_view line, const std::vector<std::string>& pointers) {
  std::vector<JsonPointer> parsed;
  for (const std::string& text : pointers) parsed.push_back(pointer(text));
  JsonFinder finder(parsed);
  std::vector<std::string> texts;
  for (const FoundValue& value : finder.find(line)) texts.emplace_back(value.json);
  return texts;
}

TEST(JsonPointerTest, NamesStandBehindSlashesAndTildesAreEscapes) {
  EXPECT_THAT(pointer("").names(), ElementsAre());
  EXPECT_THAT(pointer("/").names(), ElementsAre(""));
  EXPECT_THAT(pointer("/a//b").names(), ElementsAre("a", "", "b"));
  EXPECT_THAT(pointer("/a~1b/m~0n/~01").names(), ElementsAre("a/b", "m~n", "~1"));
}

TEST(JsonPointerTest, WhatIsNoneIsToldWithWhatWasPerhapsMeant) {
  const auto message = [](std::string_view text) {
    return std::string(message_of(JsonPointer::parse(text).status()));
  };
  EXPECT_THAT(message("cost"), HasSubstr("did you mean /cost? Got 'cost'"));
  EXPECT_THAT(message("usage.tokens"), HasSubstr("did you mean /usage/tokens?"));
  EXPECT_THAT(message(".usage.tokens"), HasSubstr("did you mean /usage/tokens?"));
  EXPECT_THAT(message("$.cost"), HasSubstr("did you mean /cost?"));
  EXPECT_THAT(message("usage/v1.2"), HasSubstr("did you mean /usage/v1.2?"));
  EXPECT_THAT(message("/a~"), HasSubstr("~0"));
  EXPECT_THAT(message("/a~2"), HasSubstr("~0"));
  EXPECT_TRUE(JsonPointer::parse(std::string(256, '/')).ok());
  EXPECT_THAT(message(std::string(257, '/')), HasSubstr("at most 256 names"));
}

// The examples of RFC 6901, section 5.
TEST(JsonFinderTest, FindsWhatTheStandardSays) {
  const std::string line =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  EXPECT_THAT(found(line, {"", "/foo", "/foo/0", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j",
                           "/k\"l", "/ ", "/m~0n"}),
              ElementsAre(line, "[\"bar\",\"baz\"]", "\"bar\"", "0", "1", "2", "3", "4", "5", "6",
                          "7", "8"));
}

TEST(JsonFinderTest, FindsWhateverTheWhiteSpaceOrderAndEscapes) {
  EXPECT_THAT(
      found(" { \"x\" : [ 1 , { \"y\" : -2.5e1 } ] ,\t\"\\u0063ost\" : null } ",
            {"/cost", "/x/1/y", "/x/0", "/x/1", "/x"}),
      ElementsAre("null", "-2.5e1", "1", "{ \"y\" : -2.5e1 }", "[ 1 , { \"y\" : -2.5e1 } ]"));
}

TEST(JsonFinderTest, WhatIsNotThereIsMissing) {
  EXPECT_THAT(
      found(R"({"a":{"b":1},"l":[1,2],"s":"x","e":{},"f":[]})",
            {"/b", "/a/c", "/a/b/c", "/l/2", "/l/00", "/l/-", "/l/x", "/s/0", "/e/a", "/f/0"}),
      ElementsAre("", "", "", "", "", "", "", "", "", ""));
}

TEST(JsonFinderTest, OfMembersWithOneNameTheLastCountsWithAllThatIsInIt) {
  EXPECT_THAT(found(R"({"a":1,"a":2})", {"/a"}), ElementsAre("2"));
  EXPECT_THAT(found(R"({"a":{"b":1},"a":{"c":2}})", {"/a/b", "/a/c"}), ElementsAre("", "2"));
  EXPECT_THAT(found(R"({"a":{"b":1},"a":3})", {"/a/b", "/a"}), ElementsAre("", "3"));
}

TEST(JsonFinderTest, EqualPointersShareAPlace) {
  JsonFinder finder({pointer("/a"), pointer("/b")});
  EXPECT_EQ(finder.add(pointer("/a")), 0u);
  EXPECT_EQ(finder.add(pointer("/a/b")), 2u);
  EXPECT_EQ(finder.find(R"({"a":{"b":1},"b":2})").size(), 3u);
}

TEST(JsonFinderTest, OfWhatIsNoJsonNothingIsFound) {
  for (const std::string line :
       {"", "{", "{\"a\":1", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":tru}", "{\"a\" 1}",
        "{\"a\":[1,]}", "{a:1}", "{\"a\":1,\"\xFF\":2}"}) {
    EXPECT_THAT(found(line, {"/a"}), ElementsAre("")) << line;
  }
}

TEST(JsonFinderTest, FindsInLinesThatAreNestedDeeperThanAValueMayBe) {
  const std::string deep = std::string(400, '[') + std::string(400, ']');
  const std::string line = "{\"a\":[0,{\"b\":1,\"b\":2}],\"deep\":" + deep + ",\"z\":3,\"l\":[4]}";
  EXPECT_THAT(found(line, {"/a/1/b", "/z", "/l/0", "/l/1", "/a/0/b", "/none", "/deep"}),
              ElementsAre("2", "3", "4", "", "", "", deep));
}

TEST(FoundValueTest, NumbersAreTheNearestDoubles) {
  const auto number = [](std::string_view json) {
    return FoundValue{Kind::kNumber, json}.number();
  };
  EXPECT_EQ(number("-0.1"), -0.1);
  EXPECT_EQ(number("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(number("1e-400"), 0.0);
  EXPECT_EQ(number("1e400"), std::nullopt);
  EXPECT_EQ((FoundValue{Kind::kString, "\"1\""}.number()), std::nullopt);
}

TEST(FoundValueTest, StringsAreUnescaped) {
  JsonFinder finder({pointer("/s"), pointer("/n")});
  std::string text = "<";
  finder.find(R"({"s":"a\n\u00e9\ud800","n":1})")[0].append_string(text);
  EXPECT_EQ(text, "<a\n\u00e9\uFFFD");
  finder.find(R"({"s":"plain","n":1})")[1].append_string(text);
  EXPECT_EQ(text, "<a\n\u00e9\uFFFD");
}

}  // namespace
}  // namespace logslice::internal
