// Corners of rotation, retention and compression: where a sync nobody asked for fails, somebody
// else moves or cuts the file, the disk is full, or each write ends with a seal.

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/check_log.h"
#include "logslice/persistence/log_lines.h"
#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

class SegmentCornersTest : public SegmentWriterTest {
 protected:
  std::vector<std::string> lines() {
    LineScanOptions options;
    options.scan.file_system = &fs_;
    std::vector<std::string> all;
    absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", options);
    if (!scan.ok()) return all;
    while (scan->next())
      all.push_back(std::string(scan->line().text).substr(0, 12) + "/" +
                    std::to_string(scan->line().seq));
    return all;
  }
};

TEST_F(SegmentCornersTest, ASyncThatCoversASegmentWhoseOwnSyncFailedUnaskedFails) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 8; ++i) append_each(log, {"a"});
  fs_.fail_once_named("sync_data", EIO);
  append_each(log, {"a"});  // the ninth: the oldest is synced
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
  EXPECT_FALSE(log.writer->sync().ok());
}

TEST_F(SegmentCornersTest, ASegmentThatCouldNotBeOpenedJustThenIsSyncedLaterAndNothingIsTold) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 9; ++i) append_each(log, {"a"});
  }
  TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_once_named("open", EMFILE);  // of the oldest, when one more is sealed
  append_each(log, {"b"});
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_EQ(log.writer->marks().synced_seq, 10);
}

TEST_F(SegmentCornersTest, SoDoesOneBehindASyncThatFailedBeforeCompression) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 1,
               .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_once_named("sync_data", EIO);
  (void)log.accept("a");
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
  EXPECT_FALSE(log.writer->sync().ok());
}

TEST_F(SegmentCornersTest, AMovedActiveFileHidesNoUnsyncedSegments) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 150});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  ASSERT_TRUE(fs_.exists(sealed(1, 2)));
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  EXPECT_EQ(count_calls("sync_data"), 2);  // of the segment and of what was moved
}

TEST_F(SegmentCornersTest, ASegmentThatCannotBeOpenedDoesNotStopSyncing) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
  }
  TestLog log(fs_, clock_, {.sync_on_flush = true, .max_pending_entries = 4});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("open", EACCES);  // of the segment: nobody opens anything else
  for (int i = 0; i < 20; ++i) {
    (void)log.append("b");
    clock_.advance(absl::Seconds(70));
  }
  EXPECT_EQ(log.writer->marks().dropped_count, 0);
  EXPECT_TRUE(log.writer->flush().ok()) << text_of(log.writer->flush());
  EXPECT_EQ(log.writer->marks().synced_seq, 21);
  std::string content = fs_.content("/log.jsonl");
  EXPECT_EQ(std::count(content.begin(), content.end(), '\n'), 20);
}

TEST_F(SegmentCornersTest, AnIdleWriterPacesTheSyncOfANewName) {
  TestLog log(fs_, clock_, {.write_mode = WriteMode::kBackground, .rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  (void)log.accept("a");
  EXPECT_TRUE(log.writer->step().ok());
  clock_.advance(absl::Hours(1));
  fs_.fail_named("sync_directory", EIO);
  fs_.forget_calls();
  int64_t steps = 0;
  // As the thread does: a step whenever one is due, 1 ms later at the earliest; for ten seconds.
  for (int ms = 0; ms < 10'000; ++ms) {
    if (log.writer->time_to_step() <= absl::ZeroDuration()) {
      ++steps;
      EXPECT_TRUE(log.writer->step().ok());
    }
    clock_.advance(absl::Milliseconds(1));
  }
  EXPECT_LE(count_calls("sync_directory"), 10) << steps;
}

TEST_F(SegmentCornersTest, OnAFullDiskWhatIsTooOldGoes) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b", "c"});
  }
  TestLog log(fs_, clock_, {.retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"d"});
  fs_.set_free_bytes(0);
  EXPECT_FALSE(log.append("e").ok());
  for (int i = 0; i < 23; ++i) {
    clock_.advance(absl::Hours(1));
    EXPECT_FALSE(log.writer->flush().ok());
  }
  EXPECT_TRUE(fs_.exists(sealed(1, 1)));
  clock_.advance(absl::Hours(2));
  EXPECT_TRUE(log.writer->flush().ok());  // in the room that they leave
  EXPECT_FALSE(fs_.exists(sealed(1, 1)));
  EXPECT_FALSE(fs_.exists(sealed(2, 2)));
}

TEST_F(SegmentCornersTest, RetentionGoesOnWhereEachWriteEndsWithASeal) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 1, .retain_segments = 2});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 100; ++i) append_each(log, {"a"});
  EXPECT_LE(files().size(), 4u);
}

TEST_F(SegmentCornersTest, AnUnfinishedArchiveGoesWithItsSegmentThoughNothingIsCompressedNow) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b", "c"});
  }
  fs_.set_content(sealed(1, 1) + ".gz.tmp", "half");
  TestLog log(fs_, clock_, {.retain_segments = 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"d"});
  EXPECT_FALSE(fs_.exists(sealed(1, 1)));
  EXPECT_FALSE(fs_.exists(sealed(1, 1) + ".gz.tmp"));
}

TEST_F(SegmentCornersTest, LinesOfOthersBehindSegmentsKeepTheirPlaceWhenSealed) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 150});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b"});
  }
  ASSERT_TRUE(fs_.exists(sealed(1, 2)));
  fs_.set_content("/log.jsonl", "{\"event\":\"x\"}\n{\"event\":\"y\"}\n");
  const std::vector<std::string> before = lines();
  TestLog log(fs_, clock_, {.rotate_at_bytes = 20, .adopt_foreign = true});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), sealed(3, 4), sealed(5, 5)));
  std::vector<std::string> after = lines();
  ASSERT_EQ(after.size(), before.size() + 1);
  after.pop_back();
  EXPECT_EQ(after, before);
}

TEST_F(SegmentCornersTest, TheDoctorFindsNothingWrongWithSealedLinesOfOthers) {
  fs_.set_content("/log.jsonl", "{\"event\":\"x\"}\n{\"event\":\"y\"}\n");
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 5, .adopt_foreign = true});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
    EXPECT_TRUE(log.writer->close().ok());
  }
  CheckOptions options;
  options.file_system = &fs_;
  absl::StatusOr<LogCheck> check = check_log("/log.jsonl", options);
  ASSERT_TRUE(check.ok());
  for (const LogFinding& finding : check->findings) {
    EXPECT_NE(finding.severity, LogFindingSeverity::kDamage)
        << finding.path << ": " << finding.text << " / " << finding.mend;
  }
}

TEST_F(SegmentCornersTest, ASegmentThatCanNeverBeCompressedIsToldOnce) {
  (void)fs_.make_directory(sealed(1, 1));
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 1,
               .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 20; ++i) {
    (void)log.accept("a");
    for (int idle = 0; idle < 20; ++idle) {
      EXPECT_TRUE(log.writer->step().ok());
      clock_.advance(absl::Seconds(1));
    }
  }
  EXPECT_EQ(told(log, "log_compression_failed").size(), 1u);
}

TEST_F(SegmentCornersTest, TheAgeOfAFileThatWasFoundAndSealedIsThatOfItsLastEntry) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b"});
  }
  clock_.advance(absl::Hours(48));
  TestLog log(fs_, clock_, {.rotate_at_bytes = 150, .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"c"});
  EXPECT_TRUE(log.writer->sync().ok());
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_FALSE(fs_.exists(sealed(1, 2)));
}

TEST_F(SegmentCornersTest, ASegmentThatCannotBeOpenedForItsSyncIsNotForgotten) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
  }
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground, .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.writer->flush().ok());  // opens it; compresses nothing
  fs_.forget_calls();
  fs_.fail_once_named("open", EMFILE);
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(count_calls("sync_data " + sealed(1, 1)), 1);
}

TEST_F(SegmentCornersTest, TheNewestStaysThoughWhatWasSyncedBehindItWasCutOff) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 150, .retain_for = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  ASSERT_TRUE(fs_.exists(sealed(1, 2)));
  EXPECT_TRUE(log.writer->sync().ok());
  fs_.set_content("/log.jsonl", "");  // copytruncate
  clock_.advance(absl::Minutes(1));
  append_each(log, {"d"});
  clock_.advance(absl::Hours(1));
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 2)));  // nothing behind it is synced: "d" is not
  EXPECT_EQ(count_calls("sync_data"), 0);
}

}  // namespace
}  // namespace logslice::testing
