#include "command_fixture.h"

namespace logslice::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CountTest : public CommandTest {};

TEST_F(CountTest, CountsCommittedLines) {
  const std::string log =
      make_file("a.jsonl", entry(1, "m:A", "\"n\":1") + "\n" + entry(2, "m:B", "\"n\":2") + "torn");
  const RunResult result = run({"count", log});
  EXPECT_EQ(result.out, "2\n");
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CountTest, AnEmptyLogHasNone) {
  EXPECT_EQ(run({"count", make_file("a.jsonl", "")}).out, "0\n");
}

TEST_F(CountTest, TheNumberIsBareOnATerminalToo) {
  const std::string log = make_file("a.jsonl", entry(1, "m:A", "\"n\":1"));
  EXPECT_EQ(run({"count", log}, {.standard_output = Stdout::kTerminal}).out, "1\n");
}

TEST_F(CountTest, CountsOneType) {
  const std::string log =
      make_file("a.jsonl", entry(1, "m:A", "\"n\":1") + entry(2, "m:B", "\"n\":2") +
                               entry(3, "m:A", "\"n\":3"));
  EXPECT_EQ(run({"count", log, "--type", "m:A"}).out, "2\n");
}

TEST_F(CountTest, AnUnknownTypeIsZeroAndTheTypesThatAreThereAreNamed) {
  const std::string log =
      make_file("a.jsonl", entry(1, "m:A", "\"n\":1") + entry(2, "m:B", "\"n\":2") + "{\"n\":3}\n");
  const RunResult result = run({"count", log, "--type", "A"});
  EXPECT_EQ(result.out, "0\n");
  EXPECT_EQ(result.err, "logslice: " + log +
                            ": no entry of type A; it has lines without a type (1), m:A (1), "
                            "m:B (1)\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CountTest, OfManyTypesOnlySomeAreNamed) {
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += entry(i + 1, "m:T" + std::to_string(100 + i), "\"n\":1");
  const RunResult result = run({"count", make_file("a.jsonl", lines), "--type", "A"});
  EXPECT_THAT(result.err, HasSubstr("m:T119 (1) and 30 more types"));
}

TEST_F(CountTest, DamageSeenWhileCountingATypeIsToldAndExitsWith3) {
  const std::string log = make_file("a.jsonl", entry(1, "m:A", "\"n\":1") + "garbage\n");
  const RunResult result = run({"count", log, "--type", "m:A"});
  EXPECT_EQ(result.out, "1\n");
  EXPECT_THAT(result.err, HasSubstr(log + ", line 2, byte "));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(CountTest, AMissingLogIsNotZero) {
  for (const std::vector<std::string>& type : {std::vector<std::string>{}, {"--type", "m:A"}}) {
    std::vector<std::string> arguments = {"count", path("none")};
    arguments.insert(arguments.end(), type.begin(), type.end());
    const RunResult result = run(arguments);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(result.err, "logslice: there is no log at " + path("none") + "\n");
    EXPECT_EQ(result.exit_code, 1);
  }
}

}  // namespace
}  // namespace logslice::command
