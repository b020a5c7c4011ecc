// Two things go wrong at once: a file that is to be sealed is changed by others, a failed write
// left whole lines, what must be moved aside cannot be.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class DoubleTroubleTest : public SegmentWriterTest {};

TEST_F(DoubleTroubleTest, EntriesThatWereGivenUpAndStandInASegmentAreCountedWhenTheLogIsOpened) {
  {
    TestLog log(fs_, clock_, {.sync_on_flush = true});
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    fs_.fail_once_named("sync_data", EIO);
    fs_.fail_named("create", ENOSPC);
    EXPECT_FALSE(log.append("b").ok());
    EXPECT_FALSE(log.writer->close().ok());
  }
  fs_.heal();
  EXPECT_EQ(scan_notes(fs_).size(), 2u);
  TestLog next(fs_, clock_);
  ASSERT_TRUE(next.open().ok());
  EXPECT_EQ(next.writer->entry_count_at_open(next.note_type()).value(), 2);
}

TEST_F(DoubleTroubleTest, EntriesThatWereDroppedAndStandInASegmentAreCountedWhenTheLogIsOpened) {
  {
    TestLog log(fs_, clock_, {.sync_on_flush = true, .max_pending_entries = 1});
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    fs_.fail_once_named("sync_data", EIO);
    fs_.fail_named("create", ENOSPC);
    EXPECT_FALSE(log.append("b").ok());
    (void)log.append("c");
    fs_.heal();
    EXPECT_TRUE(log.append("d").ok());
    EXPECT_TRUE(log.writer->close().ok());
  }
  const int64_t there = static_cast<int64_t>(scan_notes(fs_).size());
  TestLog next(fs_, clock_);
  ASSERT_TRUE(next.open().ok());
  EXPECT_EQ(next.writer->entry_count_at_open(next.note_type()).value(), there);
}

TEST_F(DoubleTroubleTest, AfterSealingOnlyTheNewFilesEntriesAreGoneWithIt) {
  for (const bool is_deleted : {true, false}) {
    FakeFileSystem fs;
    TestLog log(fs, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.append("b").ok());
    fs.fail_once_named("sync_data", EIO);
    EXPECT_FALSE(log.writer->sync().ok());
    EXPECT_TRUE(log.append("c").ok());
    ASSERT_TRUE(fs.exists(sealed(1, 2)));
    if (is_deleted)
      fs.remove("/log.jsonl");
    else
      fs.set_content("/log.jsonl", "");
    (void)log.writer->flush();
    ASSERT_EQ(log.diagnostics.back().event, "log_file_changed");
    EXPECT_EQ(log.diagnostics.back().first_seq, 3) << log.diagnostics.back().message;
    EXPECT_EQ(log.diagnostics.back().last_seq, 3);
  }
}

TEST_F(DoubleTroubleTest, LinesOfOthersInACopyStay) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  EXPECT_FALSE(log.append("b").ok());  // the second file is condemned, too
  fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "{\"foreign\":1}\n");
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_THAT(all_content(), HasSubstr("foreign"));
  EXPECT_THAT(log.events(), Contains("log_file_changed"));
}

TEST_F(DoubleTroubleTest, AFileThatIsCutWhileItWaitsToBeSealedIsReported) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("rename", EROFS);
  EXPECT_FALSE(log.append("c").ok());
  fs_.set_content("/log.jsonl", "");
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(scan_notes(fs_).size(), 2u);  // a and b are gone
  EXPECT_THAT(log.events(), Contains("log_file_changed"));
}

TEST_F(DoubleTroubleTest, LinesOfOthersBehindATornFirstLineStay) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.shorten_append(0, 10);
  fs_.tear_append(1, 0, EIO);
  fs_.tear_append(2, 0, EIO);  // their line cannot be ended
  fs_.on_call(
      4, [&] { fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "{\"foreign\":1}\n"); });
  (void)log.append("a");
  EXPECT_THAT(all_content(), HasSubstr("foreign"));
}

TEST_F(DoubleTroubleTest, WholeLinesThatAFailedWriteLeftAreNotWrittenAgain) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.tear_append(fs_.append_count(), 100000, EIO);
  (void)log.append("b");
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(scan_notes(fs_).size(), 3u) << fs_.content("/log.jsonl");
}

TEST_F(DoubleTroubleTest, ARenamedFileIsNotWrittenOnThoughItsDirectoryCannotBeSynced) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.fail_named("sync_directory", EIO);
  clock_.advance(absl::Seconds(1));
  (void)log.append("b");
  clock_.advance(absl::Seconds(1));
  (void)log.append("c");
  EXPECT_THAT(fs_.content("/elsewhere"), Not(HasSubstr("\"b\"")));
  const auto events = log.events();
  EXPECT_EQ(std::count(events.begin(), events.end(), "log_file_changed"), 1);
}

TEST_F(DoubleTroubleTest, AFileThatCannotBeReadIsSealedAllTheSame) {
  {
    TestLog log(fs_, clock_, {.sync_on_flush = true});
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
  }
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("read_at", EIO);
  EXPECT_TRUE(log.append("b").ok());
}

TEST_F(DoubleTroubleTest, ADirectoryThatCannotBeSyncedIsAskedOnceAStep) {
  TestLog log(fs_, clock_,
              {.flush_interval = 10, .sync_on_flush = true, .max_pending_entries = 10});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  for (int i = 0; i < 1000; ++i) log.accept("a");
  fs_.forget_calls();
  EXPECT_FALSE(log.writer->flush().ok());
  EXPECT_LT(count_calls("sync_data"), 10);
}

TEST_F(DoubleTroubleTest, ATornPieceOfOthersThatCannotBeMovedNowHoldsTheLogUpNoLonger) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  EXPECT_FALSE(log.append("a").ok());  // written, not synced
  fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "torn by others");
  fs_.fail_once_named("create", ENOSPC);  // of <log>.torn
  (void)log.writer->flush();
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok()) << log.writer->flush();
  EXPECT_TRUE(log.append("b").ok());
}

}  // namespace
}  // namespace logslice::testing
