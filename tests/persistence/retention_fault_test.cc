// Retention where the disk is full, or what it needs to know or to do fails.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RetentionFaultTest : public SegmentWriterTest {};

// Else a log that is bounded by its own retention would wait for room that it could make itself.
TEST_F(RetentionFaultTest, ADiskThatIsFullWhenAFileBeginsIsGivenRoom) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_segments = 2});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d", "e", "f"});
  fs_.set_free_bytes(0);
  EXPECT_TRUE(log.append("g").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(3, 4), sealed(5, 6), "/log.jsonl"));
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5, 6, 7));
  // Nothing had to wait.
  EXPECT_THAT(told(log, "log_write_failed"), IsEmpty());
  EXPECT_EQ(told(log, "log_segments_removed").size(), 1u);
}

TEST_F(RetentionFaultTest, ASystemThatTakesNoNewFileIsGivenRoom) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_segments = 2});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d", "e", "f"});
  fs_.fail_once_named("create", ENOSPC);
  EXPECT_TRUE(log.append("g").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(3, 4), sealed(5, 6), "/log.jsonl"));
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5, 6, 7));
}

TEST_F(RetentionFaultTest, TheLastStepIsGivenRoomToo) {
  TestLog log(fs_, clock_,
              {.flush_interval = 100, .rotate_at_bytes = kTwoLines, .retain_segments = 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  EXPECT_TRUE(log.writer->flush().ok());
  append_each(log, {"c", "d"});
  EXPECT_TRUE(log.writer->flush().ok());
  append_each(log, {"e"});
  fs_.set_free_bytes(0);
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_THAT(seqs(), ElementsAre(3, 4, 5));
}

// The newest segment tells where the numbers go on, whatever the limits say.
TEST_F(RetentionFaultTest, WhatStaysWhenADiskIsFullIsNeverNothing) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_for = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c", "d"});
  clock_.advance(absl::Hours(100));
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("e").ok());
  EXPECT_FALSE(log.append("f").ok());
  EXPECT_THAT(seqs(), ElementsAre(3, 4));
  fs_.heal();
  EXPECT_TRUE(log.append("g").ok());  // seals 5 and 6, and has an entry behind them
  EXPECT_THAT(seqs(), ElementsAre(5, 6, 7));
}

// Numbers that were given to what was dropped, or lost with a file, are synced nowhere.
TEST_F(RetentionFaultTest, TheNewestStaysWhereWhatCameBehindItWasDropped) {
  TestLog log(fs_, clock_, {.sync_on_flush = true, .retain_bytes = 200, .max_pending_entries = 2});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  // A disk that takes nothing at all, so that the torn line at the end stays.
  fs_.set_free_bytes(50);
  for (const char* const call : {"truncate", "rename"}) fs_.fail_named(call, ENOSPC);
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(log.append("d").ok());
    clock_.advance(absl::Minutes(10));
  }
  EXPECT_GT(log.writer->marks().dropped_count, 0);
  fs_.heal();
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("e").ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 3)));
}

TEST_F(RetentionFaultTest, OrWhereTheFileCouldNotBeLookedAt) {
  TestLog log(fs_, clock_,
              {.sync_on_flush = true,
               .rotate_every = absl::Hours(24),
               .retain_bytes = 200,
               .max_pending_entries = 2});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  clock_.advance(absl::Seconds(1));
  fs_.fail_named("fstat", EIO);
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(log.append("d").ok());
    clock_.advance(absl::Seconds(1));
  }
  fs_.heal();
  clock_.advance(absl::Hours(48));
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("e").ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 3)));
}

TEST_F(RetentionFaultTest, OrWhereItWasReplacedAndDeleted) {
  TestLog log(fs_, clock_,
              {.sync_on_flush = true, .rotate_at_bytes = kTwoLines, .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  clock_.advance(absl::Minutes(1));
  fs_.set_content("/log.jsonl", "hello\n");
  log.append("d").IgnoreError();
  fs_.remove("/log.jsonl");
  clock_.advance(absl::Hours(48));
  fs_.fail_named("create", ENOSPC);
  EXPECT_FALSE(log.append("e").ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 2)));
}

TEST_F(RetentionFaultTest, OrWhereThereWasNoFile) {
  TestLog log(fs_, clock_,
              {.rotate_at_bytes = 1, .retain_for = absl::Hours(24), .max_pending_bytes = 4096});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  fs_.fail_named("create", ENOSPC);
  EXPECT_TRUE(log.append(std::string(10'000, 'b')).ok());  // dropped
  EXPECT_EQ(log.writer->marks().dropped_count, 1);
  EXPECT_TRUE(log.writer->sync().ok());
  clock_.advance(absl::Hours(48));
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 1)));
}

TEST_F(RetentionFaultTest, OrWhereAnotherLogStoodMeanwhile) {
  TestLog log(fs_, clock_,
              {.rotate_at_bytes = 1, .retain_for = absl::Hours(24), .max_pending_bytes = 4096});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a"});
  const std::string other = note_line(100, "x");
  fs_.set_content("/log.jsonl", other);
  EXPECT_TRUE(log.append(std::string(10'000, 'b')).ok());  // refused there, and dropped
  EXPECT_EQ(log.writer->marks().dropped_count, 1);
  EXPECT_TRUE(log.writer->sync().ok());
  fs_.set_content("/log.jsonl", other + "{\"__type__\":\"tes");
  clock_.advance(absl::Hours(48));
  fs_.set_free_bytes(0);
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_TRUE(fs_.exists(sealed(1, 1)));
}

// What was written before the failed sync is in the segment alone until all of it is written again.
TEST_F(RetentionFaultTest, TheNewestStaysWhileSomeOfItIsOnlyThere) {
  TestLog log(fs_, clock_, {.sync_every = absl::Seconds(1), .retain_bytes = 1});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b", "c"});
  EXPECT_TRUE(log.writer->sync().ok());
  const auto line_bytes = static_cast<int64_t>(fs_.content("/log.jsonl").size()) / 3;
  append_each(log, {"d", "e"});
  clock_.advance(absl::Seconds(2));
  fs_.set_free_bytes(2 * line_bytes + 20);  // for "f", and one of what is written again
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_TRUE(log.append("f").ok());  // it is written
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_TRUE(fs_.exists(sealed(1, 6)));
  EXPECT_THAT(seqs(), ElementsAre(1, 2, 3, 4, 5, 6));
  fs_.heal();
  clock_.advance(absl::Seconds(2));
  append_each(log, {"g"});
  EXPECT_TRUE(log.writer->sync().ok());
  append_each(log, {"h"});
  EXPECT_FALSE(fs_.exists(sealed(1, 6)));
  EXPECT_THAT(seqs(), ElementsAre(4, 5, 6, 7, 8));
}

TEST_F(RetentionFaultTest, AnAgeThatCannotBeReadKeepsNoOtherLimitWaiting) {
  TestLog log(fs_, clock_,
              {.rotate_at_bytes = kTwoLines, .retain_segments = 2, .retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  append_each(log, {"a", "b"});
  fs_.set_unreadable(sealed(1, 2), 0, 1000);
  append_each(log, {"c"});
  for (int i = 0; i < 70; ++i) {
    clock_.advance(absl::Seconds(1));
    EXPECT_TRUE(log.writer->flush().ok());
  }
  for (int i = 0; i < 100; ++i) {
    append_each(log, {"d"});
    clock_.advance(absl::Milliseconds(20));
    ASSERT_LE(files().size(), 4u) << i;
  }
}

// A process that is out of descriptors cannot read how old a segment is, now.
TEST_F(RetentionFaultTest, AnAgeThatCannotBeReadIsReadLater) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines});
    ASSERT_TRUE(log.open().ok());
    append_each(log, {"a", "b", "c", "d", "e", "f"});
  }
  TestLog log(fs_, clock_, {.retain_for = absl::Hours(24)});
  ASSERT_TRUE(log.open().ok());
  for (const char* const call : {"create", "open"}) fs_.fail_named(call, EMFILE);
  EXPECT_FALSE(log.append("g").ok());
  fs_.heal();
  append_each(log, {"h"});
  clock_.advance(absl::Hours(48));
  append_each(log, {"i"});
  EXPECT_TRUE(log.writer->sync().ok());
  append_each(log, {"j"});
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
}

TEST_F(RetentionFaultTest, AFileThatCannotBeRemovedIsToldOnceAndTriedAtAPace) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = kTwoLines, .retain_segments = 1});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("unlink", EACCES);
  for (int second = 0; second < 100; ++second) {
    append_each(log, {"a"});
    clock_.advance(absl::Seconds(1));
  }
  EXPECT_EQ(told(log, "log_retention_failed").size(), 1u);
  EXPECT_THAT(told(log, "log_segments_removed"), IsEmpty());
  EXPECT_TRUE(log.writer->status().failure.ok());
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_LE(std::count_if(calls.begin(), calls.end(),
                          [](const std::string& call) {
                            return call.starts_with("unlink") && !call.ends_with(".tmp");
                          }),
            9);
  fs_.heal();
  clock_.advance(absl::Seconds(64));
  append_each(log, {"b"});
  EXPECT_THAT(seqs(), ElementsAre(99, 100, 101));
  EXPECT_EQ(told(log, "log_segments_removed").size(), 1u);
}

}  // namespace
}  // namespace logslice::testing
