// A session whose logs are written by a thread beside it, on disks that work, fail, hang and heal.

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/session/background_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using State = PersistenceStatus::State;

constexpr absl::Duration kNoTime = absl::Milliseconds(20);

class BackgroundTest : public BackgroundFixture {
 protected:
  BackgroundTest() { begin(); }

  std::vector<int64_t> seqs() {
    std::vector<int64_t> all;
    auto scan = scan_log<Call>("/log.jsonl", {.strict = true, .file_system = &disk_});
    if (!scan.ok()) return all;
    for (auto it = scan->begin(); it != scan->end(); ++it) all.push_back(it.seq());
    EXPECT_OK(scan->status());
    return all;
  }
  State state() { return session_->persistence_status<Call>()->state; }
};

TEST_F(BackgroundTest, EverythingIsWrittenInOrder) {
  ASSERT_OK(session_->configure_persistence<Call>(background(10)));
  dispatch(1, 1000);
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 1000));
  EXPECT_EQ(names(*session_), numbered(991, 1000));
  EXPECT_EQ(marks().accepted_seq, 1000);
  EXPECT_EQ(marks().written_seq, 1000);
  EXPECT_EQ(session_->unwritten_count(), 0);
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(BackgroundTest, TheCallerTouchesNoFile) {
  std::mutex mutex;
  std::set<std::thread::id> callers;
  before_call_ = [&](std::string_view) {
    const std::lock_guard lock(mutex);
    callers.insert(std::this_thread::get_id());
  };
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 500);
  ASSERT_OK(session_->flush_logs());
  ASSERT_OK(session_->close());
  EXPECT_EQ(callers.size(), 1u);
  EXPECT_EQ(callers.count(std::this_thread::get_id()), 0u);
  EXPECT_EQ(scanned_names().size(), 500u);
}

TEST_F(BackgroundTest, WhatIsDispatchedIsWrittenThoughNobodyAsks) {
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  for (int i = 1; i <= 3; ++i) {
    dispatch(i, i);
    wait_until([&] { return marks().written_seq == i; });
    // Long enough for the thread to park: the next one must wake it.
    std::this_thread::sleep_for(std::chrono::milliseconds(i == 1 ? 100 : 0));
  }
  EXPECT_EQ(scanned_names(), numbered(1, 3));
}

TEST_F(BackgroundTest, NumbersGoOnWhereTheLogStands) {
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 5);
  ASSERT_OK(session_->close());
  begin();
  gate_.close();
  ASSERT_OK(session_->configure_persistence<Call>(background(3)));
  dispatch(6, 15);
  EXPECT_EQ(state(), State::kOpening);
  EXPECT_EQ(marks().accepted_seq, 10) << "counted from 1 until the log is open";
  EXPECT_EQ(session_->slice<Call>().size(), 10u) << "all of them wait";
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(marks().accepted_seq, 15);
  EXPECT_EQ(scanned_names(), numbered(1, 15));
  EXPECT_EQ(seqs().back(), 15);
  EXPECT_EQ(names(*session_), numbered(13, 15));
}

TEST_F(BackgroundTest, ADiskThatHangsHoldsUpNeitherDispatchNorFlushNorClose) {
  ASSERT_OK(session_->configure_persistence<Call>(background(10)));
  dispatch(1, 5);
  ASSERT_OK(session_->flush_logs());
  gate_.close();
  dispatch(6, 105);
  gate_.wait_until_hung();
  const absl::Status flushed = session_->flush_logs(kNoTime);
  EXPECT_THAT(flushed, HasStatus(absl::StatusCode::kDeadlineExceeded, "100 entries are not"));
  EXPECT_EQ(error_kind(flushed), ErrorKind::kWrite);
  EXPECT_EQ(session_->unwritten_count(), 100);
  const absl::Status closed = session_->close(kNoTime);
  EXPECT_THAT(closed, HasStatus(absl::StatusCode::kDeadlineExceeded, "100 entries are not known"));
  EXPECT_OK(session_->close());
}

TEST_F(BackgroundTest, ADiskThatComesBackInTimeLosesNothing) {
  ASSERT_OK(session_->configure_persistence<Call>(background(10)));
  gate_.close();
  dispatch(1, 100);
  gate_.wait_until_hung();
  std::thread opener([&] { gate_.open(); });
  EXPECT_OK(session_->close(absl::InfiniteDuration()));
  opener.join();
  EXPECT_EQ(scanned_names(), numbered(1, 100));
}

TEST_F(BackgroundTest, TheDestructorLeavesAHungThreadBehindAndSaysSo) {
  begin(kNoTime);
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 5);
  ASSERT_OK(session_->flush_logs(absl::InfiniteDuration()));
  gate_.close();
  dispatch(6, 10);
  gate_.wait_until_hung();
  session_.reset();
  EXPECT_THAT(events(), ElementsAre("session_close_failed"));
  gate_.open();
  wait_until_left_behind_is_over();
  // What was being written is whole, and nobody was told of it any more.
  EXPECT_THAT(events(), ElementsAre("session_close_failed"));
  const std::vector<std::string> found = scanned_names();
  EXPECT_EQ(found, numbered(1, static_cast<int>(found.size())));
  EXPECT_GE(found.size(), 5u);
}

TEST_F(BackgroundTest, AFileWhereTheDirectoryShouldBeIsWaitedOut) {
  disk_.set_content("/logs", "in the way");
  LogPersistenceConfig inside = background(10);
  inside.path = "/logs/log.jsonl";
  ASSERT_OK(session_->configure_persistence<Call>(inside));
  dispatch(1, 50);
  wait_until([&] { return state() == State::kFailed; });
  EXPECT_THAT(session_->persistence_status<Call>()->failure,
              HasStatus(absl::StatusCode::kFailedPrecondition, "/logs"));
  EXPECT_FALSE(session_->flush_logs().ok());
  disk_.remove("/logs");
  wait_until([&] { return marks().written_seq == 50 && state() == State::kOpen; });
  wait_until([&] { return events().size() == 2; });
  EXPECT_EQ(scanned_names("/logs/log.jsonl"), numbered(1, 50));
  EXPECT_EQ(names(*session_), numbered(41, 50));
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
  EXPECT_THAT(reported_[1].message, HasSubstr("seq 1 to 50 were waiting, none was dropped"));
}

// A lock is no failed write, though it comes where one would.
TEST_F(BackgroundTest, ALogThatAnotherWriterHoldsSaysSo) {
  Session other(options());
  ASSERT_OK(other.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(other.configure_persistence<Call>(config()));
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 5);
  EXPECT_EQ(error_kind(session_->flush_logs()), ErrorKind::kLock);
  ASSERT_OK(other.close());
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 5));
}

TEST_F(BackgroundTest, AQueueThatIsFullDropsTheOldest) {
  gate_.close();
  LogPersistenceConfig bounded = background(10);
  bounded.max_pending_entries = 5000;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  dispatch(1, 7000);
  EXPECT_EQ(marks().dropped_count, 2000);
  EXPECT_EQ(session_->unwritten_count(), 5000);
  EXPECT_EQ(session_->slice<Call>().size(), 5000u);
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(2001, 7000));
  EXPECT_EQ(seqs().front(), 2001) << "a hole, that can be seen";
  EXPECT_EQ(names(*session_), numbered(6991, 7000));
  EXPECT_THAT(events(), ElementsAre("log_entries_dropped", "log_write_healed"));
  EXPECT_THAT(reported_[1].message, HasSubstr("2000 entries dropped, seq 1 to 2000"));
}

TEST_F(BackgroundTest, WhatIsBeingWrittenIsNotDropped) {
  LogPersistenceConfig bounded = background(5);
  bounded.max_pending_entries = 10;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  dispatch(1, 1);
  ASSERT_OK(session_->flush_logs());
  gate_.close();
  dispatch(2, 2);
  gate_.wait_until_hung();
  dispatch(3, 2000);
  EXPECT_EQ(session_->unwritten_count(), 10);
  EXPECT_EQ(marks().dropped_count, 1989);
  EXPECT_LE(session_->slice<Call>().size(), 15u);
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  std::vector<std::string> expected = numbered(1, 2);
  for (const std::string& name : numbered(1992, 2000)) expected.push_back(name);
  EXPECT_EQ(scanned_names(), expected);
}

TEST_F(BackgroundTest, TheBoundOfBytesHoldsToo) {
  gate_.close();
  LogPersistenceConfig bounded = background();
  bounded.max_pending_bytes = 1 << 20;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(session_->dispatch(Call{.name = std::string(100'000, 'x')}).ok());
  }
  EXPECT_EQ(session_->unwritten_count(), 10);
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names().size(), 10u);
}

TEST_F(BackgroundTest, BlockingWaitsForRoom) {
  LogPersistenceConfig blocking = background(5);
  blocking.max_pending_entries = 8;
  blocking.overflow = OverflowPolicy::kBlock;
  blocking.overflow_timeout = absl::Minutes(1);
  ASSERT_OK(session_->configure_persistence<Call>(blocking));
  dispatch(1, 3000);
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(marks().dropped_count, 0);
  EXPECT_EQ(scanned_names(), numbered(1, 3000));
}

TEST_F(BackgroundTest, BlockingEndsAtItsDeadlineAndDropsTheOldest) {
  gate_.close();
  LogPersistenceConfig blocking = background(5);
  blocking.max_pending_entries = 8;
  blocking.overflow = OverflowPolicy::kBlock;
  blocking.overflow_timeout = absl::Milliseconds(1);
  ASSERT_OK(session_->configure_persistence<Call>(blocking));
  dispatch(1, 20);
  EXPECT_EQ(session_->unwritten_count(), 8);
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(13, 20));
}

TEST_F(BackgroundTest, AFullDiskIsToldOnceAndHealedOnce) {
  ASSERT_OK(session_->configure_persistence<Call>(background(10)));
  dispatch(1, 5);
  ASSERT_OK(session_->flush_logs());
  disk_.set_free_bytes(0);
  dispatch(6, 105);
  EXPECT_THAT(session_->flush_logs(), HasStatus(absl::StatusCode::kResourceExhausted, "log.jsonl"));
  EXPECT_EQ(state(), State::kFailed);
  disk_.heal();
  wait_until([&] { return marks().written_seq == 105; });
  EXPECT_EQ(scanned_names(), numbered(1, 105));
  wait_until([&] { return events().size() == 2; });
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
}

TEST_F(BackgroundTest, AnIdleLogIsSyncedWhenItsTimeComes) {
  // Both: a thread that naps, and one that has parked long before.
  for (const absl::Duration every : {absl::Milliseconds(1), absl::Milliseconds(60)}) {
    LogPersistenceConfig timed = background();
    timed.sync_every = every;
    begin();
    ASSERT_OK(session_->configure_persistence<Call>(timed));
    dispatch(1, 3);
    wait_until([&] { return marks().synced_seq == 3; });
    ASSERT_OK(session_->close());
    session_.reset();
    disk_.remove("/log.jsonl");
    disk_.remove("/log.jsonl.lock");
  }
}

TEST_F(BackgroundTest, EverySoManyEntriesAreSynced) {
  LogPersistenceConfig counted = background();
  counted.sync_every_entries = 10;
  ASSERT_OK(session_->configure_persistence<Call>(counted));
  dispatch(1, 25);
  ASSERT_OK(session_->flush_logs());
  EXPECT_GE(marks().synced_seq, 16);
  EXPECT_EQ(marks().written_seq, 25);
}

TEST_F(BackgroundTest, SlicesOfOneLogShareItsSequenceAndTheirSettings) {
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  LogPersistenceConfig other = background();
  other.write_mode = WriteMode::kInline;
  EXPECT_THAT(session_->configure_persistence<Note>(other),
              HasStatus(absl::StatusCode::kInvalidArgument, "write_mode"));
  other = background(3);
  other.overflow_timeout = absl::Seconds(7);
  EXPECT_THAT(session_->configure_persistence<Note>(other),
              HasStatus(absl::StatusCode::kInvalidArgument, "overflow_timeout"));
  ASSERT_OK(session_->configure_persistence<Note>(background(3)));
  for (int i = 0; i < 100; ++i) {
    dispatch(i, i);
    session_->dispatch(Note{"n"});
  }
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(marks().written_seq, 200);
  EXPECT_EQ(scan<Call>().size(), 100u);
  EXPECT_EQ(scan<Note>().size(), 100u);
  EXPECT_EQ(session_->slice<Note>().size(), 3u);
}

TEST_F(BackgroundTest, TheSinkMayUseTheSession) {
  // On the very thread that writes, which must not wait for itself.
  std::optional<Session> talking;
  SessionOptions made = options();
  made.file_system = &hooked_;
  std::atomic<int> told = 0;
  made.diagnostics = [&](const Diagnostic& diagnostic) {
    if (diagnostic.event != "log_write_failed") return;
    disk_.heal();
    talking->dispatch(Call{.name = "from the sink"});
    EXPECT_OK(talking->flush_logs(absl::InfiniteDuration()));
    ++told;
  };
  talking.emplace(std::move(made));
  ASSERT_OK(talking->register_slice<Call>(SlicePolicy::kLog));
  LogPersistenceConfig blocking = background();
  blocking.overflow = OverflowPolicy::kBlock;
  blocking.overflow_timeout = absl::Minutes(10);
  blocking.max_pending_entries = 1;
  disk_.set_free_bytes(0);
  ASSERT_OK(talking->configure_persistence<Call>(blocking));
  talking->dispatch(Call{.name = "first"});
  wait_until([&] { return told == 1; });
  ASSERT_OK(talking->close());
  EXPECT_EQ(told, 1);
  EXPECT_THAT(scanned_names(), ElementsAre("first", "from the sink"));
}

TEST_F(BackgroundTest, ASnapshotHoldsThePositionsOfItsLogs) {
  ASSERT_OK(session_->configure_persistence<Call>(background(5)));
  dispatch(1, 20);
  absl::StatusOr<Snapshot> snapshot = session_->snapshot();
  ASSERT_OK(snapshot.status());
  EXPECT_EQ(snapshot->unwritten_count, 0);
  EXPECT_EQ(snapshot->log_files["test:Call"].last_seq, 20);
  EXPECT_EQ(snapshot->log_files["test:Call"].entry_count, 20);
  EXPECT_EQ(snapshot->log_files["test:Call"].path, "/log.jsonl");
  ASSERT_OK(session_->save_snapshot("/snapshot.json"));
  EXPECT_EQ(marks().synced_seq, 20);
  ASSERT_OK(session_->close());

  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background(5)));
  ASSERT_OK(session_->restore(*snapshot)) << "which waits until the log is open";
  ASSERT_OK(session_->reload_logs());
  EXPECT_EQ(names(*session_), numbered(16, 20));
}

TEST_F(BackgroundTest, ASnapshotInFrontOfAHungDiskComesInTimeAndSaysWhatIsUnwritten) {
  begin(kNoTime);
  gate_.close();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 7);
  absl::StatusOr<Snapshot> snapshot = session_->snapshot();
  ASSERT_OK(snapshot.status());
  EXPECT_EQ(snapshot->unwritten_count, 7);
  EXPECT_EQ(snapshot->log_files["test:Call"].last_seq, 0);
  EXPECT_THAT(session_->save_snapshot("/snapshot.json"),
              HasStatus(absl::StatusCode::kUnavailable, "7 log entries"));
  EXPECT_THAT(session_->restore(*snapshot),
              HasStatus(absl::StatusCode::kUnavailable, "is not open yet"));
}

TEST_F(BackgroundTest, ClearAndReplaceLeaveWhatWaits) {
  gate_.close();
  ASSERT_OK(session_->configure_persistence<Call>(background(5)));
  dispatch(1, 300);
  ASSERT_OK(session_->reset());
  EXPECT_EQ(session_->slice<Call>().size(), 0u);
  dispatch(301, 310);
  gate_.open();
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 310));
  EXPECT_EQ(names(*session_), numbered(306, 310));
}

TEST_F(BackgroundTest, WhatIsThereWhenTheLogIsAttachedIsWritten) {
  dispatch(1, 300);
  ASSERT_OK(session_->configure_persistence<Call>(background(5)));
  ASSERT_OK(session_->flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 300));
  EXPECT_EQ(names(*session_), numbered(296, 300));
}

TEST_F(BackgroundTest, ManyThreadsAndReadersAtOnce) {
  ASSERT_OK(session_->configure_persistence<Call>(background(50)));
  ASSERT_OK(session_->configure_persistence<Note>(background(50)));
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        session_->dispatch(Call{.name = std::to_string(t), .cost = i * 1.0});
        if (i % 7 == 0) session_->dispatch(Note{"n"});
        if (i % 100 == 0) session_->flush_logs(absl::ZeroDuration()).IgnoreError();
        const SliceView<Call> all = session_->slice<Call>().all();
        for (const Call& call : all) ASSERT_EQ(call.name.size(), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(session_->close());
  EXPECT_EQ(scan<Call>().size(), static_cast<size_t>(kThreads * kEach));
  std::vector<double> next(kThreads, 0);
  for (const Call& call : scan<Call>()) {
    double& expected = next[static_cast<size_t>(std::stoi(call.name))];
    ASSERT_EQ(call.cost, expected);
    expected += 1;
  }
}

}  // namespace
}  // namespace logslice::testing
