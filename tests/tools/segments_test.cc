// info, cat and count see the sealed segments of a log as one with its active file.
#include "command_fixture.h"

namespace logslice::command {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string entries(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += entry(seq, "m:A", "\"n\":1");
  return all;
}

class SegmentsTest : public CommandTest {
 protected:
  std::string make_segment(int64_t first_seq, int64_t last_seq, std::string_view content) const {
    std::string range(41, '0');
    const std::string first = std::to_string(first_seq);
    const std::string last = std::to_string(last_seq);
    range.replace(20 - first.size(), first.size(), first);
    range[20] = '-';
    range.replace(41 - last.size(), last.size(), last);
    return make_file("a." + range + ".jsonl", content);
  }
};

TEST_F(SegmentsTest, SegmentsAreOneLog) {
  make_segment(1, 3, entries(1, 3));
  make_segment(3, 5, entries(3, 5));
  const std::string log = make_file("a.jsonl", entries(6, 7));
  EXPECT_EQ(run({"count", log}).out, "7\n");
  EXPECT_EQ(run({"count", log, "--type", "m:A"}).out, "7\n");
  const RunResult cat = run({"cat", log});
  EXPECT_EQ(cat.out, entries(1, 7));
  EXPECT_THAT(cat.err, IsEmpty());
  EXPECT_EQ(run({"cat", log, "--seq", "3:7"}).out, entries(3, 6));

  const RunResult info = run({"info", log});
  EXPECT_THAT(info.out, HasSubstr("\"entry_count\":7,"));
  EXPECT_THAT(info.out, EndsWith("\"holder\":null,\"segment_count\":3,\"overlap_count\":1,"
                                 "\"conflict_count\":0,\"first_conflict\":null}\n"));
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_THAT(run({"info", "-o", "text", log}).out,
              HasSubstr("  segments  3, 1 entry in two of them, counted once\n  entries   7\n"));
}

TEST_F(SegmentsTest, OneFileHasNoRowOfSegments) {
  const std::string log = make_file("a.jsonl", entries(1, 2));
  EXPECT_THAT(run({"info", "-o", "text", log}).out, Not(HasSubstr("segments")));
}

TEST_F(SegmentsTest, ALogMayHaveNothingButSealedSegments) {
  make_segment(1, 3, entries(1, 3));
  EXPECT_EQ(run({"cat", path("a.jsonl")}).out, entries(1, 3));
  EXPECT_EQ(run({"count", path("a.jsonl")}).out, "3\n");
  EXPECT_EQ(run({"info", path("a.jsonl")}).exit_code, 0);
  EXPECT_EQ(run({"doctor", path("a.jsonl")}).exit_code, 0);
}

TEST_F(SegmentsTest, UnequalEntriesAreToldAndAreDamage) {
  const std::string sealed = make_segment(1, 3, entries(1, 3));
  const std::string other = entry(3, "m:A", "\"n\":2");
  const std::string log = make_file("a.jsonl", other + entries(4, 4));
  const std::string places = "seq 3 is another entry in " + sealed + ", byte " +
                             std::to_string(entries(1, 2).size()) + ", than in " + log +
                             ", byte 0; the latter, in the later segment, counts";
  const RunResult cat = run({"cat", log});
  EXPECT_EQ(cat.out, entries(1, 2) + other + entries(4, 4));
  EXPECT_EQ(cat.err, "logslice: " + log + ": " + places + "\n");
  EXPECT_EQ(cat.exit_code, 3);
  EXPECT_EQ(run({"count", log, "--type", "m:A"}).exit_code, 3);

  const RunResult json = run({"info", log});
  EXPECT_THAT(json.out, EndsWith("\"segment_count\":2,\"overlap_count\":1,\"conflict_count\":1,"
                                 "\"first_conflict\":\"" +
                                 places + "\"}\n"));
  EXPECT_EQ(json.err, "logslice: " + log + ": 1 entry differs in two segments\n");
  EXPECT_EQ(json.exit_code, 3);
  const RunResult text = run({"info", "-o", "text", log});
  EXPECT_THAT(text.out, HasSubstr("  unequal   1 entry of two segments, first:\n            " +
                                  places + "\n"));
  EXPECT_EQ(text.exit_code, 3);
}

TEST_F(SegmentsTest, OfManyUnequalEntriesTheFirstTenAreTold) {
  make_segment(1, 15, entries(1, 15));
  std::string others;
  for (int64_t seq = 1; seq <= 15; ++seq) others += entry(seq, "m:A", "\"n\":2");
  const RunResult cat = run({"cat", make_file("a.jsonl", others)});
  EXPECT_EQ(cat.out, others);
  EXPECT_THAT(cat.err, HasSubstr("seq 10 is another"));
  EXPECT_THAT(cat.err, Not(HasSubstr("seq 11 is another")));
  EXPECT_THAT(cat.err, HasSubstr(": 5 more entries are others in another segment\n"));
}

TEST_F(SegmentsTest, DamageNamesTheSegmentItIsIn) {
  const std::string sealed = make_segment(1, 2, entries(1, 1) + "{\n" + entries(2, 2));
  const RunResult cat = run({"cat", make_file("a.jsonl", entries(3, 3))});
  EXPECT_THAT(cat.err, HasSubstr("logslice: " + sealed + ", line 2, byte "));
  EXPECT_EQ(cat.exit_code, 3);
}

}  // namespace
}  // namespace logslice::command
