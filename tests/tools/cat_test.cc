#include <fstream>
#include <sstream>

#include "command_fixture.h"
#include "safe_text.h"

namespace logslice::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CatTest : public CommandTest {
 protected:
  // Entries 1 to `count` of the types m:A and m:B in turn.
  static std::string entries(int count) {
    std::string lines;
    for (int i = 1; i <= count; ++i) lines += nth(i);
    return lines;
  }
  static std::string nth(int i) {
    return entry(i, i % 2 == 1 ? "m:A" : "m:B", "\"n\":" + std::to_string(i));
  }
};

// What the terminal shows, line by line.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_F(CatTest, APipeGetsTheBytesOfTheLog) {
  const std::string lines =
      nth(1) + "{ \"__seq__\" : 2, \"x\":\"\\u00e9 \u009B\", \"__type__\":\"m:A\"}\n" + nth(3);
  const RunResult result = run({"cat", make_file("a.jsonl", lines)});
  EXPECT_EQ(result.out, lines);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CatTest, ABigLogComesOutWhole) {
  const std::string lines = entries(20000) +
                            entry(20001, "m:A", "\"s\":\"" + std::string(3 << 20, 'x') + "\"") +
                            nth(20002);
  EXPECT_TRUE(run({"cat", make_file("a.jsonl", lines)}).out == lines);
}

TEST_F(CatTest, AnEmptyLogIsNothing) {
  const RunResult result = run({"cat", make_file("a.jsonl", "")});
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CatTest, SeqStartIsIncludedAndEndIsNot) {
  const std::string log = make_file("a.jsonl", entries(9));
  EXPECT_EQ(run({"cat", log, "--seq", "3:5"}).out, nth(3) + nth(4));
  EXPECT_EQ(run({"cat", log, "--seq", "8:"}).out, nth(8) + nth(9));
  EXPECT_EQ(run({"cat", log, "--seq", ":3"}).out, nth(1) + nth(2));
  EXPECT_EQ(run({"cat", log, "--seq=4"}).out, nth(4));
  EXPECT_EQ(run({"cat", log, "--seq", "4:4"}).out, "");
  EXPECT_EQ(run({"cat", log, "--seq", "100:"}).out, "");
}

TEST_F(CatTest, SinceIsIncludedAndUntilIsNot) {
  const std::string log = make_file("a.jsonl", entries(9));  // one a second from 10:00:01.123456
  EXPECT_EQ(run({"cat", log, "--since", "2025-01-15T10:00:08.123456Z"}).out, nth(8) + nth(9));
  EXPECT_EQ(run({"cat", log, "--until", "2025-01-15T10:00:03.123456Z"}).out, nth(1) + nth(2));
  EXPECT_EQ(
      run({"cat", log, "--since", "2025-01-15T11:00:03+01:00", "--until", "2025-01-15T10:00:05"})
          .out,
      nth(3) + nth(4));
  EXPECT_EQ(run({"cat", log, "--since", "2025-01-15", "--until", "2025-01-16"}).out, entries(9));
  EXPECT_EQ(run({"cat", log, "--since", "2025-01-16"}).out, "");
}

TEST_F(CatTest, TypeAndSeqGoTogether) {
  const std::string log = make_file("a.jsonl", entries(9));
  EXPECT_EQ(run({"cat", log, "--type", "m:B", "--seq", "3:7"}).out, nth(4) + nth(6));
}

TEST_F(CatTest, AnUnknownTypeIsNothingAndTheTypesThatAreThereAreNamed) {
  const std::string log = make_file("a.jsonl", entries(3));
  const RunResult result = run({"cat", log, "--type", "m:C"});
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "logslice: " + log + ": no entry of type m:C; it has m:A (2), m:B (1)\n");
  EXPECT_EQ(result.exit_code, 0);
  // The type is there: that the range has none of it is the answer.
  EXPECT_EQ(run({"cat", log, "--type", "m:B", "--seq", "1"}).err, "");
}

TEST_F(CatTest, DamagedLinesAreLeftOutAndToldWithTheirPlace) {
  const std::string lines = nth(1) + "{\"half\":\n" + nth(2) + std::string(50, '\0') + "\n";
  const std::string log = make_file("a.jsonl", lines);
  const RunResult result = run({"cat", log});
  EXPECT_EQ(result.out, nth(1) + nth(2));
  const std::vector<std::string> told = lines_of(result.err);
  ASSERT_EQ(told.size(), 2u) << result.err;
  EXPECT_THAT(told[0], StartsWith("logslice: " + log + ", line 2, byte " +
                                  std::to_string(nth(1).size()) + ": damaged, left out: "));
  EXPECT_THAT(told[1], StartsWith("logslice: " + log + ", line 4, byte "));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(CatTest, OfMuchDamageTheFirstTenPlacesAreTold) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "x\n";
  const RunResult result = run({"cat", make_file("a.jsonl", lines)});
  const std::vector<std::string> told = lines_of(result.err);
  ASSERT_EQ(told.size(), 11u);
  EXPECT_THAT(told.back(), HasSubstr(": 990 more damaged lines left out"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(CatTest, ATornTailIsMentionedAndIsNoDamage) {
  const RunResult result = run({"cat", make_file("a.jsonl", nth(1) + "{\"__type")});
  EXPECT_EQ(result.out, nth(1));
  EXPECT_THAT(result.err, HasSubstr("8 bytes after the last newline left out"));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CatTest, AFileOfZeroesIsATornTail) {
  const RunResult result = run({"cat", make_file("a.jsonl", std::string(1 << 20, '\0'))});
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("1048576 bytes after the last newline"));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CatTest, A100MegabyteLineIsPassedOverInBoundedMemory) {
  const std::string log = path("a.jsonl");
  {
    std::ofstream file(log, std::ios::binary);
    const std::string block(1 << 20, 'x');
    file << nth(1) << "{\"__type__\":\"m:A\",\"s\":\"";
    for (int i = 0; i < 100; ++i) file << block;
    file << "\",\"__seq__\":2}\n" << nth(3);
  }
  for (const char* const format : {"jsonl", "text"}) {
    const RunResult result = run({"cat", "-o", format, log});
    EXPECT_THAT(result.out, HasSubstr("n"));
    EXPECT_THAT(result.err, HasSubstr("line 2, byte " + std::to_string(nth(1).size())));
    EXPECT_THAT(result.err, HasSubstr("longer than 67108864 bytes"));
    EXPECT_EQ(result.exit_code, 3);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // While its buffer grows to the limit of 64 MiB there are two.
    EXPECT_LT(result.memory_bytes_max, int64_t{120} << 20);
#endif
  }
}

TEST_F(CatTest, MemoryDoesNotGrowWithTheLog) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitisers have memory of their own";
#endif
  // What this process holds would be counted as the command's: it holds neither log nor output.
  const RunOptions discard = {.standard_output = Stdout::kNull};
  std::ofstream large(path("large"), std::ios::binary);
  for (int i = 1; i <= 200000; ++i) large << nth(i);
  large.close();
  for (const char* const format : {"jsonl", "text"}) {
    const RunResult few = run({"cat", "-o", format, make_file("small", entries(10))}, discard);
    const RunResult many = run({"cat", "-o", format, path("large")}, discard);
    EXPECT_LT(many.memory_bytes_max, few.memory_bytes_max + (int64_t{3} << 20)) << format;
  }
}

TEST_F(CatTest, ATerminalGetsOneRowPerEntryCutToItsWidth) {
  const std::string log = make_file(
      "a.jsonl",
      entry(1, "app.events:ToolInvoked",
            "\"run\":\"r1\",\"name\":\"ls\",\"text\":\"a "
            "b\",\"ok\":true,\"none\":null,\"id\":\"12\"") +
          entry(12345, "app.events:ToolInvoked",
                "\"run\":\"r1\",\"name\":\"größer\",\"long\":\"" + std::string(500, 'x') + "\"") +
          entry(3, "Plain", "\"a\":[1, 2]"));
  const RunResult result = run({"cat", log}, {.standard_output = Stdout::kTerminal});
  EXPECT_EQ(result.out,
            "    1 2025-01-15T10:00:01.123Z ToolInvoked run=r1 name=ls text=\"a b\" ok=true no…\n"
            "12345 2025-01-15T10:25:45.123Z ToolInvoked … name=\"größer\" long=xxxxxxxxxxxxxxx…\n"
            "    3 2025-01-15T10:00:03.123Z Plain a=[1, 2]\n");
  for (const std::string& row : lines_of(result.out)) EXPECT_LE(columns_of(row), 80) << row;
}

TEST_F(CatTest, TextInAPipeIsWhole) {
  const std::string log = make_file(
      "a.jsonl", entry(1, "m:A", "\"run\":\"r1\",\"s\":\"" + std::string(500, 'x') + "\"") +
                     entry(2, "m:A", "\"run\":\"r1\",\"id\":\"12\""));
  EXPECT_EQ(run({"cat", "-o", "text", log}, {.environment = {"COLUMNS=40"}}).out,
            "    1 2025-01-15T10:00:01.123Z A run=r1 s=" + std::string(500, 'x') +
                "\n    2 2025-01-15T10:00:02.123Z A run=r1 id=\"12\"\n");
}

TEST_F(CatTest, ColumnsOverrulesTheTerminal) {
  const std::string log = make_file("a.jsonl", entry(1, "m:A", "\"text\":\"some more words\""));
  const auto row = [&log](const std::string& columns) {
    return run({"cat", log}, {.standard_output = Stdout::kTerminal, .environment = {columns}}).out;
  };
  EXPECT_EQ(row("COLUMNS=40"), "    1 2025-01-15T10:00:01.123Z A text=\"…\n");
  EXPECT_EQ(row("COLUMNS=1"), "…\n");
  EXPECT_EQ(row("COLUMNS=wide"), "    1 2025-01-15T10:00:01.123Z A text=\"some more words\"\n");
}

TEST_F(CatTest, LinesWithoutTypeSeqOrTimeHaveADashThere) {
  const std::string log = make_file("a.jsonl", "{\"a\":1}\n");
  EXPECT_EQ(run({"cat", "-o", "text", log}).out, "    - -                        - a=1\n");
}

TEST_F(CatTest, NothingInALogActsOnTheTerminal) {
  // What JSON allows raw (C1, DEL, direction marks), in a name, a value and a type.
  const std::string evil = "\u009B31m\x7F\u202E";
  const std::string log = make_file(
      "a.jsonl", entry(1, "m:" + evil, "\"" + evil + "\":\"" + evil + "\",\"e\":\"\\u001b[31m\"") +
                     "\x1B[2J\x1B]0;title\x07\n" + "{\"a\":\"\x1B[31m\"}\n");
  for (const char* const format : {"text", "jsonl"}) {
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, {"--type", "m:\x1B[5m" + evil}}) {
      std::vector<std::string> arguments = {"cat", "-o", format, log};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const RunResult result = run(arguments, {.standard_output = Stdout::kTerminal});
      for (const char* const raw : {"\x1B", "\x07", "\x7F", "\u009B", "\u202E"}) {
        EXPECT_THAT(result.out, Not(HasSubstr(raw)));
        EXPECT_THAT(result.err, Not(HasSubstr(raw)));
      }
      EXPECT_EQ(result.exit_code, 3);
    }
  }
  // In JSON the escape means the same.
  EXPECT_THAT(run({"cat", "-o", "jsonl", log}, {.standard_output = Stdout::kTerminal}).out,
              HasSubstr("\"\\u009b31m\\u007f\\u202e\":"));
}

TEST_F(CatTest, AnEntryNestedDeeplyIsShownAsItStands) {
  const std::string deep = std::string(300, '[') + std::string(300, ']');
  const RunResult result =
      run({"cat", "-o", "text", make_file("a.jsonl", entry(1, "m:A", "\"d\":" + deep))});
  EXPECT_THAT(result.out + result.err, HasSubstr("[[["));
}

TEST_F(CatTest, TheLogAsItsOwnOutputIsRefused) {
  const std::string log = make_file("a.jsonl", entries(3));
  const RunResult result =
      run({"cat", log}, {.standard_output = Stdout::kAppendToLog, .append_to = log});
  EXPECT_THAT(result.err, HasSubstr("the log is also the output"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(std::filesystem::file_size(log), entries(3).size());
}

TEST_F(CatTest, WhatIsNoLogIsNamed) {
  EXPECT_EQ(run({"cat", path("none")}).err, "logslice: there is no log at " + path("none") + "\n");
  EXPECT_THAT(run({"cat", path("")}).err, HasSubstr("is a directory"));
  EXPECT_THAT(run({"cat", "/dev/null"}).err, HasSubstr("is a character device"));
  EXPECT_EQ(run({"cat", "/dev/null"}).exit_code, 1);
  EXPECT_EQ(run({"cat", path("none")}).exit_code, 1);
}

}  // namespace
}  // namespace logslice::command
