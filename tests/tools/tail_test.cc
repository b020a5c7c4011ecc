#include <signal.h>

#include <filesystem>
#include <fstream>

#include "command_fixture.h"

namespace logslice::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class TailTest : public CommandTest {
 protected:
  // Of the types m:A and m:B in turn.
  static std::string nth(int i) {
    return entry(i, i % 2 == 1 ? "m:A" : "m:B", "\"n\":" + std::to_string(i));
  }
  static std::string entries(int first, int last) {
    std::string lines;
    for (int i = first; i <= last; ++i) lines += nth(i);
    return lines;
  }
  static void append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
};

// ---- The last entries

TEST_F(TailTest, TheLastTenUnlessToldOtherwise) {
  const std::string log = make_file("a.jsonl", entries(1, 30));
  EXPECT_EQ(run({"tail", log}).out, entries(21, 30));
  EXPECT_EQ(run({"tail", log, "-n", "3"}).out, entries(28, 30));
  EXPECT_EQ(run({"tail", "-n3", log}).out, entries(28, 30));
  EXPECT_EQ(run({"tail", log, "--lines", "100"}).out, entries(1, 30));
  const RunResult none = run({"tail", log, "-n", "0"});
  EXPECT_EQ(none.out + none.err, "");
  EXPECT_EQ(none.exit_code, 0);
}

TEST_F(TailTest, TheLastOfATypeAcrossSegments) {
  make_file("a.00000000000000000001-00000000000000000004.jsonl", entries(1, 4));
  make_file("a.00000000000000000004-00000000000000000006.jsonl", entries(4, 6));
  const std::string log = make_file("a.jsonl", entries(7, 8));
  EXPECT_EQ(run({"tail", log, "-n", "5"}).out, entries(4, 8));
  EXPECT_EQ(run({"tail", log, "-n", "3", "--type", "m:A"}).out, nth(3) + nth(5) + nth(7));
  std::filesystem::remove(log);
  EXPECT_EQ(run({"tail", log, "-n", "2"}).out, entries(5, 6));
}

TEST_F(TailTest, ATypeThatIsNotThereIsHintedAt) {
  const std::string log = make_file("a.jsonl", entries(1, 3));
  const RunResult result = run({"tail", log, "--type", "m:C"});
  EXPECT_EQ(result.err, "logslice: " + log + ": no entry of type m:C; it has m:A (2), m:B (1)\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(TailTest, DamageAmongAndBehindThemIsToldAndATornTailMentioned) {
  const std::string lines = nth(1) + "before\n" + nth(2) + "among\n" + nth(3) + "behind\n{\"to";
  const std::string log = make_file("a.jsonl", lines);
  const RunResult result = run({"tail", log, "-n", "2"});
  EXPECT_EQ(result.out, entries(2, 3));
  const std::string place = std::to_string((nth(1) + "before\n" + nth(2)).size());
  EXPECT_THAT(result.err, StartsWith("logslice: " + log + ", byte " + place + ": damaged, left"));
  const std::string last = std::to_string(lines.size() - std::string("behind\n{\"to").size());
  EXPECT_THAT(result.err, HasSubstr(log + ", byte " + last + ": damaged, left out: "));
  EXPECT_THAT(result.err, HasSubstr(": 4 bytes after the last newline left out"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(TailTest, ATerminalGetsRows) {
  const RunResult result = run({"tail", make_file("a.jsonl", entries(1, 3)), "-n", "1"},
                               {.standard_output = Stdout::kTerminal});
  EXPECT_EQ(result.out, "    3 2025-01-15T10:00:03.123Z A n=3\n");
}

TEST_F(TailTest, WhatIsNoLogAndNoNumberIsNamed) {
  EXPECT_EQ(run({"tail", path("none")}).err, "logslice: there is no log at " + path("none") + "\n");
  EXPECT_EQ(run({"tail", path("none")}).exit_code, 1);
  EXPECT_EQ(run({"tail", "-f", path("")}).exit_code, 1);
  for (const char* const wrong : {"-1", "x", "1k", "+3", ""}) {
    const RunResult result = run({"tail", path("none"), "--lines=" + std::string(wrong)});
    EXPECT_THAT(result.err, HasSubstr("--lines")) << wrong;
    EXPECT_EQ(result.exit_code, 2) << wrong;
  }
}

TEST_F(TailTest, TheLogAsItsOwnOutputIsRefused) {
  const std::string log = make_file("a.jsonl", entries(1, 3));
  const RunResult result =
      run({"tail", "-f", log}, {.standard_output = Stdout::kAppendToLog, .append_to = log});
  EXPECT_THAT(result.err, HasSubstr("the log is also the output"));
  EXPECT_EQ(result.exit_code, 1);
}

// ---- Following

TEST_F(TailTest, FollowingWritesTheLastEntriesAndThenEachThatComes) {
  const std::string log = make_file("a.jsonl", entries(1, 5));
  StartedCommand tail({"tail", "-f", "-n", "2", log});
  ASSERT_TRUE(tail.wait_for_out(nth(5)));
  append(log, nth(6).substr(0, 30));
  append(log, nth(6).substr(30));
  ASSERT_TRUE(tail.wait_for_out(nth(6)));
  std::filesystem::rename(log, path("a.00000000000000000001-00000000000000000006.jsonl"));
  append(log, nth(7) + nth(8));
  ASSERT_TRUE(tail.wait_for_out(nth(8)));
  tail.send_signal(SIGINT);
  const RunResult result = tail.finish();
  EXPECT_EQ(result.out, entries(4, 8));
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, -SIGINT);
}

TEST_F(TailTest, FollowingFromTheEndWritesOnlyWhatIsNew) {
  const std::string log = make_file("a.jsonl", entries(1, 5));
  StartedCommand tail({"tail", "-f", "-n0", "--type", "m:B", log});
  // Nothing tells when it has begun: so write until it has seen something.
  int last = 5;
  while (!tail.has_output()) {
    append(log, nth(last + 1) + nth(last + 2));
    last += 2;
  }
  ASSERT_TRUE(tail.wait_for_out("m:B"));
  tail.send_signal(SIGTERM);
  const RunResult result = tail.finish();
  EXPECT_THAT(result.out, Not(HasSubstr("m:A")));
  EXPECT_THAT(result.out, Not(HasSubstr(nth(4))));
  EXPECT_EQ(result.exit_code, -SIGTERM);
}

TEST_F(TailTest, FollowingWaitsForALogAndTellsWhatBecomesOfIt) {
  const std::string log = path("new/a.jsonl");
  StartedCommand tail({"tail", "-f", log});
  ASSERT_TRUE(tail.wait_for_err(log + ": there is no log yet; waiting for it\n"));
  std::filesystem::create_directory(path("new"));
  append(log, nth(1) + "damage\n" + nth(2));
  ASSERT_TRUE(tail.wait_for_out(nth(2)));
  ASSERT_TRUE(tail.wait_for_err(log + ", line 2, byte " + std::to_string(nth(1).size())));
  std::filesystem::resize_file(log, 0);
  ASSERT_TRUE(tail.wait_for_err(log + ": the file was truncated"));
  append(log, nth(3));
  ASSERT_TRUE(tail.wait_for_out(nth(3)));
  std::filesystem::rename(log, path("new/other"));
  ASSERT_TRUE(tail.wait_for_err(log + ": the file is gone"));
  append(log, nth(4));
  ASSERT_TRUE(tail.wait_for_out(nth(4)));
  append(path("new/another"), nth(5));
  std::filesystem::rename(path("new/another"), log);
  ASSERT_TRUE(tail.wait_for_err(log + ": another file has taken the place"));
  ASSERT_TRUE(tail.wait_for_out(nth(5)));
  tail.send_signal(SIGINT);
  EXPECT_EQ(tail.finish().out, entries(1, 5));
}

TEST_F(TailTest, FollowingEndsWhenItsReaderHasGoneThoughNothingComes) {
  const std::string log = make_file("a.jsonl", entries(1, 5));
  StartedCommand tail({"tail", "-f", log});
  ASSERT_TRUE(tail.wait_for_out(nth(5)));
  tail.close_out();
  const RunResult result = tail.finish();
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(TailTest, FollowingTellsWhatCannotBeWritten) {
  const std::string log = make_file("a.jsonl", entries(1, 5));
  const RunResult result = run({"tail", "-f", log}, {.standard_output = Stdout::kFull});
  EXPECT_THAT(result.err, HasSubstr("cannot write to standard output"));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(TailTest, FollowingEndsWhenThePathIsNoLogAnyMore) {
  const std::string log = make_file("a.jsonl", entries(1, 5));
  StartedCommand tail({"tail", "-f", log});
  ASSERT_TRUE(tail.wait_for_out(nth(5)));
  std::filesystem::remove(log);
  std::filesystem::create_directory(log);
  const RunResult result = tail.finish();
  EXPECT_THAT(result.err, HasSubstr(log + " is a directory"));
  EXPECT_EQ(result.exit_code, 1);
}

}  // namespace
}  // namespace logslice::command
