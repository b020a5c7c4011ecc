#include <fcntl.h>
#include <unistd.h>

#include "command_fixture.h"

namespace logslice::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class InfoTest : public CommandTest {};

std::string three_entries() {
  return entry(1, "m:A", "\"n\":1") + entry(2, "m:B", "\"n\":2") + entry(3, "m:A", "\"n\":3");
}

TEST_F(InfoTest, APipeGetsOneJsonObjectPerLog) {
  const std::string log = make_file("a.jsonl", three_entries());
  const RunResult result = run({"info", log, log});
  const std::string object =
      "{\"path\":\"" + log + "\",\"bytes\":" + std::to_string(three_entries().size()) +
      ",\"line_count\":3,\"entry_count\":3,\"type_counts\":{\"m:A\":2,\"m:B\":1},"
      "\"first_seq\":1,\"last_seq\":3,\"missing_seq_count\":0,"
      "\"first_ts\":\"2025-01-15T10:00:01.123456+00:00\","
      "\"last_ts\":\"2025-01-15T10:00:03.123456+00:00\","
      "\"damaged_count\":0,\"first_damage\":null,\"torn_bytes\":0,\"holder\":null,"
      "\"segment_count\":1,\"overlap_count\":0,\"conflict_count\":0,\"first_conflict\":null}\n";
  EXPECT_EQ(result.out, object + object);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(InfoTest, ATerminalGetsText) {
  const std::string log = make_file("a.jsonl", three_entries());
  const RunResult result = run({"info", log, log}, {.standard_output = Stdout::kTerminal});
  const std::string size = std::to_string(three_entries().size());
  const std::string text =
      log + "\n  size      " + size +
      " bytes\n"
      "  entries   3\n"
      "            2  m:A\n"
      "            1  m:B\n"
      "  seq       1 to 3\n"
      "  time      2025-01-15T10:00:01.123456Z to 2025-01-15T10:00:03.123456Z\n"
      "  writer    none\n";
  EXPECT_EQ(result.out, text + "\n" + text);
  EXPECT_EQ(run({"info", "-o", "text", log}).out, text);
  EXPECT_EQ(run({"info", "-o", "jsonl", log}, {.standard_output = Stdout::kTerminal}).out,
            run({"info", log}).out);
}

TEST_F(InfoTest, AnEmptyLogIsFine) {
  const std::string log = make_file("a.jsonl", "");
  EXPECT_THAT(run({"info", log}).out, HasSubstr("\"entry_count\":0,\"type_counts\":{},"
                                                "\"first_seq\":null,\"last_seq\":null"));
  const RunResult result = run({"info", "-o", "text", log});
  EXPECT_THAT(result.out, HasSubstr("  size      0 bytes\n  entries   0\n  seq       none\n"));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(InfoTest, MissingSequenceNumbersAreCounted) {
  const std::string log =
      make_file("a.jsonl", entry(1, "m:A", "\"n\":1") + entry(5, "m:A", "\"n\":2"));
  EXPECT_THAT(run({"info", "-o", "text", log}).out, HasSubstr("seq       1 to 5, 3 missing\n"));
  EXPECT_THAT(run({"info", log}).out, HasSubstr("\"missing_seq_count\":3"));
}

TEST_F(InfoTest, ATornTailIsToldAndIsNoDamage) {
  const std::string log = make_file("a.jsonl", three_entries() + "{\"__type__\":");
  EXPECT_THAT(run({"info", log}).out, HasSubstr("\"torn_bytes\":12"));
  const RunResult result = run({"info", "-o", "text", log});
  EXPECT_THAT(result.out, HasSubstr("torn      12 bytes after the last newline"));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(InfoTest, DamageIsToldWithItsFirstPlaceAndExitsWith3) {
  const std::string first = entry(1, "m:A", "\"n\":1");
  const std::string log =
      make_file("a.jsonl", first + "not json\n[]\n" + entry(2, "m:A", "\"n\":2"));
  const std::string place = log + ", line 2, byte " + std::to_string(first.size()) + ": ";
  const RunResult text = run({"info", "-o", "text", log});
  EXPECT_THAT(text.out, HasSubstr("  damaged   2 lines, first:\n            " + place));
  EXPECT_THAT(text.err, HasSubstr(log + ": 2 damaged lines\n"));
  EXPECT_EQ(text.exit_code, 3);
  const RunResult json = run({"info", log});
  EXPECT_THAT(json.out, HasSubstr("\"damaged_count\":2,\"first_damage\":\"" + place));
  EXPECT_EQ(json.exit_code, 3);
}

TEST_F(InfoTest, GarbageAndZeroesAreDamageOrTornButNeverAnError) {
  const RunResult zeroes = run({"info", make_file("zero", std::string(100000, '\0'))});
  EXPECT_THAT(zeroes.out, HasSubstr("\"entry_count\":0"));
  EXPECT_THAT(zeroes.out, HasSubstr("\"torn_bytes\":100000"));
  EXPECT_EQ(zeroes.exit_code, 0);
  const RunResult garbage = run({"info", make_file("garbage", "\x1B[2J\xFF\n\x80\x81\n")});
  EXPECT_THAT(garbage.out, HasSubstr("\"damaged_count\":2"));
  EXPECT_THAT(garbage.out + garbage.err, Not(HasSubstr("\x1B")));
  EXPECT_EQ(garbage.exit_code, 3);
}

TEST_F(InfoTest, AWriterThatHasItOpenIsNamed) {
  const std::string log = make_file("a.jsonl", three_entries());
  // The lock as DESIGN states it: an OFD lock on the sidecar.
  const std::string sidecar = make_file("a.jsonl.lock", "");
  const int fd = ::open(sidecar.c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &lock), 0);
  EXPECT_THAT(run({"info", "-o", "text", log}).out, HasSubstr("writer    has it open\n"));
  EXPECT_THAT(run({"info", log}).out, HasSubstr("\"holder\":{\"pid\":0,"));
  ::close(fd);
  EXPECT_THAT(run({"info", log}).out, HasSubstr("\"holder\":null"));
}

TEST_F(InfoTest, EveryPathIsTriedAndTheWorstOutcomeCounts) {
  const std::string good = make_file("good", three_entries());
  const std::string damaged = make_file("damaged", "x\n");
  const RunResult two = run({"info", damaged, good});
  EXPECT_THAT(two.out, HasSubstr("\"entry_count\":3"));
  EXPECT_EQ(two.exit_code, 3);
  // Not read at all is worse than read with damage.
  const RunResult three = run({"info", damaged, path("none"), good});
  EXPECT_THAT(three.out, HasSubstr("\"entry_count\":3"));
  EXPECT_THAT(three.err, HasSubstr("there is no log at " + path("none")));
  EXPECT_EQ(three.exit_code, 1);
}

TEST_F(InfoTest, ADirectoryIsNamedAsOne) {
  const RunResult result = run({"info", path("")});
  EXPECT_THAT(result.err, HasSubstr("is a directory; a log is a regular file"));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(InfoTest, APathThatActsOnATerminalIsShownHarmless) {
  const std::string log = make_file("a\x1B[31m\n.jsonl", three_entries());
  const RunResult good = run({"info", log}, {.standard_output = Stdout::kTerminal});
  EXPECT_THAT(good.out, HasSubstr("a\\u001b[31m\\u000a.jsonl\n"));
  const RunResult missing = run({"info", log + "x"});
  EXPECT_THAT(missing.err, HasSubstr("a\\u001b[31m\\u000a.jsonlx\n"));
  EXPECT_THAT(good.out + missing.err, Not(HasSubstr("\x1B")));
}

TEST_F(InfoTest, ALogThatMayNotBeReadSaysSo) {
  if (!permissions_count()) GTEST_SKIP() << "root may read everything";
  const std::string log = make_file("a.jsonl", three_entries());
  std::filesystem::permissions(log, std::filesystem::perms::none);
  const RunResult result = run({"info", log});
  EXPECT_THAT(result.err, StartsWith("logslice: cannot open " + log + ": "));
  EXPECT_EQ(result.exit_code, 1);
}

}  // namespace
}  // namespace logslice::command
