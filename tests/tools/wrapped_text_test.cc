#include "wrapped_text.h"

#include <gtest/gtest.h>

namespace logslice::command {
namespace {

std::string wrapped(std::string_view text, int indent, std::optional<int> columns) {
  std::string out;
  append_wrapped(out, text, indent, columns);
  return out;
}

TEST(WrappedTextTest, WhatFitsIsNotBroken) {
  EXPECT_EQ(wrapped("one two", 3, 10), "one two");
  EXPECT_EQ(wrapped("", 3, 10), "");
}

TEST(WrappedTextTest, ItIsBrokenAtSpacesAndIndented) {
  EXPECT_EQ(wrapped("one two three", 3, 10), "one two\n   three");
  EXPECT_EQ(wrapped("one two", 3, 9), "one\n   two");
}

TEST(WrappedTextTest, AWordThatIsTooLongStandsAlone) {
  EXPECT_EQ(wrapped("a /a/long/path b", 2, 8), "a\n  /a/long/path\n  b");
}

TEST(WrappedTextTest, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(wrapped("\u65e5\u672c \u65e5\u672c", 0, 8), "\u65e5\u672c\n\u65e5\u672c");
  EXPECT_EQ(wrapped("\u65e5\u672c \u65e5\u672c", 0, 9), "\u65e5\u672c \u65e5\u672c");
}

TEST(WrappedTextTest, WithoutColumnsNothingIsBroken) {
  EXPECT_EQ(wrapped("one two three", 3, std::nullopt), "one two three");
}

}  // namespace
}  // namespace logslice::command
