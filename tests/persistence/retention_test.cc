// The oldest sealed segments go when there are too many of them, or they are too long or too old.

#include <string>
#include <vector>

#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RetentionTest : public SegmentWriterTest {
 protected:
  // Sealed segments 1 … count, and an active file with one entry more.
  void write_segments(int count, LogPersistenceConfig config = {}) {
    config.rotate_at_bytes = 1;
    config.retain_segments = 0;
    config.retain_bytes = 0;
    config.retain_for = absl::ZeroDuration();
    {
      TestLog log(fs_, clock_, config);
      ASSERT_TRUE(log.open().ok());
      for (int i = 0; i < count; ++i) append_each(log, {"a"});
    }
    config.rotate_at_bytes = 0;
    TestLog log(fs_, clock_, config);
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
  }
};

TEST_F(RetentionTest, TheNewestSoManySegmentsStay) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_segments = 2});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d", "e", "f"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), sealed(3, 4), sealed(5, 6)));
  append_each(log, {"g"});  // only now is there something in the active file
  EXPECT_THAT(files(), ElementsAre(sealed(3, 4), sealed(5, 6), "/log.jsonl"));
  append_each(log, {"h", "i"});
  EXPECT_THAT(files(), ElementsAre(sealed(5, 6), sealed(7, 8), "/log.jsonl"));
  EXPECT_THAT(seqs(), ElementsAre(5, 6, 7, 8, 9));
}

TEST_F(RetentionTest, OnePassAtOpenRemovesAllThatIsTooMuchAndSaysSoOnce) {
  write_segments(5);
  TestLog log(fs_, clock_, {.retain_segments = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(seqs(), ElementsAre(4, 5, 6));
  ASSERT_THAT(log.events(), ElementsAre("log_segments_removed"));
  EXPECT_EQ(log.diagnostics[0].severity, Severity::kInfo);
  EXPECT_EQ(log.diagnostics[0].first_seq, 1);
  EXPECT_EQ(log.diagnostics[0].last_seq, 3);
  EXPECT_EQ(log.diagnostics[0].entry_count, 3);
  EXPECT_THAT(log.diagnostics[0].message, HasSubstr("3 segments of /log.jsonl removed, 309 bytes"));
}

TEST_F(RetentionTest, SoManyBytesOfSealedSegmentsStay) {
  write_segments(5);
  const auto bytes = static_cast<int64_t>(fs_.content(sealed(1, 1)).size());
  for (const int64_t too_few : {0, 1}) {
    TestLog log(fs_, clock_, {.retain_bytes = 3 * bytes - too_few});
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(seqs().front(), 3 + too_few);
    EXPECT_THAT(log.events(), ElementsAre("log_segments_removed"));
  }
}

TEST_F(RetentionTest, SegmentsGoWhenTheirLastEntryIsTooOld) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  clock_.advance(absl::Hours(1));
  append_each(log, {"c", "d"});
  append_each(log, {"e"});
  clock_.advance(absl::Hours(23) - absl::Microseconds(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(seqs(), ElementsAre(1, 2, 3, 4, 5));
  clock_.advance(absl::Microseconds(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5));
  EXPECT_TRUE(log.writer->close().ok());
}

// Not that of the moment when it was sealed, which may be much later.
TEST_F(RetentionTest, TheAgeOfASegmentIsThatOfItsLastEntry) {
  TestLog log(fs_, clock_, {.rotate_every = absl::Hours(1), .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  clock_.advance(absl::Hours(10));
  append_each(log, {"b"});
  clock_.advance(absl::Hours(10));
  append_each(log, {"c"});
  EXPECT_THAT(seqs(), ElementsAre(1, 2, 3));
  clock_.advance(absl::Hours(5));
  append_each(log, {"d"});
  EXPECT_THAT(seqs(), ElementsAre(2, 3, 4));
}

TEST_F(RetentionTest, TheAgeOfSegmentsThatAreFoundIsThatOfTheirLastLine) {
  TestLog first(fs_, clock_, {.rotate_at_bytes = 1});
  ASSERT_TRUE(first.open().ok());
  for (int hour = 0; hour < 4; ++hour) {
    append_each(first, {"a"});
    clock_.advance(absl::Hours(1));
  }
  EXPECT_TRUE(first.writer->close().ok());
  fs_.set_content(sealed(2, 2), "no time is in this line\n");  // the next one tells
  TestLog log(fs_, clock_, {.retain_for = absl::Minutes(100)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"b"});
  EXPECT_THAT(files(), ElementsAre(sealed(4, 4), "/log.jsonl"));
}

TEST_F(RetentionTest, InBackgroundModeTheyGoInTime) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = kTwoLines,
               .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 4; ++i) {
    (void)log.accept("a");
    EXPECT_TRUE(log.writer->step().ok());
    clock_.advance(absl::Hours(1));
  }
  (void)log.accept("a");
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_THAT(seqs(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(log.writer->time_to_step(), absl::Hours(21));  // the second one is three hours old
  clock_.advance(absl::Hours(21));
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5));
}

TEST_F(RetentionTest, TheNewestStaysUntilSomethingBehindItIsSynced) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d", "e"});
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5));
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(seqs(), ElementsAre(5));
  EXPECT_TRUE(log.writer->close().ok());

  TestLog next(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_bytes = 1});
  fs_.remove("/log.jsonl.lock");  // the sidecar is a second opinion only
  ASSERT_TRUE(next.open().ok());
  append_each(next, {"f"});
  EXPECT_THAT(seqs(), ElementsAre(5, 6));
}

TEST_F(RetentionTest, WithSyncOnFlushNothingSealedNeedStay) {
  TestLog log(fs_, clock_,
              {.sync_on_flush = true, .rotate_at_bytes = kTwoLines, .retain_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2)));
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  append_each(log, {"d", "e"});
  EXPECT_THAT(seqs(), ElementsAre(5));
}

TEST_F(RetentionTest, NothingGoesWhileTheActiveFileHasNoEntry) {
  TestLog first(fs_, clock_, {.rotate_at_bytes = 1});
  ASSERT_TRUE(first.open().ok());
  append_each(first, {"a", "b"});
  EXPECT_TRUE(first.writer->close().ok());
  fs_.set_content("/log.jsonl", "");
  TestLog log(fs_, clock_, {.retain_segments = 1, .retain_for = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  clock_.advance(absl::Hours(100));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(seqs(), ElementsAre(1, 2));
  append_each(log, {"c"});
  EXPECT_THAT(seqs(), ElementsAre(2, 3));
}

TEST_F(RetentionTest, CountsThatARemovalMakesWrongAreNotKept) {
  write_segments(3);
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 4);
  }
  {
    TestLog log(fs_, clock_, {.retain_segments = 1});
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 2);
  }
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 2);
}

TEST_F(RetentionTest, FilesOfOthersStay) {
  write_segments(3);
  const std::vector<std::string> others = {
      "/log_20250115_103000.jsonl.gz", "/log.jsonl.1", "/log.jsonl.torn",
      "/other.00000000000000000001-00000000000000000001.jsonl"};
  for (const std::string& other : others) fs_.set_content(other, "x\n");
  TestLog log(fs_, clock_, {.retain_segments = 1, .retain_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(told(log, "log_segments_removed"), ::testing::SizeIs(1));
  for (const std::string& other : others) EXPECT_TRUE(fs_.exists(other)) << other;
}

}  // namespace
}  // namespace logslice::testing
