#include "text_table.h"

#include <gtest/gtest.h>

#include "safe_text.h"

namespace logslice::command {
namespace {

TEST(TextTableTest, CutsAtEitherEndNeverInsideACharacter) {
  EXPECT_EQ(cut_to("abcdef", 6, Cut::kFront), "abcdef");
  EXPECT_EQ(cut_to("abcdef", 4, Cut::kFront), "\u2026def");
  EXPECT_EQ(cut_to("abcdef", 4, Cut::kBack), "abc\u2026");
  EXPECT_EQ(cut_to("abcdef", 1, Cut::kFront), "\u2026");
  EXPECT_EQ(cut_to("\u8a9e\u8a9e\u8a9e", 4, Cut::kFront), "\u2026\u8a9e");
  EXPECT_EQ(cut_to("\u00e9\u00e9\u00e9", 2, Cut::kFront), "\u2026\u00e9");
}

TEST(TextTableTest, NamesGiveWayToNumbers) {
  TextTable table;
  table.add_names("name", {"a long name", "b"}, Cut::kBack);
  table.add_numbers("sum", "/a/long/pointer", {"1234567890", "1"});
  EXPECT_EQ(table.text(std::nullopt),
            "                         sum\n"
            "name         /a/long/pointer\n"
            "a long name       1234567890\n"
            "b                          1\n");
  EXPECT_EQ(table.text(20),
            "                 sum\n"
            "name      \u2026g/pointer\n"
            "a long \u2026  1234567890\n"
            "b                  1\n");
  // What cannot be is not: the numbers stay whole.
  EXPECT_EQ(table.text(5),
            "               sum\n"
            "name    \u2026g/pointer\n"
            "a lon\u2026  1234567890\n"
            "b                1\n");
}

TEST(TextTableTest, ATitleThatStandsAloneStays) {
  TextTable table;
  table.add_names("name", {"a long name"}, Cut::kBack);
  table.add_numbers("", "entries", {"1"});
  EXPECT_EQ(table.text(1), "name    entries\na lon\u2026        1\n");
}

}  // namespace
}  // namespace logslice::command
