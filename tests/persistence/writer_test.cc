#include <limits>
#include <thread>

#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

using PersistentLogWriterTest = WriterTest;

TEST_F(PersistentLogWriterTest, WritesOneLinePerEntryInCanonicalForm) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("hello", 7).ok());
  EXPECT_EQ(fs_.content("/log.jsonl"),
            "{\"__type__\":\"test:Note\",\"text\":\"hello\",\"number\":7,\"__seq__\":1,"
            "\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n");
}

TEST_F(PersistentLogWriterTest, CreatesDirectoriesAndSidecarAtOnceAndTheLogAtTheFirstWrite) {
  TestLog log(fs_, clock_, {.path = "/a/b/log.jsonl"});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(fs_.exists("/a/b/log.jsonl.lock"));
  EXPECT_FALSE(fs_.exists("/a/b/log.jsonl"));
  EXPECT_TRUE(log.append("x").ok());
  EXPECT_TRUE(fs_.exists("/a/b/log.jsonl"));
}

TEST_F(PersistentLogWriterTest, GoesOnWithTheNextSeqAfterReopening) {
  for (int i = 0; i < 3; ++i) {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.append("b").ok());
  }
  const std::vector<ScannedNote> notes = scan_notes(fs_);
  ASSERT_EQ(notes.size(), 6u);
  for (size_t i = 0; i < notes.size(); ++i) EXPECT_EQ(notes[i].seq, static_cast<int64_t>(i) + 1);
}

TEST_F(PersistentLogWriterTest, NumbersTwoTypesInOneSequence) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("a"), 1);
  EXPECT_EQ(log.accept_mark("m"), 2);
  EXPECT_EQ(log.accept("b"), 3);
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "a"}, ScannedNote{3, "b"}));
  EXPECT_EQ(log.writer->accepted_count(log.note_type()), 2);
  EXPECT_EQ(log.writer->entry_count(log.mark_type()).value(), 1);
}

TEST_F(PersistentLogWriterTest, GathersFlushIntervalEntriesIntoOneWrite) {
  TestLog log(fs_, clock_, {.flush_interval = 3});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(fs_.append_count(), 0);
  EXPECT_EQ(log.writer->settled_ticket(), 0);
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(fs_.append_count(), 1);
  EXPECT_EQ(log.writer->settled_ticket(), 3);
}

TEST_F(PersistentLogWriterTest, FlushesEarlyWhenTheBytesThatWaitReachTheirBound) {
  TestLog log(fs_, clock_, {.flush_interval = 100, .max_pending_bytes = 4096});
  ASSERT_TRUE(log.open().ok());
  log.accept("small");
  EXPECT_FALSE(log.writer->wants_flush());
  log.accept(std::string(5000, 'x'));
  EXPECT_TRUE(log.writer->wants_flush());
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_FALSE(log.writer->wants_flush());
}

TEST_F(PersistentLogWriterTest, CloseFlushesReleasesTheLockAndRefusesMore) {
  TestLog log(fs_, clock_, {.flush_interval = 10});
  ASSERT_TRUE(log.open().ok());
  log.accept("a");
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_EQ(scan_notes(fs_).size(), 1u);
  Note note;
  const absl::Status refused = log.writer->accept(log.note_type(), &note).status();
  EXPECT_EQ(error_kind(refused), ErrorKind::kClosed);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(error_kind(log.writer->flush()), ErrorKind::kClosed);
  TestLog next(fs_, clock_);
  EXPECT_TRUE(next.open().ok());
}

TEST_F(PersistentLogWriterTest, SecondWriterIsRefusedWithTheHoldersPidAndStartTime) {
  TestLog first(fs_, clock_);
  TestLog second(fs_, clock_);
  ASSERT_TRUE(first.open().ok());
  const absl::Status status = second.open();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(error_kind(status), ErrorKind::kLock);
  EXPECT_THAT(text_of(status),
              HasSubstr("process " + std::to_string(getpid()) + " since 2025-01-15T10:30:00"));
  EXPECT_TRUE(first.append("still mine").ok());
}

TEST_F(PersistentLogWriterTest, SyncOnFlushSyncsFileAndDirectoryBeforeAnEntryIsSettled) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.forget_calls();
  EXPECT_TRUE(log.append("a").ok());
  const std::vector<std::string> calls = fs_.calls();
  ASSERT_EQ(calls.size(), 5u);
  EXPECT_EQ(calls[0], "create /log.jsonl");
  EXPECT_THAT(calls[2], HasSubstr("append /log.jsonl"));
  EXPECT_EQ(calls[3], "sync_data /log.jsonl");
  EXPECT_EQ(calls[4], "sync_directory /");
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
}

TEST_F(PersistentLogWriterTest, FirstSyncMakesTheNamesOfAllDirectoriesAboveDurable) {
  TestLog log(fs_, clock_, {.path = "/a/b/log.jsonl"});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(fs_.calls(),
              IsSupersetOf({"sync_directory /a/b", "sync_directory /a", "sync_directory /"}));
  EXPECT_TRUE(log.append("b").ok());
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(fs_.calls(), Not(Contains(HasSubstr("sync_directory"))));
}

TEST_F(PersistentLogWriterTest, SyncMakesTheLogDurableWhateverTheConfiguration) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
}

TEST_F(PersistentLogWriterTest, FirstSyncAfterOpeningCoversWhatWasFound) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
  }
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(fs_.calls(), IsSupersetOf({"sync_data /log.jsonl", "sync_directory /"}));
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
}

TEST_F(PersistentLogWriterTest, TimeDoesNotGoBackWhenTheClockDoes) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  const absl::Time before = clock_.now();
  clock_.advance(-absl::Hours(1));
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_TRUE(log.writer->close().ok());
  TestLog again(fs_, clock_);
  ASSERT_TRUE(again.open().ok());
  EXPECT_TRUE(again.append("c").ok());
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>("/log.jsonl", {.file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  int count = 0;
  for (auto it = scan->begin(); it != scan->end(); ++it, ++count) EXPECT_EQ(it.ts(), before);
  EXPECT_EQ(count, 3);
}

TEST_F(PersistentLogWriterTest, SeqStopsAtItsLastValueAndNeverWraps) {
  fs_.set_content("/log.jsonl",
                  "{\"__type__\":\"test:Note\",\"text\":\"a\",\"number\":0,"
                  "\"__seq__\":9223372036854775805,"
                  "\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->last_accepted_seq(), std::numeric_limits<int64_t>::max());
  Note note;
  const absl::Status status = log.writer->accept(log.note_type(), &note).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_EQ(scan_notes(fs_).back().seq, std::numeric_limits<int64_t>::max());
  TestLog again(fs_, clock_);
  ASSERT_TRUE(again.open().ok());
  EXPECT_EQ(again.accept("d"), -1);
}

TEST_F(PersistentLogWriterTest, RepairedTextIsCountedAndReportedOnce) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("bad \xff").ok());
  EXPECT_TRUE(log.append("bad \xfe").ok());
  EXPECT_EQ(log.writer->marks().repaired_string_count, 2);
  EXPECT_THAT(log.events(), ElementsAre("log_text_repaired"));
}

TEST_F(PersistentLogWriterTest, CountsAtOpenComeFromTheSidecarOrFromTheFile) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("a").ok());
    EXPECT_TRUE(log.append("b").ok());
  }
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    fs_.forget_calls();
    EXPECT_EQ(log.writer->entry_count_at_open(log.note_type()).value(), 2);
    EXPECT_TRUE(fs_.calls().empty());
  }
  fs_.set_content("/log.jsonl.lock", "torn");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_EQ(log.writer->entry_count_at_open(log.note_type()).value(), 2);
  EXPECT_EQ(log.writer->entry_count(log.note_type()).value(), 3);
}

TEST_F(PersistentLogWriterTest, RefusedEntriesShowInTheMarks) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  log.writer->note_refused();
  EXPECT_EQ(log.writer->marks().refused_count, 1);
}

TEST_F(PersistentLogWriterTest, DispatchersShareSyncsAndLinesStayInOrder) {
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  std::mutex window;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        int64_t seq = 0;
        {
          const std::lock_guard lock(window);
          seq = log.accept("x");
        }
        EXPECT_TRUE(log.writer->write_through(seq).ok());
        EXPECT_GE(log.writer->settled_ticket(), seq);
        EXPECT_GE(log.writer->marks().synced_seq, seq);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<ScannedNote> notes = scan_notes(fs_);
  ASSERT_EQ(notes.size(), static_cast<size_t>(kThreads * kEach));
  for (size_t i = 0; i < notes.size(); ++i) EXPECT_EQ(notes[i].seq, static_cast<int64_t>(i) + 1);
}

TEST_F(PersistentLogWriterTest, ManyThreadsWithoutSyncLoseNothing) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  std::mutex window;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        int64_t seq = 0;
        {
          const std::lock_guard lock(window);
          seq = log.accept("x");
        }
        EXPECT_TRUE(log.writer->write_through(seq).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<ScannedNote> notes = scan_notes(fs_);
  ASSERT_EQ(notes.size(), 2000u);
  for (size_t i = 0; i < notes.size(); ++i) EXPECT_EQ(notes[i].seq, static_cast<int64_t>(i) + 1);
}

// ---- The file underneath ------------------------------------------------------------------------

TEST_F(PersistentLogWriterTest, DeletedLogIsReportedBySeqRangeAndBegunAnew) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.append("b").ok());
  fs_.remove("/log.jsonl");
  clock_.advance(absl::Milliseconds(101));
  EXPECT_TRUE(log.append("c").ok());
  ASSERT_THAT(log.events(), ElementsAre("log_file_changed"));
  EXPECT_EQ(log.diagnostics[0].first_seq, 1);
  EXPECT_EQ(log.diagnostics[0].last_seq, 2);
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{3, "c"}));
}

TEST_F(PersistentLogWriterTest, RenamedLogKeepsItsEntriesAndANewOneIsBegun) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.move("/log.jsonl", "/old.jsonl");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_THAT(log.events(), ElementsAre("log_file_changed"));
  EXPECT_THAT(scan_notes(fs_, "/old.jsonl"), ElementsAre(ScannedNote{1, "a"}));
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{2, "b"}));
}

TEST_F(PersistentLogWriterTest, TruncationIsReportedAndNeverMakesAHoleOfNuls) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  const std::string content = fs_.content("/log.jsonl");
  fs_.set_content("/log.jsonl", content.substr(0, content.size() / 2));
  EXPECT_TRUE(log.writer->flush().ok());
  ASSERT_FALSE(log.events().empty());
  EXPECT_EQ(log.diagnostics[0].event, "log_file_changed");
  EXPECT_EQ(log.diagnostics[0].first_seq, 2);
  EXPECT_EQ(log.diagnostics[0].last_seq, 3);
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_THAT(scan_notes(fs_, "/log.jsonl", {.strict = true}),
              ElementsAre(ScannedNote{1, "a"}, ScannedNote{4, "d"}));
}

TEST_F(PersistentLogWriterTest, LinesOfOthersAreReportedAndKept) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "{\"mine\":1}\n");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(log.events(), ElementsAre("log_file_changed"));
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "a"}, ScannedNote{2, "b"}));
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 3);
}

}  // namespace
}  // namespace logslice::testing
