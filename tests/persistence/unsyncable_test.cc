// What was written and cannot be synced any more: counted, told by range, never called synced.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;

std::string lines(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += note_line(seq, "a", 0);
  return all;
}

class UnsyncableTest : public SegmentWriterTest {};

TEST_F(UnsyncableTest, ASyncOfARenamedFileThatFailsIsAnErrorAndIsCounted) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 2);
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
}

TEST_F(UnsyncableTest, ASyncThatComesAfterTheFileWasDeletedIsAnError) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.remove("/log.jsonl");
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
}

TEST_F(UnsyncableTest, LinesFoundOnOpeningAreInTheFileWhoseSyncFails) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.writer->close().ok());
  }
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_once_named("sync_data", EIO);
  (void)log.append("b");
  (void)log.writer->sync();
  // 1 to 5 were in the file whose only sync failed. Either they are not called synced, or they are
  // counted, and told.
  const LogMarks marks = log.writer->marks();
  EXPECT_TRUE(marks.synced_seq == 0 || marks.unsyncable_count == 5)
      << marks.synced_seq << " " << marks.unsyncable_count;
  EXPECT_EQ(log.diagnostics[0].event, "log_sync_failed");
  EXPECT_EQ(log.diagnostics[0].first_seq, 1);
}

TEST_F(UnsyncableTest, AFailedSyncOfATornFileIsReportedAsOne) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.shorten_append(fs_.append_count(), 10);
  fs_.tear_append(fs_.append_count() + 1, 0, EIO);
  fs_.fail_named("truncate", EIO);
  fs_.fail_once_named("sync_data", EIO);
  (void)log.append("b");
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
}

TEST_F(UnsyncableTest, AFailedSyncOfATruncatedFileIsReportedAsOne) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.set_content("/log.jsonl", fs_.content("/log.jsonl").substr(0, 103));
  fs_.fail_once_named("sync_data", EIO);
  (void)log.writer->flush();
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
}

TEST_F(UnsyncableTest, ASyncThatWasAskedForTellsOfLinesFoundOnOpening) {
  for (const int way : {0, 1, 2}) {
    FakeFileSystem fs;
    {
      TestLog log(fs, clock_);
      ASSERT_TRUE(log.open().ok());
      EXPECT_TRUE(log.append("a").ok());
    }
    LogPersistenceConfig config;
    config.sync_on_flush = way == 1;
    config.sync_every_entries = way == 2 ? 10 : 0;
    TestLog log(fs, clock_, config);
    ASSERT_TRUE(log.open().ok());
    log.accept("b");
    fs.fail_once_named("sync_data", EIO);
    EXPECT_FALSE(log.writer->sync().ok()) << way;
    EXPECT_EQ(log.writer->marks().unsyncable_count, way == 0 ? 2 : 1);
    EXPECT_TRUE(log.writer->sync().ok());
    EXPECT_EQ(log.writer->marks().synced_seq, 2);
  }
}

TEST_F(UnsyncableTest, WhatIsLeftOfATruncatedFileIsSyncedBeforeItIsSealed) {
  for (const int way : {0, 1, 2}) {
    FakeFileSystem fs;
    {
      TestLog log(fs, clock_);
      ASSERT_TRUE(log.open().ok());
      EXPECT_TRUE(log.append("a").ok());
      EXPECT_TRUE(log.append("b").ok());
    }
    LogPersistenceConfig config;
    config.sync_on_flush = way == 1;
    config.sync_every_entries = way == 2 ? 10 : 0;
    TestLog log(fs, clock_, config);
    ASSERT_TRUE(log.open().ok());
    fs.set_content("/log.jsonl", fs.content("/log.jsonl").substr(0, 103));
    fs.forget_calls();
    log.accept("c");
    EXPECT_TRUE(log.writer->flush().ok());
    std::vector<std::string> changes;
    for (const std::string& call : fs.calls()) {
      const std::string name = call.substr(0, call.find(' '));
      if (name == "sync_data" || name == "rename") changes.push_back(call.substr(0, name.size()));
    }
    const auto renamed = std::find(changes.begin(), changes.end(), "rename");
    ASSERT_NE(renamed, changes.end());
    EXPECT_EQ(std::count(changes.begin(), renamed, "sync_data"), 1) << way;
  }
}

TEST_F(UnsyncableTest, KeptLinesOfWhichTheNewFileHasAPieceOnlyAreNotCounted) {
  TestLog log(fs_, clock_, {.flush_interval = 2, .sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  (void)log.append("a");
  EXPECT_TRUE(log.append("b").ok());
  // The sync fails; of the new file the first line is torn and cannot be cut off, and its sync
  // fails as well. Nothing is lost: all of it is kept.
  const int64_t appends = fs_.append_count();
  fs_.fail_named("sync_data", EIO);
  fs_.fail_named("truncate", EIO);
  fs_.shorten_append(appends + 1, 10);
  fs_.tear_append(appends + 2, 0, EIO);
  (void)log.append("c");
  EXPECT_FALSE(log.append("d").ok());
  EXPECT_FALSE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_EQ(scan_notes(fs_).size(), 4u);
}

TEST_F(UnsyncableTest, OnlyLinesOfTheFileItselfAreCounted) {
  fs_.set_content(sealed(1, 1000), lines(1, 1000));
  fs_.set_content("/log.jsonl", lines(1001, 1001));
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.fail_once_named("sync_data", EIO);
  // Whoever sealed the segment may not have synced it: that comes first, and fails.
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1000);
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1001);
}

TEST_F(UnsyncableTest, ASyncWithoutAnActiveFileAsksTheDeviceForTheNames) {
  fs_.set_content(sealed(1, 3), lines(1, 3));
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  EXPECT_GT(count_calls("sync_"), 0);
}

}  // namespace
}  // namespace logslice::testing
