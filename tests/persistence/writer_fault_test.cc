// What the writer does when the disk does not: nothing lost, nothing doubled, nothing glued.

#include <atomic>
#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using WriterFaultTest = WriterTest;

TEST_F(WriterFaultTest, FullDiskIsReportedOnceKeepsOrderAndHealsWithNumbers) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("first").ok());
  fs_.set_free_bytes(150);  // one line and a piece of the next
  for (int i = 2; i <= 6; ++i) (void)log.append("entry " + std::to_string(i));
  const int64_t settled = log.writer->settled_ticket();
  EXPECT_LT(settled, 6);
  ASSERT_THAT(log.events(), ElementsAre("log_write_failed"));
  const Diagnostic failure = log.diagnostics[0];
  EXPECT_EQ(failure.first_seq, settled + 1);
  EXPECT_EQ(failure.slice_type, "test:Note");
  EXPECT_EQ(failure.path, "/log.jsonl");
  EXPECT_THAT(failure.message, HasSubstr("No space left on device"));
  EXPECT_EQ(error_kind(failure.status), ErrorKind::kWrite);
  EXPECT_EQ(fs_.content("/log.jsonl").back(), '\n');

  fs_.heal();
  EXPECT_TRUE(log.append("entry 7").ok());
  EXPECT_EQ(log.writer->settled_ticket(), 7);
  ASSERT_THAT(log.events(), ElementsAre("log_write_failed", "log_write_healed"));
  EXPECT_EQ(log.diagnostics[1].first_seq, settled + 1);
  EXPECT_EQ(log.diagnostics[1].last_seq, 7);
  EXPECT_THAT(log.diagnostics[1].message, HasSubstr("none was dropped"));
  const std::vector<ScannedNote> notes = scan_notes(fs_, "/log.jsonl", {.strict = true});
  ASSERT_EQ(notes.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(notes[i].seq, static_cast<int64_t>(i) + 1);
}

TEST_F(WriterFaultTest, AnotherErrorIsReportedAgain) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.append("c").ok());
  fs_.fail_named("append", EIO);
  EXPECT_FALSE(log.append("d").ok());
  EXPECT_THAT(log.events(), ElementsAre("log_write_failed", "log_write_failed"));
}

TEST_F(WriterFaultTest, RetriesWriteTheSameBytes) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("b").ok());
  clock_.advance(absl::Hours(1));
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(fs_.content("/log.jsonl"), Not(HasSubstr("11:30")));
}

TEST_F(WriterFaultTest, PastTheBoundTheOldestAreDroppedCountedAndLeaveAHole) {
  TestLog log(fs_, clock_, {.max_pending_entries = 3});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("1").ok());
  fs_.fail_named("append", ENOSPC);
  for (int i = 2; i <= 8; ++i) (void)log.append(std::to_string(i));
  EXPECT_EQ(log.writer->marks().dropped_count, 4);
  EXPECT_EQ(log.writer->settled_ticket(), 5);
  EXPECT_THAT(log.events(), ElementsAre("log_write_failed", "log_entries_dropped"));
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(log.diagnostics.back().message, HasSubstr("4 entries dropped, seq 2 to 5"));
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "1"}, ScannedNote{6, "6"},
                                           ScannedNote{7, "7"}, ScannedNote{8, "8"}));
  EXPECT_EQ(log.writer->accepted_count(log.note_type()), 4);
}

TEST_F(WriterFaultTest, BytesThatWaitAreBoundedToo) {
  TestLog log(fs_, clock_, {.max_pending_bytes = 4096});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("create", EACCES);
  for (int i = 1; i <= 10; ++i) (void)log.append(std::string(1000, 'x'));
  EXPECT_EQ(log.writer->settled_ticket(), 7);
  EXPECT_EQ(log.writer->marks().dropped_count, 7);
}

TEST_F(WriterFaultTest, ClosingWithAFullDiskSaysWhatIsLost) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("append", ENOSPC);
  EXPECT_FALSE(log.append("a").ok());
  EXPECT_FALSE(log.append("b").ok());
  const absl::Status status = log.writer->close();
  EXPECT_EQ(error_kind(status), ErrorKind::kWrite);
  EXPECT_THAT(log.events(), ElementsAre("log_write_failed", "log_closed_unwritten"));
  EXPECT_EQ(log.diagnostics[1].first_seq, 1);
  EXPECT_EQ(log.diagnostics[1].last_seq, 2);
  EXPECT_EQ(log.writer->settled_ticket(), 2);
  // Their numbers were given: they are not given again after an orderly close.
  fs_.heal();
  TestLog next(fs_, clock_);
  ASSERT_TRUE(next.open().ok());
  EXPECT_EQ(next.accept("c"), 3);
}

TEST_F(WriterFaultTest, ShortWriteAtEveryLengthIsCutBackToWholeLines) {
  // Three lines in one write, cut at every byte; the rest then fails until it heals.
  FakeFileSystem probe_fs;
  {
    TestLog probe(probe_fs, clock_, {.flush_interval = 3});
    ASSERT_TRUE(probe.open().ok());
    for (const char* text : {"a", "bb", "ccc"}) (void)probe.append(text);
  }
  const std::string whole = probe_fs.content("/log.jsonl");
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    SCOPED_TRACE(cut);
    FakeFileSystem fs;
    TestLog log(fs, clock_, {.flush_interval = 3});
    ASSERT_TRUE(log.open().ok());
    fs.set_free_bytes(static_cast<int64_t>(cut));
    for (const char* text : {"a", "bb", "ccc"}) (void)log.append(text);
    const size_t newline = whole.rfind('\n', cut == 0 ? 0 : cut - 1);
    const std::string expected =
        cut == 0 || newline == std::string::npos ? "" : whole.substr(0, newline + 1);
    ASSERT_EQ(fs.content("/log.jsonl"), expected);
    fs.heal();
    ASSERT_TRUE(log.writer->flush().ok());
    ASSERT_EQ(fs.content("/log.jsonl"), whole);
  }
}

TEST_F(WriterFaultTest, OneShortWriteIsFinishedWithoutAReport) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.shorten_append(0, 10);
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_TRUE(log.diagnostics.empty());
  EXPECT_THAT(scan_notes(fs_, "/log.jsonl", {.strict = true}), ElementsAre(ScannedNote{1, "a"}));
}

TEST_F(WriterFaultTest, DiskThatIsFullWithinALineIsCalledFull) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.set_free_bytes(10);
  const absl::Status status = log.append("a");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("No space left on device"));
  EXPECT_EQ(fs_.content("/log.jsonl"), "");
  fs_.heal();
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(scan_notes(fs_, "/log.jsonl", {.strict = true}).size(), 2u);
}

TEST_F(WriterFaultTest, NothingIsWrittenBehindATornLineThatCannotBeCutNorSealed) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  const int64_t good_size = static_cast<int64_t>(fs_.content("/log.jsonl").size());
  fs_.set_free_bytes(10);
  fs_.fail_named("truncate", EIO);
  fs_.fail_named("rename", EIO);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_FALSE(log.append("c").ok());
  EXPECT_EQ(fs_.content("/log.jsonl").size(), static_cast<size_t>(good_size) + 10);
  fs_.heal();
  EXPECT_TRUE(log.append("d").ok());
  EXPECT_EQ(scan_notes(fs_, "/log.jsonl", {.strict = true}).size(), 4u);
}

TEST_F(WriterFaultTest, TornLineWithSomebodyElsesBytesBehindItIsEndedNotCut) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  // A failed write that left bytes behind is repaired by the next one.
  fs_.tear_append(fs_.append_count(), 10, EIO);
  EXPECT_FALSE(log.append("b").ok());
  fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "other");
  fs_.heal();
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_THAT(fs_.content("/log.jsonl"), HasSubstr("other\n"));
  EXPECT_EQ(scan_notes(fs_).size(), 3u);
}

TEST_F(WriterFaultTest, FailedWriteThatLeftBytesBehindIsNotGluedToItsRetry) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.tear_append(fs_.append_count(), 10, EIO);
  EXPECT_FALSE(log.append("b").ok());
  EXPECT_TRUE(log.append("c").ok());
  EXPECT_THAT(scan_notes(fs_),
              ElementsAre(ScannedNote{1, "a"}, ScannedNote{2, "b"}, ScannedNote{3, "c"}));
}

TEST_F(WriterFaultTest, TornLineInAFileThatWasCutUnderneathIsEndedNotContinued) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(log.append(text).ok());
  fs_.set_content("/log.jsonl", "");
  fs_.set_free_bytes(10);
  EXPECT_FALSE(log.append("d").ok());
  fs_.heal();
  EXPECT_TRUE(log.append("e").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{4, "d"}, ScannedNote{5, "e"}));
}

TEST_F(WriterFaultTest, DirectoryThatCannotBeSyncedNowIsSyncedLater) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("sync_directory", EMFILE);
  EXPECT_FALSE(log.append("a").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 0);
  fs_.heal();
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(log.writer->marks().synced_seq, 2);
}

TEST_F(WriterFaultTest, FileThatWasMovedAwayIsSyncedBeforeItsLinesAreCalledSo) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.move("/log.jsonl", "/moved.jsonl");
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->flush().ok());
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_THAT(calls, Contains(HasSubstr("sync_data")));
  EXPECT_EQ(log.writer->marks().synced_seq, 1);
}

TEST_F(WriterFaultTest, NumbersOfAFileThatWasMovedAwayAreNotGivenAgainAfterAKill) {
  std::string sidecar;
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(log.append("a").ok());
    fs_.move("/log.jsonl", "/moved.jsonl");
    EXPECT_TRUE(log.writer->flush().ok());
    sidecar = fs_.content("/log.jsonl.lock");
  }
  // What a kill after the flush leaves.
  fs_.set_content("/log.jsonl.lock", sidecar);
  TestLog again(fs_, clock_);
  ASSERT_TRUE(again.open().ok());
  EXPECT_TRUE(again.append("b").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{10, "b"}));
}

TEST_F(WriterFaultTest, WrittenLinesAtTheBoundAreSyncedNotForgotten) {
  TestLog log(fs_, clock_, {.sync_on_flush = true, .max_pending_entries = 6});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("first").ok());
  const int64_t line_bytes = static_cast<int64_t>(fs_.content("/log.jsonl").size());
  std::vector<int64_t> seqs;
  for (int i = 0; i < 9; ++i) seqs.push_back(log.accept("x"));
  fs_.set_free_bytes(2 * line_bytes);
  EXPECT_FALSE(log.writer->flush().ok());
  const LogMarks marks = log.writer->marks();
  EXPECT_EQ(marks.synced_seq, 3);
  EXPECT_EQ(marks.dropped_count, 1);
}

TEST_F(WriterFaultTest, NobodyWaitsForASinkThatIsAtWork) {
  std::atomic<bool> is_inside = false;
  std::atomic<bool> has_flushed = false;
  std::vector<std::string> events;
  auto writer = PersistentLogWriter::open({.path = "/log.jsonl"},
                                          {&clock_, &fs_, [&](const Diagnostic& diagnostic) {
                                             events.push_back(diagnostic.event);
                                             is_inside = true;
                                             while (!has_flushed) std::this_thread::yield();
                                           }});
  ASSERT_TRUE(writer.ok());
  const int type = (*writer)->register_type(internal::type_table<Note>());
  const Note note{"a", 1};
  ASSERT_TRUE((*writer)->accept(type, &note).ok());
  fs_.fail_named("append", EIO);
  std::thread failing([&] { EXPECT_FALSE((*writer)->flush().ok()); });
  while (!is_inside) std::this_thread::yield();
  fs_.heal();
  EXPECT_TRUE((*writer)->flush().ok());
  has_flushed = true;
  failing.join();
  EXPECT_TRUE((*writer)->close().ok());
  // The healing was delivered all the same, by the thread that was at it.
  EXPECT_EQ(events.size(), 2u);
}

TEST_F(WriterFaultTest, FollowersOfAFailedBatchLearnThatItFailed) {
  TestLog log(fs_, clock_, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  fs_.fail_named("append", ENOSPC);
  std::mutex window;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        int64_t seq = 0;
        {
          const std::lock_guard lock(window);
          seq = log.accept("x");
        }
        EXPECT_EQ(error_kind(log.writer->write_through(seq)), ErrorKind::kWrite);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(log.events(), ElementsAre("log_write_failed"));
  fs_.heal();
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_EQ(scan_notes(fs_, "/log.jsonl", {.strict = true}).size(), 400u);
}

TEST_F(WriterFaultTest, EmptyFileThatAppearsBeforeTheFirstWriteIsUsed) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.set_content("/log.jsonl", "");
  EXPECT_TRUE(log.append("ours").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "ours"}));
}

TEST_F(WriterFaultTest, LogThatAppearsWithNumbersOfItsOwnIsNotMixedWithOurs) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.set_content("/log.jsonl",
                  "{\"__type__\":\"test:Note\",\"text\":\"theirs\",\"__seq__\":1}\n{\"__t");
  EXPECT_FALSE(log.append("ours").ok());
  EXPECT_FALSE(log.append("ours too").ok());
  EXPECT_THAT(log.events(), ElementsAre("log_torn_tail", "log_write_failed"));
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "theirs"}));
  fs_.remove("/log.jsonl");
  EXPECT_TRUE(log.writer->flush().ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "ours"}, ScannedNote{2, "ours too"}));
}

TEST_F(WriterFaultTest, FileOfAnotherProgramAtThePathIsNotWrittenTo) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  fs_.set_content("/log.jsonl", "no log\n");
  EXPECT_FALSE(log.append("a").ok());
  EXPECT_EQ(fs_.content("/log.jsonl"), "no log\n");
  EXPECT_THAT(log.events(), ElementsAre("log_write_failed"));
  fs_.remove("/log.jsonl");
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_EQ(scan_notes(fs_).size(), 2u);
}

TEST_F(WriterFaultTest, SinkMayUseTheLogAndMayThrow) {
  fs_.fail_named("append", ENOSPC);
  int call_count = 0;
  std::shared_ptr<PersistentLogWriter> writer;
  const Note note{"x"};
  int type = 0;
  const auto append = [&] { (void)writer->write_through(*writer->accept(type, &note)); };
  writer = *PersistentLogWriter::open({.path = "/log.jsonl"},
                                      {&clock_, &fs_, [&](const Diagnostic& diagnostic) {
                                         ++call_count;
                                         if (diagnostic.event == "log_write_failed") append();
                                         throw std::runtime_error("the sink is broken, too");
                                       }});
  type = writer->register_type(internal::type_table<Note>());
  append();
  EXPECT_EQ(call_count, 1);
  fs_.heal();
  append();
  EXPECT_EQ(call_count, 2);
  EXPECT_EQ(scan_notes(fs_).size(), 3u);
  EXPECT_TRUE(writer->close().ok());
}

// One short life of a log: two batches, a sync, a reopening with two more.
struct Life {
  std::vector<ScannedNote> settled;  // told to be written or synced when the life ended
  int64_t accepted_count = 0;
};

Life live(FakeFileSystem& fs, FakeClock& clock, bool is_synced) {
  Life life;
  for (int opening = 0; opening < 2; ++opening) {
    TestLog log(fs, clock, {.flush_interval = 2, .sync_on_flush = is_synced});
    if (!log.open().ok()) continue;
    std::vector<ScannedNote> accepted;
    for (int i = 0; i < 4; ++i) {
      const std::string text = std::to_string(opening) + "." + std::to_string(i);
      const int64_t seq = log.accept(text);
      if (seq < 0) continue;
      accepted.push_back({seq, text});
      if (log.writer->wants_flush()) (void)log.writer->write_through(seq);
      clock.advance(absl::Milliseconds(60));
    }
    fs.heal();  // a fault that is for ever ends here, so that the log can be finished
    (void)log.writer->flush();
    for (const ScannedNote& note : accepted) {
      if (log.writer->settled_ticket() >= note.seq) life.settled.push_back(note);
    }
    life.accepted_count += static_cast<int64_t>(accepted.size());
  }
  return life;
}

void expect_nothing_lost_or_doubled(FakeFileSystem& fs, const Life& life) {
  fs.heal();
  const std::vector<ScannedNote> notes = scan_notes(fs);
  for (size_t i = 1; i < notes.size(); ++i) ASSERT_LT(notes[i - 1].seq, notes[i].seq);
  for (const ScannedNote& note : life.settled) ASSERT_THAT(notes, Contains(note));
  const std::string content = fs.content("/log.jsonl");
  ASSERT_TRUE(content.empty() || content.back() == '\n');
}

TEST_F(WriterFaultTest, AFaultAtEveryCallOnceOrForEverLosesAndDoublesNothing) {
  int64_t runs = 0;
  for (const bool is_synced : {false, true}) {
    FakeFileSystem probe;
    FakeClock clock;
    (void)live(probe, clock, is_synced);
    const int64_t call_count = probe.call_count();
    for (const int error : {ENOSPC, EIO, EACCES}) {
      for (const Times times : {Times::kOnce, Times::kForEver}) {
        for (int64_t index = 0; index < call_count; ++index, ++runs) {
          SCOPED_TRACE(::testing::Message()
                       << "synced " << is_synced << ", errno " << error << ", for ever "
                       << (times == Times::kForEver) << ", call " << index);
          FakeFileSystem fs;
          FakeClock run_clock;
          fs.fail_call(index, error, times);
          const Life life = live(fs, run_clock, is_synced);
          expect_nothing_lost_or_doubled(fs, life);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
  RecordProperty("runs", std::to_string(runs));
  EXPECT_GT(runs, 300);
}

}  // namespace
}  // namespace logslice::testing
