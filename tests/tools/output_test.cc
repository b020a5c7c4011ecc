#include "command_fixture.h"

namespace logslice::command {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class OutputTest : public CommandTest {
 protected:
  std::string make_log(int count) const {
    std::string lines;
    for (int i = 1; i <= count; ++i) lines += entry(i, "m:A", "\"n\":1");
    return make_file("a.jsonl", lines);
  }
};

class UsageTest : public CommandTest {};

TEST_F(OutputTest, AReaderThatGoesAwayEndsItQuietly) {
  const std::string log = make_log(50000);
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"cat", log},
                                                    {"cat", "-o", "text", log},
                                                    {"info", log},
                                                    {"count", log},
                                                    {"--help"}}) {
    const RunResult result = run(arguments, {.standard_output = Stdout::kClosedPipe});
    EXPECT_THAT(result.err, IsEmpty()) << arguments[0];
    EXPECT_EQ(result.exit_code, 0) << arguments[0];
  }
}

TEST_F(OutputTest, AFullDiskIsAFailure) {
  const std::string log = make_log(3);
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"cat", log},
                                                    {"info", log},
                                                    {"count", log},
                                                    {"--help"},
                                                    {"--version"}}) {
    const RunResult result = run(arguments, {.standard_output = Stdout::kFull});
    EXPECT_EQ(result.err, "logslice: cannot write to standard output: No space left on device\n");
    EXPECT_EQ(result.exit_code, 1);
  }
}

TEST_F(OutputTest, AFullDiskEndsABigCatOnceAndWithoutAnotherWord) {
  const RunResult result = run({"cat", make_log(50000)}, {.standard_output = Stdout::kFull});
  EXPECT_EQ(result.err, "logslice: cannot write to standard output: No space left on device\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(OutputTest, NoStandardOutputAtAllIsAFailure) {
  const RunResult result = run({"cat", make_log(3)}, {.standard_output = Stdout::kClosed});
  EXPECT_THAT(result.err, StartsWith("logslice: cannot write to standard output: "));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(UsageTest, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"-h"},
                                                    {"cat", "--help"},
                                                    {"info", "--help"},
                                                    {"count", "--help"}}) {
    const RunResult result = run(arguments);
    EXPECT_THAT(result.out, AllOf(HasSubstr("Usage: logslice"), HasSubstr("Exit codes:")));
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_EQ(result.exit_code, 0);
  }
  const RunResult version = run({"--version"});
  EXPECT_THAT(version.out, ::testing::MatchesRegex("logslice [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(version.exit_code, 0);
}

TEST_F(UsageTest, HelpFitsIntoEightyColumns) {
  for (const char* const command : {"cat", "info", "count"}) {
    std::string line;
    for (const char byte : run({command, "--help"}).out) {
      if (byte != '\n') {
        line += byte;
        continue;
      }
      EXPECT_LE(line.size(), 80u) << line;
      line.clear();
    }
  }
}

TEST_F(UsageTest, AWrongCommandLineSaysWhatIsWrongAndExitsWith2) {
  const std::string log = make_file("a.jsonl", entry(1, "m:A", "\"n\":1"));
  struct Case {
    std::vector<std::string> arguments;
    std::string said;
  };
  const std::vector<Case> cases = {
      {{}, "expected a command: info, cat, tail, count, stats, doctor or recover\n"},
      {{"nope"},
       "expected a command: info, cat, tail, count, stats, doctor or recover; got 'nope'"},
      {{"--nope"}, "got '--nope'"},
      {{"cat"}, "PATH is required"},
      {{"info"}, "PATH is required"},
      {{"cat", log, "--nope"}, "--nope"},
      {{"cat", log, log}, log},
      {{"cat", ""}, "expected something, got nothing"},
      {{"cat", log, "--type", ""}, "--type: expected something, got nothing"},
      {{"cat", log, "--type"}, "--type"},
      {{"count", log, "--type", ""}, "--type: expected something"},
      {{"cat", log, "--seq", "a"}, "--seq: expected a range of sequence numbers A:B"},
      {{"cat", log, "--seq", "7:3"}, "for example 10:20; got '7:3'"},
      {{"cat", log, "--since", "soon"},
       "for example 2025-01-15T10:30:00Z or 2025-01-15; got 'soon'"},
      {{"cat", log, "--until", ""}, "--until: expected an ISO 8601 time"},
      {{"cat", log, "-o", "xml"}, "expected text or jsonl, for example -o text; got 'xml'"},
      {{"info", log, "-o", "xml"}, "expected text or jsonl"},
      {{"count", log, "--seq", "1"}, "--seq"},
  };
  for (const Case& wrong : cases) {
    const RunResult result = run(wrong.arguments);
    EXPECT_THAT(result.err, HasSubstr(wrong.said));
    EXPECT_THAT(result.err, StartsWith("logslice: "));
    EXPECT_THAT(result.err, EndsWith("--help`\n"));
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(result.exit_code, 2) << result.err;
  }
}

TEST_F(UsageTest, APathThatLooksLikeAnOptionGoesBehindTwoDashes) {
  const RunResult result = run({"count", "--", "--type"});
  EXPECT_EQ(result.err, "logslice: there is no log at --type\n");
  EXPECT_EQ(result.exit_code, 1);
}

}  // namespace
}  // namespace logslice::command
