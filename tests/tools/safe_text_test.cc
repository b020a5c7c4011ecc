#include "safe_text.h"

#include <gtest/gtest.h>

namespace logslice::command {
namespace {

std::string cut(std::string_view text, int columns) {
  std::string out;
  append_cut(out, text, columns);
  return out;
}

TEST(SafeTextTest, OrdinaryTextStaysAsItIs) {
  for (const char* text : {"", "plain", "größer", "日本語", "🙂", "e\u0301"}) {
    EXPECT_EQ(safe_text(text), text);
  }
}

TEST(SafeTextTest, WhatActsOnATerminalBecomesAnEscape) {
  EXPECT_EQ(safe_text("a\x1B[31mb"), "a\\u001b[31mb");
  EXPECT_EQ(safe_text("\r\n\t\x7F"), "\\u000d\\u000a\\u0009\\u007f");
  EXPECT_EQ(safe_text(std::string_view("\0", 1)), "\\u0000");
  EXPECT_EQ(safe_text("\u009B31m"), "\\u009b31m");  // CSI as one character
  EXPECT_EQ(safe_text("\u202Etxt"), "\\u202etxt");  // right-to-left override
}

TEST(SafeTextTest, BytesThatAreNotUtf8AreReplacedOneByOne) {
  EXPECT_EQ(safe_text("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(safe_text("\x9B"), "\uFFFD");                      // CSI of an 8-bit terminal
  EXPECT_EQ(safe_text("\xE6\x97"), "\uFFFD\uFFFD");            // ends in the middle
  EXPECT_EQ(safe_text("\xC0\x9B"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(safe_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

TEST(SafeTextTest, ColumnsCountWideAndCombiningCharacters) {
  EXPECT_EQ(columns_of("abc"), 3);
  EXPECT_EQ(columns_of("日本"), 4);
  EXPECT_EQ(columns_of("e\u0301"), 1);
  EXPECT_EQ(columns_of("🙂"), 2);
}

TEST(SafeTextTest, ACutTextEndsInAMarkAndNeverInTheMiddleOfACharacter) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("äöüß", 3), "äö…");
  EXPECT_EQ(cut("日本語", 5), "日本…");
  EXPECT_EQ(cut("日本語", 4), "日…");
  EXPECT_EQ(cut("日本", 1), "…");
}

TEST(SafeTextTest, NoCutIsWiderThanItMayBe) {
  const std::string text = "a日e\u0301🙂öb本c";
  for (int columns = 1; columns < 14; ++columns) {
    const std::string shown = cut(text, columns);
    EXPECT_LE(columns_of(shown), columns);
    EXPECT_EQ(safe_text(shown), shown) << "not whole characters at " << columns;
  }
}

}  // namespace
}  // namespace logslice::command
