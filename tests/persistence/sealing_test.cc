// The way out when a file must not be written any more: it is sealed, and a new one begun.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "logslice/persistence/log_info.h"
#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SealingTest : public SegmentWriterTest {
 protected:
  // The next line gets ten bytes far, and they cannot be cut off.
  void tear_next_append() {
    fs_.shorten_append(fs_.append_count(), 10);
    fs_.tear_append(fs_.append_count() + 1, 0, EIO);
    fs_.fail_named("truncate", EIO);
  }
};

// ---- A sync that fails

TEST_F(SealingTest, AFailedSyncSealsTheFileAndWritesWhatIsKeptToANewOneByteForByte) {
  TestLog log(fs_, clock_, {.flush_interval = 2, .sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  (void)log.append("a");
  EXPECT_TRUE(log.append("b").ok());
  fs_.fail_once_named("sync_data", EIO);
  (void)log.append("c");
  EXPECT_TRUE(log.append("d").ok());  // the new file takes it
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_THAT(log.events(),
              ElementsAre("log_sync_failed", "log_segment_sealed", "log_write_healed"));
  EXPECT_EQ(log.diagnostics[0].first_seq, 3);
  EXPECT_EQ(log.diagnostics[0].last_seq, 4);
  EXPECT_THAT(files(), ElementsAre(sealed(1, 4), "/log.jsonl"));
  const std::string old_file = fs_.content(sealed(1, 4));
  const std::string new_file = fs_.content("/log.jsonl");
  EXPECT_TRUE(old_file.ends_with(new_file)) << old_file << new_file;
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");

  (void)log.append("e");
  EXPECT_TRUE(log.append("f").ok());
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f");
  EXPECT_TRUE(log.writer->close().ok());
}

TEST_F(SealingTest, AFileWhoseSyncFailedIsNotSyncedAgain) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_once_named("sync_data", EIO);
  fs_.forget_calls();
  EXPECT_TRUE(log.append("b").ok());
  // Append and failed sync, then away with it, durably, before the new one is made.
  EXPECT_THAT(changes(),
              ElementsAre("append", "sync_data", "rename", "sync_directory", "create", "append",
                          "sync_data", "sync_directory", "write_at", "truncate"));
}

TEST_F(SealingTest, ADeviceThatGoesOnFailingIsTriedAtAPaceAndGathersNoCopies) {
  TestLog log(fs_, clock_, {.sync_on_flush = true, .max_pending_entries = 50});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  for (int second = 0; second < 600; ++second) {
    EXPECT_FALSE(log.append("b").ok());
    EXPECT_FALSE(log.append("b").ok());
    clock_.advance(absl::Seconds(1));
  }
  // The file that has a synced entry, the last copy, and the one at hand.
  EXPECT_THAT(files(), SizeIs(3));
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
  EXPECT_EQ(log.writer->marks().dropped_count, 1200 - 50);
  const std::vector<std::string> events = log.events();
  EXPECT_LE(std::count(events.begin(), events.end(), "log_segment_sealed"), 20);

  fs_.heal();
  clock_.advance(absl::Seconds(64));
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 1202);
  EXPECT_EQ(log.events().back(), "log_write_healed");
  EXPECT_TRUE(entries().ends_with("1201:b 1202:c"));
  EXPECT_TRUE(log.writer->close().ok());
}

TEST_F(SealingTest, FlushAndCloseDoNotWaitForThePace) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  EXPECT_FALSE(log.append("b").ok());
  fs_.heal();
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  fs_.fail_named("sync_data", EIO);
  EXPECT_FALSE(log.append("d").ok());
  fs_.heal();
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(SealingTest, TheTakenNameOfASegmentGetsAGeneration) {
  fs_.set_content(sealed(1, 2), "");
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());  // the names count: it is number 3
  fs_.set_content(sealed(3, 4), "");
  fs_.set_content(sealed(3, 4, 2), "");
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_THAT(files(), Contains(sealed(3, 4, 3)));
  EXPECT_EQ(entries(), "3:a 4:b");
}

TEST_F(SealingTest, WithoutSyncOnFlushAFailedSyncIsToldAndCountedButNothingWaits) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_TRUE(log.append("c").ok());
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_EQ(error_kind(log.writer->sync()), ErrorKind::kWrite);
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
  EXPECT_EQ(log.writer->marks().unsyncable_count, 2);
  EXPECT_EQ(log.diagnostics[0].event, "log_sync_failed");
  EXPECT_EQ(log.diagnostics[0].first_seq, 2);
  EXPECT_EQ(log.diagnostics[0].last_seq, 3);
  // It goes on in a new file, and what comes now can be synced.
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_EQ(log.writer->marks().unsyncable_count, 2);
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(SealingTest, IfTheFileCannotBeRenamedEverythingWaits) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  fs_.fail_named("rename", EROFS);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  EXPECT_EQ(log.writer->last_accepted_seq() - log.writer->settled_ticket(), 2);
  fs_.heal();
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(SealingTest, KeptLinesThatAreNotWrittenAgainYetAreNotCalledSynced) {
  TestLog log(fs_, clock_, {.flush_interval = 4, .sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c", "d"}) (void)log.append(text);
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  const int64_t line_bytes = static_cast<int64_t>(fs_.content("/log.jsonl").size()) / 4;
  for (const char* text : {"e", "f", "g"}) (void)log.append(text);
  // All four are written, their sync fails; the new file gets the first and a piece of the second,
  // which cannot be cut off, so that it is synced and sealed, too.
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("truncate", EIO);
  fs_.set_free_bytes(5 * line_bytes + 10);
  EXPECT_FALSE(log.append("h").ok());
  EXPECT_FALSE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().written_seq, 8);
  EXPECT_EQ(log.writer->marks().synced_seq, 5);
  EXPECT_EQ(log.writer->settled_ticket(), 5);
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 8);
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f 7:g 8:h");
}

TEST_F(SealingTest, ADirectoryThatCannotBeSyncedHoldsTheNewFileBack) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("sync_directory", EIO);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2)));
  EXPECT_FALSE(log.append("c").ok());
  fs_.heal();
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 2), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(SealingTest, AFileThatIsGoneBeforeItIsSealedTakesNobodyElsesPlace) {
  for (const bool is_replaced : {false, true}) {
    FakeFileSystem fs;
    TestLog log(fs, clock_, {.sync_on_flush = true});
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    fs.fail_named("sync_data", EIO);
    EXPECT_FALSE(log.append("b").ok());  // sealed once, and failed again: it waits
    fs.move("/log.jsonl", "/elsewhere.jsonl");
    if (is_replaced) fs.set_content("/log.jsonl", "");
    fs.heal();
    clock_.advance(absl::Seconds(2));
    EXPECT_TRUE(log.append("c").ok());
    EXPECT_TRUE(fs.exists("/elsewhere.jsonl"));
    EXPECT_FALSE(fs.exists(sealed(2, 2)));
    EXPECT_THAT(scan_notes(fs),
                ElementsAre(ScannedNote{1, "a"}, ScannedNote{2, "b"}, ScannedNote{3, "c"}));
    EXPECT_THAT(log.events(), Contains("log_file_changed"));
  }
}

// ---- A torn line that cannot be cut

TEST_F(SealingTest, ATornLineThatCannotBeCutIsSealedWithItsFile) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  tear_next_append();
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), "/log.jsonl"));
  EXPECT_NE(fs_.content(sealed(1, 1)).back(), '\n');
  EXPECT_EQ(entries(), "1:a 2:b 3:c");
  EXPECT_THAT(log.events(), Contains("log_segment_sealed"));
}

TEST_F(SealingTest, AFileOfNothingButATornLineIsRemovedInstead) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  tear_next_append();
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_THAT(files(), ElementsAre("/log.jsonl"));
  EXPECT_EQ(entries(), "1:a");
}

TEST_F(SealingTest, UnsyncedLinesOfASealedFileAreSyncedBeforeItIsLeft) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  tear_next_append();
  fs_.forget_calls();
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
  const std::vector<std::string> calls = fs_.calls();
  const auto synced = std::find(calls.begin(), calls.end(), "sync_data /log.jsonl");
  const auto renamed = std::find_if(calls.begin(), calls.end(), [](const std::string& call) {
    return call.starts_with("rename");
  });
  EXPECT_LT(synced, renamed);
  EXPECT_NE(renamed, calls.end());
}

// ---- A file that somebody else changed

TEST_F(SealingTest, WhatIsLeftOfATruncatedFileIsSealedAndKeptLinesAreWrittenAgain) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  const std::string two = fs_.content("/log.jsonl");
  // c is written, and its sync is not through: its directory cannot be synced.
  fs_.set_content("/log.jsonl", two.substr(0, two.find('\n') + 5));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(files(), ElementsAre(sealed(1, 1), "/log.jsonl.torn"));
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_THAT(log.events(), ElementsAre("log_file_changed", "log_torn_tail", "log_segment_sealed"));
  EXPECT_EQ(log.diagnostics[0].first_seq, 2);
  EXPECT_EQ(log.diagnostics[0].last_seq, 2);
  EXPECT_EQ(entries(), "1:a 3:c");
}

TEST_F(SealingTest, KeptLinesOfADeletedFileAreWrittenAgain) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  EXPECT_FALSE(log.append("a").ok());
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_EQ(log.writer->marks().written_seq, 2);
  fs_.remove("/log.jsonl");
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(entries(), "1:a 2:b");
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
}

// ---- Opening a log with segments

TEST_F(SealingTest, TheNextNumberFollowsTheNamesOfSegments) {
  for (const bool has_active : {false, true}) {
    FakeFileSystem fs;
    TestLog first(fs, clock_, {.sync_on_flush = true});
    ASSERT_TRUE(first.open().ok());
    EXPECT_TRUE(first.append("a").ok());
    EXPECT_TRUE(first.append("b").ok());
    EXPECT_TRUE(first.writer->close().ok());
    fs.move("/log.jsonl", sealed(1, 7));
    if (has_active) fs.set_content("/log.jsonl", "");
    fs.remove("/log.jsonl.lock");
    clock_.advance(-absl::Hours(1));
    TestLog next(fs, clock_);
    ASSERT_TRUE(next.open().ok());
    EXPECT_EQ(next.accept("c"), 8);
    EXPECT_TRUE(next.writer->flush().ok());
    // Time does not go back from one segment to the next.
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>("/log.jsonl", {.file_system = &fs});
    absl::Time last = absl::InfinitePast();
    for (auto it = scan->begin(); it != scan->end(); ++it) {
      EXPECT_LE(last, *it.ts());
      last = *it.ts();
    }
    EXPECT_EQ(scan->stats().entry_count, 3);
    clock_.advance(absl::Hours(1));
  }
}

TEST_F(SealingTest, CountsAtOpenAreOfAllSegments) {
  for (const bool has_sidecar : {true, false}) {
    FakeFileSystem fs;
    TestLog log(fs, clock_, {.sync_on_flush = true});
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    fs.fail_once_named("sync_data", EIO);
    EXPECT_TRUE(log.append("b").ok());
    EXPECT_TRUE(log.append("c").ok());
    EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 3);
    EXPECT_TRUE(log.writer->close().ok());
    if (!has_sidecar) fs.remove("/log.jsonl.lock");
    TestLog next(fs, clock_);
    ASSERT_TRUE(next.open().ok());
    fs.forget_calls();
    EXPECT_TRUE(next.append("d").ok());
    EXPECT_EQ(next.writer->entry_count(next.note_type()).value(), 4);
    EXPECT_EQ(next.writer->entry_count_at_open(next.note_type()).value(), 3);
    // With the sidecar no file is read.
    const std::vector<std::string> calls = fs.calls();
    EXPECT_EQ(std::none_of(calls.begin(), calls.end(),
                           [](const std::string& call) { return call.starts_with("read_at"); }),
              has_sidecar);
  }
}

TEST_F(SealingTest, ASealedSegmentIsNoLogToWrite) {
  TestLog log(fs_, clock_, {.path = sealed(1, 2)});
  const absl::Status status = log.open();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(text_of(status), HasSubstr("is a sealed segment of log.jsonl"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SealingTest, ANameThatLeavesNoRoomForSegmentsIsRefused) {
  TestLog log(fs_, clock_, {.path = "/" + std::string(201, 'x')});
  EXPECT_THAT(text_of(log.open()), HasSubstr("201 bytes"));
}

}  // namespace
}  // namespace logslice::testing
