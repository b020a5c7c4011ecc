// The sync cadence: every so many entries, or so often, what is written is made durable. Until
// then it is settled, but its lines are kept.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "diagnostics_outbox.h"
#include "log_appender.h"
#include "log_progress.h"
#include "log_type.h"
#include "pending_queue.h"
#include "tests/persistence/segment_fixture.h"
#include "write_health.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class CadenceTest : public SegmentWriterTest {};

// ---- When it syncs

TEST_F(CadenceTest, EverySoManyEntriesAreSynced) {
  TestLog log(fs_, clock_, {.sync_every_entries = 3});
  ASSERT_TRUE(log.open().ok());
  std::vector<int64_t> synced;
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(log.append("a").ok());
    synced.push_back(log.writer->marks().synced_seq);
  }
  EXPECT_THAT(synced, ElementsAre(0, 0, 3, 3, 3, 6, 6));
  EXPECT_EQ(count_calls("sync_data"), 2);
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 6) << "a flush writes, time does not count here";
}

TEST_F(CadenceTest, AFlushThatLeavesMoreThanThatSyncsAllOfIt) {
  TestLog log(fs_, clock_, {.flush_interval = 5, .sync_every_entries = 3});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(log.append("a").ok());
  EXPECT_EQ(log.writer->marks().written_seq, 0);
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 5);
  EXPECT_EQ(count_calls("sync_data"), 1);
}

TEST_F(CadenceTest, WhatIsUnsyncedForSoLongIsSyncedByTheNextAppend) {
  TestLog log(fs_, clock_, {.sync_every = absl::Seconds(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  clock_.advance(absl::Milliseconds(999));
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  clock_.advance(absl::Milliseconds(1));
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  // The age is that of the oldest since, not of the last sync.
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  clock_.advance(absl::Seconds(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 4) << "a flush of an idle log looks at the clock, too";
}

TEST_F(CadenceTest, OfBothTheFirstThatIsReachedCounts) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2, .sync_every = absl::Seconds(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
  EXPECT_TRUE(log.append("c").ok());
  clock_.advance(absl::Seconds(1));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
  // Each sync begins both anew.
  EXPECT_TRUE(log.append("d").ok());
  clock_.advance(absl::Milliseconds(999));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3);
}

TEST_F(CadenceTest, AClockThatGoesBackNeitherStopsNorFloodsSyncing) {
  TestLog log(fs_, clock_, {.sync_every = absl::Seconds(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  clock_.advance(-absl::Hours(1));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(log.append("b").ok());
    clock_.advance(absl::Milliseconds(1));
  }
  EXPECT_LE(count_calls("sync_data"), 1);
  clock_.advance(absl::Seconds(1));
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 102);
  EXPECT_LE(count_calls("sync_data"), 2);
}

TEST_F(CadenceTest, ALongQueueIsSyncedOnItsWay) {
  TestLog log(fs_, clock_, {.sync_every_entries = 10});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 3000; ++i) log.accept("a");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 3000);
  EXPECT_GE(count_calls("sync_data"), 4) << "one for each 64 KiB";
}

TEST_F(CadenceTest, SyncOnFlushIsNotChangedByIt) {
  std::vector<std::string> calls[2];
  for (const bool has_cadence : {false, true}) {
    FakeFileSystem fs;
    LogPersistenceConfig config{.flush_interval = 2, .sync_on_flush = true};
    if (has_cadence) config.sync_every_entries = 1;
    if (has_cadence) config.sync_every = absl::Nanoseconds(1);
    TestLog log(fs, clock_, config);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 1000; ++i) log.accept(std::string(100, 'a'));
    EXPECT_TRUE(log.writer->flush().ok());
    EXPECT_TRUE(log.writer->close().ok());
    calls[has_cadence ? 1 : 0] = fs.calls();
  }
  EXPECT_EQ(calls[0], calls[1]);
}

TEST_F(CadenceTest, ClosingSyncsWhatIsUnsyncedAndNothingElse) {
  for (const bool is_timed : {false, true}) {
    FakeFileSystem fs;
    LogPersistenceConfig config;
    if (is_timed) config.sync_every = absl::Hours(1);
    if (!is_timed) config.sync_every_entries = 2;
    TestLog log(fs, clock_, config);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.writer->close().ok());
    EXPECT_EQ(log.writer->marks().synced_seq, 1);
  }
  TestLog log(fs_, clock_, {.sync_every_entries = 1});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_EQ(count_calls("sync_"), 0);
}

TEST_F(CadenceTest, ClosingOnAFullDiskSyncsWhatIsWritten) {
  TestLog log(fs_, clock_, {.sync_every_entries = 10});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.set_free_bytes(0);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.writer->close().ok());
  EXPECT_EQ(count_calls("sync_data"), 1);
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
  EXPECT_EQ(log.writer->marks().dropped_count, 1);
}

// ---- What is kept, and what is settled

TEST_F(CadenceTest, EntriesAreSettledWhenTheyAreWritten) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100});
  ASSERT_TRUE(log.open().ok());
  for (int64_t seq = 1; seq <= 5; ++seq) {
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_EQ(log.writer->settled_ticket(), seq);
  }
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
}

TEST_F(CadenceTest, AtThePendingBoundItSyncsEarly) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100, .max_pending_entries = 4});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(log.append("a").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 8);

  FakeFileSystem fs;
  TestLog bytes(fs, clock_, {.sync_every = absl::Hours(1), .max_pending_bytes = 4096});
  ASSERT_TRUE(bytes.open().ok());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bytes.append(std::string(1500, 'a')).ok());
  EXPECT_EQ(bytes.writer->marks().synced_seq, 3);
}

TEST_F(CadenceTest, InBackgroundModeKeptLinesTakeNobodysRoom) {
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> writer =
      PersistentLogWriter::open_in_background({.path = "/log.jsonl",
                                               .write_mode = WriteMode::kBackground,
                                               .sync_every_entries = 7,
                                               .max_pending_entries = 8},
                                              {&clock_, &fs_, nullptr});
  ASSERT_TRUE(writer.ok());
  const int type = (*writer)->register_type(internal::type_table<Note>());
  const Note note{"a", 1};
  for (int64_t count = 1; count <= 6; ++count) {
    ASSERT_TRUE((*writer)->accept(type, &note).ok());
    EXPECT_TRUE((*writer)->step().ok());
    EXPECT_EQ((*writer)->unsettled_count(), 0);
  }
  EXPECT_EQ((*writer)->marks().synced_seq, 0);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE((*writer)->accept(type, &note).ok());
  EXPECT_TRUE((*writer)->step().ok());
  EXPECT_EQ((*writer)->marks().dropped_count, 0);
  EXPECT_EQ((*writer)->marks().written_seq, 14);
  EXPECT_GE((*writer)->marks().synced_seq, 8);
  EXPECT_TRUE((*writer)->close().ok());
  EXPECT_EQ((*writer)->marks().synced_seq, 14);
}

TEST_F(CadenceTest, AFailedSyncSealsTheFileAndWritesTheKeptLinesToANewOneByteForByte) {
  TestLog log(fs_, clock_, {.sync_every_entries = 3});
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c", "d", "e"}) EXPECT_TRUE(log.append(text).ok());
  fs_.fail_once_named("sync_data", EIO);
  clock_.advance(absl::Milliseconds(50));
  EXPECT_TRUE(log.append("f").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 6) << "the new file takes them, and its sync is due";
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_THAT(log.events(),
              ElementsAre("log_sync_failed", "log_segment_sealed", "log_write_healed"));
  EXPECT_EQ(log.diagnostics[0].first_seq, 4);
  EXPECT_EQ(log.diagnostics[0].last_seq, 6);
  EXPECT_THAT(files(), ElementsAre(sealed(1, 6), "/log.jsonl"));
  EXPECT_TRUE(fs_.content(sealed(1, 6)).ends_with(fs_.content("/log.jsonl")));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f");
}

TEST_F(CadenceTest, ASyncThatFailsDoesNotFailTheAppendThatWasWritten) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  fs_.fail_named("rename", EROFS);
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(log.writer->settled_ticket(), 2);
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
  // The next one cannot be written: nothing goes into that file any more.
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_EQ(log.writer->settled_ticket(), 2);
  fs_.heal();
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d");
}

TEST_F(CadenceTest, OfAFailedSyncWhatWasFoundOnOpeningIsCountedAsUnsyncable) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.append("b").ok());
  }
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 0) << "two that this writer wrote are not there yet";
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 2);
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
  EXPECT_EQ(log.diagnostics[0].first_seq, 1);
}

TEST_F(CadenceTest, ADeviceThatGoesOnFailingIsTriedAtAPaceAndGathersNoCopies) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  for (int second = 0; second < 600; ++second) {
    (void)log.append("b");
    clock_.advance(absl::Seconds(1));
  }
  EXPECT_EQ(files().size(), 3u);
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
  EXPECT_EQ(log.writer->marks().dropped_count, 0);
  const std::vector<std::string> events = log.events();
  EXPECT_LE(std::count(events.begin(), events.end(), "log_segment_sealed"), 20);
  fs_.heal();
  clock_.advance(absl::Seconds(64));
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 603);
  EXPECT_EQ(scan_notes(fs_, "/log.jsonl", {.strict = true}).size(), 603u);
}

TEST_F(CadenceTest, WrittenLinesThatCannotBeSyncedAreNoLongerKeptPastTheBoundButNotDropped) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100, .max_pending_entries = 4});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  // The disk is full as well, so that only dropping makes room.
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  fs_.set_free_bytes(0);
  for (const char* text : {"d", "e", "f"}) EXPECT_FALSE(log.append(text).ok());
  EXPECT_EQ(log.writer->marks().dropped_count, 0) << "a and b are in the file";
  fs_.heal();
  fs_.set_free_bytes(1 << 20);
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 6);
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f");
  EXPECT_EQ(log.writer->accepted_count(log.note_type()), 6);
}

TEST_F(CadenceTest, WhatIsNoLongerKeptIsUnsyncableIfItsSyncFails) {
  TestLog log(fs_, clock_, {.sync_every_entries = 100, .max_pending_entries = 4});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EIO);
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  fs_.set_free_bytes(0);
  for (const char* text : {"d", "e", "f"}) EXPECT_FALSE(log.append(text).ok());
  fs_.heal();
  fs_.set_free_bytes(1 << 20);
  fs_.fail_once_named("sync_data", EIO);
  (void)log.writer->sync();
  EXPECT_EQ(log.writer->marks().unsyncable_count, 2);  // a and b
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 6);
  EXPECT_EQ(log.writer->marks().dropped_count, 0);
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f");
  EXPECT_THAT(files(), ElementsAre(sealed(1, 6), "/log.jsonl"));
}

TEST_F(CadenceTest, ASegmentStaysIfLinesOfItAreGivenUpBeforeTheyAreInTheNext) {
  TestLog log(fs_, clock_, {.sync_every_entries = 3, .max_pending_entries = 4});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("create", ENOSPC);
  EXPECT_TRUE(log.append("c").ok()) << "it is written, and sealed with the two before it";
  for (const char* text : {"d", "e", "f"}) EXPECT_FALSE(log.append(text).ok());
  EXPECT_EQ(log.writer->marks().dropped_count, 2);  // a and b
  fs_.heal();
  EXPECT_TRUE(log.append("g").ok());
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 7);
  EXPECT_THAT(files(), ElementsAre(sealed(1, 3), "/log.jsonl"));
  EXPECT_EQ(entries(), "1:a 2:b 3:c 4:d 5:e 6:f 7:g");
}

TEST_F(CadenceTest, AFullDiskDoesNotKeepWhatIsWrittenFromBeingSynced) {
  TestLog log(fs_, clock_, {.sync_every = absl::Seconds(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.set_free_bytes(0);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_EQ(log.diagnostics[0].event, "log_write_failed");
  EXPECT_EQ(log.diagnostics[0].first_seq, 2) << "the first is written";
  clock_.advance(absl::Seconds(1));
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
}

TEST_F(CadenceTest, AFileThatCannotBeMadeDoesNotHastenTheNextAttempts) {
  TestLog log(fs_, clock_, {.sync_every = absl::Seconds(1)});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  clock_.advance(absl::Seconds(1));
  fs_.fail_named("sync_data", EIO);
  EXPECT_TRUE(log.append("b").ok());  // sealed at once; the new file's sync fails, too
  clock_.advance(absl::Seconds(1));
  fs_.fail_once_named("create", ENOSPC);
  EXPECT_FALSE(log.append("c").ok());  // that one is sealed; the third cannot be made
  const auto sealed_count = [&] {
    const std::vector<std::string> events = log.events();
    return std::count(events.begin(), events.end(), "log_segment_sealed");
  };
  EXPECT_EQ(sealed_count(), 2);
  EXPECT_TRUE(log.append("d").ok());  // written to the third, whose sync fails
  EXPECT_EQ(sealed_count(), 2) << "it waits for its time";
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
}

// ---- A file that somebody else changed

TEST_F(CadenceTest, KeptLinesOfADeletedFileAreWrittenAgain) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  fs_.remove("/log.jsonl");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(entries(), "3:c");
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 4);
}

TEST_F(CadenceTest, KeptLinesOfATruncatedFileAreWrittenAgain) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  const std::string content = fs_.content("/log.jsonl");
  fs_.set_content("/log.jsonl", content.substr(0, content.size() / 3));
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.diagnostics[0].event, "log_file_changed");
  EXPECT_EQ(log.diagnostics[0].first_seq, 2);
  EXPECT_EQ(log.diagnostics[0].last_seq, 2);
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(entries(), "1:a 3:c 4:d");
}

TEST_F(CadenceTest, ARenamedFileIsSyncedBeforeItIsLeft) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.move("/log.jsonl", "/elsewhere");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(entries(), "2:b");
}

TEST_F(CadenceTest, KeptLinesOfARenamedFileWhoseSyncFailsAreWrittenAgain) {
  TestLog log(fs_, clock_, {.sync_every_entries = 2});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(entries(), "1:a");
  EXPECT_EQ(log.writer->marks().unsyncable_count, 0);
  EXPECT_THAT(log.events(), Contains("log_sync_failed"));
}

TEST_F(CadenceTest, OfARenamedFileWhoseSyncFailsWhatIsNotKeptIsTold) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
  }
  TestLog log(fs_, clock_, {.sync_every_entries = 10});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.move("/log.jsonl", "/elsewhere");
  fs_.fail_once_named("sync_data", EIO);
  EXPECT_FALSE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().unsyncable_count, 1);
  EXPECT_EQ(entries(), "2:b");
  EXPECT_TRUE(log.writer->sync().ok());
}

// ---- When the next sync is due

TEST_F(CadenceTest, SyncDueIsWhenTheOldestUnsyncedEntryIsOldEnough) {
  internal::PendingQueue queue;
  internal::LogProgress progress;
  internal::DiagnosticsOutbox outbox(nullptr);
  internal::WriteHealth health("/log.jsonl", outbox);
  internal::LogType type(internal::type_table<Note>());
  const Note note{"a", 1};
  internal::LogAppender appender({.path = "/log.jsonl", .sync_every = absl::Seconds(5)},
                                 "/log.jsonl", clock_, fs_, queue, progress, health);
  ASSERT_TRUE(appender.open(std::nullopt).ok());
  const auto step = [&](internal::LogAppender::Sync sync) {
    return appender.step(sync, internal::LogAppender::Check::kWhenDue).ok();
  };
  using Sync = internal::LogAppender::Sync;
  EXPECT_EQ(appender.sync_due(), absl::InfiniteFuture());
  queue.push({&note, &type, 0});
  const absl::Time written = clock_.now();
  EXPECT_TRUE(step(Sync::kAsConfigured));
  EXPECT_EQ(appender.sync_due(), written + absl::Seconds(5));
  clock_.advance(absl::Seconds(2));
  queue.push({&note, &type, 0});
  EXPECT_TRUE(step(Sync::kAsConfigured));
  EXPECT_EQ(appender.sync_due(), written + absl::Seconds(5)) << "the oldest counts";
  // A failed sync, and its new file that cannot be made: it is still due.
  clock_.advance(absl::Seconds(3));
  fs_.fail_once_named("sync_data", EIO);
  fs_.fail_named("create", ENOSPC);
  EXPECT_FALSE(step(Sync::kAsConfigured));
  EXPECT_EQ(appender.sync_due(), written + absl::Seconds(5));
  fs_.heal();
  EXPECT_TRUE(step(Sync::kAsConfigured));
  EXPECT_EQ(progress.synced_seq, 2);
  EXPECT_EQ(appender.sync_due(), absl::InfiniteFuture());
  queue.push({&note, &type, 0});
  EXPECT_TRUE(step(Sync::kAlways));
  EXPECT_EQ(appender.sync_due(), absl::InfiniteFuture());
  appender.close(absl::OkStatus());
}

}  // namespace
}  // namespace logslice::testing
