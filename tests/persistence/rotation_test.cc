// A healthy file makes room for a new one when it is long or old enough.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A line of a Note with a text of one byte and a number of one digit.
const auto kLineBytes = static_cast<int64_t>(note_line(1, "a").size());

class RotationTest : public SegmentWriterTest {};

// ---- By size

TEST_F(RotationTest, TheWriteThatReachesTheLimitSealsTheFile) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  append_each(log, {"b"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2)));  // a new file comes with the next entry
  append_each(log, {"c", "d", "e"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), sealed(3, 4), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e");
  EXPECT_THAT(log.events(), ElementsAre("log_segment_sealed", "log_segment_sealed"));
  EXPECT_EQ(log.diagnostics[0].severity, Severity::kInfo);
  EXPECT_EQ(log.diagnostics[1].first_seq, 3);
  EXPECT_EQ(log.diagnostics[1].last_seq, 4);
  EXPECT_TRUE(log.diagnostics[1].status.ok());
  EXPECT_TRUE(log.writer->close().ok());
}

TEST_F(RotationTest, ABatchIsDividedSoThatNoSegmentIsLongerByMoreThanALine) {
  TestLog log(fs_, clock_, {.flush_interval = 100, .rotate_at_bytes = 2 * kLineBytes + 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d", "e", "f", "g"});
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3), sealed(4, 6), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f 7:g");
}

TEST_F(RotationTest, ALineLongerThanTheLimitEndsItsSegment) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 50});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", std::string(2000, 'b'), "c"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), sealed(2, 2), sealed(3, 3)));
}

TEST_F(RotationTest, AFileThatIsTooLongOnOpeningIsSealedBeforeTheNextWrite) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b", "c"});
  }
  TestLog log(fs_, clock_, {.rotate_at_bytes = 10});
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  append_each(log, {"d"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3), sealed(4, 4)));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(RotationTest, ALogThatEndsWithASealGoesOnBehindItAndKnowsItsCounts) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b"});
    EXPECT_TRUE(log.writer->close().ok());
  }
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), sealed(2, 2)));
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  fs_.forget_calls();
  EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 2);
  EXPECT_THAT(fs_.calls(), IsEmpty());  // nothing was read for it
  append_each(log, {"c"});
  EXPECT_EQ(entries(), "1:a 2:b 3:c");
}

TEST_F(RotationTest, LinesWithoutNumbersCountFromOneInTheNameOfTheirSegment) {
  fs_.set_content("/log.jsonl", "{\"event\":\"x\"}\n{\"event\":\"y\"}\n");
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 5, .adopt_foreign = true});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
    EXPECT_THAT(files(), ElementsAre(sealed(1, 2), sealed(3, 3)));
  }
  for (const std::string& name : files()) fs_.remove(name);
  fs_.remove("/log.jsonl.lock");
  fs_.set_content("/log.jsonl", "{\"event\":\"x\"}\n{\"event\":\"y\"}\n");
  TestLog log(fs_, clock_, {.rotate_at_bytes = 60, .adopt_foreign = true});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3)));
}

// ---- By age

TEST_F(RotationTest, AFileWhoseFirstEntryIsOldEnoughIsSealedBeforeTheNextWrite) {
  TestLog log(fs_, clock_, {.rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  clock_.advance(absl::Minutes(40));
  append_each(log, {"b"});
  clock_.advance(absl::Minutes(20));
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c");
}

TEST_F(RotationTest, TheAgeOfAFileThatIsFoundIsThatOfItsFirstEntry) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a"});
    clock_.advance(absl::Minutes(59));
    append_each(log, {"b"});
  }
  TestLog log(fs_, clock_, {.rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  clock_.advance(absl::Minutes(1));
  append_each(log, {"d"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3), "/log.jsonl"));
}

TEST_F(RotationTest, AnIdleLogIsSealedAtAFlushAndAtClose) {
  TestLog log(fs_, clock_, {.rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1)));
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->flush().ok());  // there is nothing to seal
  append_each(log, {"b"});
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), sealed(2, 2)));
}

TEST_F(RotationTest, InBackgroundModeAnIdleLogIsSealedInTime) {
  TestLog log(fs_, clock_, {.write_mode = WriteMode::kBackground, .rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_EQ(log.writer->time_to_step(), absl::InfiniteDuration());
  (void)log.accept("a");
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_EQ(log.writer->time_to_step(), absl::Hours(1));
  clock_.advance(absl::Hours(1));
  EXPECT_EQ(log.writer->time_to_step(), absl::ZeroDuration());
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1)));
  EXPECT_EQ(log.writer->time_to_step(), absl::InfiniteDuration());
}

TEST_F(RotationTest, AClockThatGoesBackBeginsTheAgeAnew) {
  TestLog log(fs_, clock_, {.rotate_every = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  clock_.advance(-absl::Hours(48));
  append_each(log, {"b"});
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  clock_.advance(absl::Hours(1));
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), "/log.jsonl"));
}

// Else it would be asked all the time whether that log's file is old enough to be sealed.
TEST_F(RotationTest, AnotherLogThatStandsThereIsNotRotated) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 1,
               .rotate_every = absl::Hours(1),
               .max_pending_bytes = 4096});
  ASSERT_TRUE(log.open().ok());
  log.accept("a");
  EXPECT_TRUE(log.writer->step().ok());
  fs_.set_content("/log.jsonl", note_line(100, "x"));
  log.accept(std::string(10'000, 'b'));
  log.writer->step().IgnoreError();
  clock_.advance(absl::Hours(2));
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_EQ(log.writer->time_to_step(), absl::InfiniteDuration());
}

// ---- What is synced, and when

TEST_F(RotationTest, WithSyncOnFlushNothingIsSyncedTwice) {
  TestLog log(fs_, clock_, {.sync_on_flush = true, .rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.forget_calls();
  append_each(log, {"b", "c"});
  // The last two are the sidecar's.
  EXPECT_THAT(changes(),
              ElementsAre("append", "sync_data", "rename", "sync_directory", "write_at", "truncate",
                          "create", "append", "sync_data", "sync_directory"));
}

TEST_F(RotationTest, WithACadenceWhatIsUnsyncedIsSyncedBeforeTheFileGetsItsName) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100, .rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.forget_calls();
  append_each(log, {"b"});
  EXPECT_THAT(changes(), ElementsAre("append", "sync_data", "sync_directory", "rename",
                                     "sync_directory", "write_at", "truncate"));
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
}

TEST_F(RotationTest, WithoutSyncingOnlyTheNamesAreSynced) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  EXPECT_THAT(changes(), Not(Contains("sync_data")));
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  // Asked for, it is of all that was sealed, too.
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(changes(), ElementsAre("sync_data", "sync_data", "sync_directory"));
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
}

TEST_F(RotationTest, WithoutSyncingTheOldestOfManySegmentsIsSyncedSoThatFewFilesStayOpen) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 30; ++i) append_each(log, {"a"});
  EXPECT_LE(fs_.open_file_count(), 10);
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(changes(), Each(AnyOf("sync_data", "sync_directory")));
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
}

TEST_F(RotationTest, ASyncThatFailsInASealedSegmentIsToldOnceAndCounted) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
}

TEST_F(RotationTest, ASyncThatFailsBeforeSealingKeepsItsLines) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100, .rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_EQ(entries(), "1:a 2:b");
}

// ---- What fails

TEST_F(RotationTest, AFileThatCannotBeRenamedIsWrittenOnAndSealedLater) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("rename", EROFS);
  for (int second = 0; second < 100; ++second) {
    append_each(log, {"a", "b"});
    EXPECT_EQ(log.writer->marks().written_seq, 2 * second + 2);
    clock_.advance(absl::Seconds(1));
  }
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  EXPECT_THAT(log.events(), ElementsAre("log_rotation_failed"));
  EXPECT_EQ(log.diagnostics[0].severity, Severity::kWarning);
  EXPECT_THAT(log.diagnostics[0].message, HasSubstr("it is written on"));
  EXPECT_TRUE(log.writer->status().failure.ok());
  // At once, then after 1, 2, 4, … seconds.
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_LE(std::count_if(calls.begin(), calls.end(),
                          [](const std::string& call) { return call.starts_with("rename"); }),
            9);
  fs_.heal();
  clock_.advance(absl::Seconds(64));
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 200), "/log.jsonl"));
  append_each(log, {"d"});
  EXPECT_THAT(files(), ElementsAre(sealed(1, 200), sealed(201, 202)));
  EXPECT_THAT(log.events(),
              ElementsAre("log_rotation_failed", "log_segment_sealed", "log_segment_sealed"));
}

TEST_F(RotationTest, WhileTheNewNameIsNotDurableEntriesWait) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  EXPECT_TRUE(log.append("a").ok());  // it is written
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(log.events(), ElementsAre("log_rotation_failed"));
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1)));
  EXPECT_THAT(log.events(), ElementsAre("log_rotation_failed", "log_write_failed"));
  fs_.heal();
  append_each(log, {"d"});
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
  EXPECT_EQ(log.events().back(), "log_write_healed");
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), sealed(2, 2), sealed(3, 3), sealed(4, 4)));
}

TEST_F(RotationTest, AFullDiskThatTakesNoNewFileLosesNothing) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.fail_named("create", ENOSPC);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.append("c").ok());
  fs_.heal();
  append_each(log, {"d"});
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(RotationTest, AFileThatSomebodyHasMovedIsNotSealed) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 2 * kLineBytes});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.set_content("/log.jsonl", "");
  append_each(log, {"b"});  // into what they moved, within the 100 ms
  append_each(log, {"c"});
  EXPECT_THAT(files(), ElementsAre("/elsewhere", "/log.jsonl"));
  EXPECT_THAT(log.events(), ElementsAre("log_file_changed"));
  EXPECT_EQ(entries(), "3:c");
  EXPECT_EQ(entries("/elsewhere"), "1:a 2:b");
}

}  // namespace
}  // namespace logslice::testing
