#include "logslice/reflection/internal/json_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "json_tape.h"
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
        "{\"a\":[1,]}", "{a:1}", "{\"a\":1,\"\xFF\":2}", "{\"a\":1} x", "{\"a\":1}{}"}) {
    EXPECT_THAT(found(line, {"/a"}), ElementsAre("")) << line;
  }
}

TEST(JsonFinderTest, FindsInLinesThatAreNestedDeeperThanAValueMayBe) {
  const std::string deep = std::string(400, '[') + std::string(400, ']');
  const std::string line = "{\"a\":[0,{\"b\":1,\"b\":2}],\"deep\":" + deep + ",\"z\":3,\"l\":[4]}";
  EXPECT_THAT(found(line, {"/a/1/b", "/z", "/l/0", "/l/1", "/a/0/b", "/none", "/deep"}),
              ElementsAre("2", "3", "4", "", "", "", deep));
}

// ---- Against the tape, which parses everything.

class RandomJson {
 public:
  explicit RandomJson(uint64_t seed) : random_(seed) {}

  std::string value(int depth) {
    static const std::vector<std::string> kScalars = {
        "0", "-1.5e3", "true", "false", "null", "\"\"", "\"x]}\"", R"("\"\\\u0041")", "\"\u00e9\""};
    const size_t kind = below(depth == 0 ? 6 : 10);
    if (kind < 6) return kScalars[below(kScalars.size())];
    const bool is_object = kind < 8;
    std::string text = is_object ? "{" : "[";
    for (size_t i = 0, count = below(4); i < count; ++i) {
      if (i > 0) text += "," + space();
      if (is_object) text += name() + space() + ":" + space();
      text += value(depth - 1) + space();
    }
    return text + (is_object ? "}" : "]");
  }
  std::string pointer() {
    static const std::vector<std::string> kParts = {"/a", "/b", "/", "/0", "/1", "/~1"};
    std::string text;
    for (size_t i = 0, count = below(4); i < count; ++i) text += kParts[below(kParts.size())];
    return text;
  }
  size_t below(size_t bound) { return random_() % bound; }

 private:
  std::string name() {
    static const std::vector<std::string> kNames = {"\"a\"", "\"b\"",       "\"\"",
                                                    "\"0\"", R"("\u0061")", R"("\/")"};
    return kNames[below(kNames.size())];
  }
  std::string space() { return std::string(below(2), below(2) == 0 ? ' ' : '\t'); }

  std::mt19937_64 random_;
};

std::string found_on_tape(const JsonTape& tape, const JsonPointer& pointer) {
  uint32_t at = 0;
  for (const std::string& name : pointer.names()) {
    uint32_t next = 0;
    const bool is_object = tape.token(at).kind == TokenKind::kObject;
    if (!is_object && tape.token(at).kind != TokenKind::kArray) return "";
    int index = 0;
    for (uint32_t child = at + 1; child < tape.token(at).next;) {
      const uint32_t value = is_object ? child + 1 : child;
      if ((is_object ? std::string(tape.token(child).text) : std::to_string(index++)) == name) {
        next = value;
      }
      child = tape.token(value).next;
    }
    if (next == 0) return "";
    at = next;
  }
  return std::string(tape.raw(tape.token(at)));
}

TEST(JsonFinderTest, FindsWhatTheTapeHasInAnyText) {
  RandomJson random(3);
  JsonTape tape;
  int found_count = 0;
  int broken_count = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string line = random.value(4);
    if (i % 3 == 0) line[random.below(line.size())] = "{}[],:\"\\0a \x01\xC3"[random.below(13)];
    std::vector<std::string> pointers(4);
    for (std::string& text : pointers) text = random.pointer();
    const bool is_json = tape.parse(line);
    broken_count += is_json ? 0 : 1;
    const std::vector<std::string> texts = found(line, pointers);
    for (size_t place = 0, k = 0; k < pointers.size(); ++k) {
      // Equal ones share a place.
      const auto before = pointers.begin() + static_cast<std::ptrdiff_t>(k);
      if (std::find(pointers.begin(), before, pointers[k]) != before) continue;
      const std::string wanted = is_json ? found_on_tape(tape, pointer(pointers[k])) : "";
      ASSERT_EQ(texts[place++], wanted) << line << " at " << pointers[k];
      found_count += wanted.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(found_count, 5000);
  EXPECT_GT(broken_count, 1000);
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
