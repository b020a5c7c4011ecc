// The corners of background mode: what ends, forks, reloads, fails or runs out at a bad moment.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/session/background_fixture.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using BackgroundCornersTest = BackgroundFixture;

TEST_F(BackgroundCornersTest, WhatWaitsIsNotCountedAsInTheLogThatIsOpened) {
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 5);
  ASSERT_OK(session_->close());

  gate_.close();
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(6, 15);
  gate_.wait_until_hung();
  // The process dies between the opening and the first line.
  std::string sidecar;
  before_call_ = [&](std::string_view call) {
    if (call == "append" && sidecar.empty()) sidecar = disk_.content("/log.jsonl.lock");
  };
  const std::string log = disk_.content("/log.jsonl");
  gate_.open();
  ASSERT_OK(session_->close());
  before_call_ = nullptr;
  ASSERT_FALSE(sidecar.empty());
  disk_.set_content("/log.jsonl", log);
  disk_.set_content("/log.jsonl.lock", sidecar);

  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  ASSERT_OK(session_->flush_logs());
  absl::StatusOr<Snapshot> snapshot = session_->snapshot();
  ASSERT_OK(snapshot.status());
  EXPECT_EQ(snapshot->log_files["test:Call"].entry_count, 5);
}

TEST_F(BackgroundCornersTest, AnOpeningThatFailsLeavesNoCountsToTheNext) {
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 5);
  ASSERT_OK(session_->close());
  const std::string log = disk_.content("/log.jsonl");
  disk_.remove("/log.jsonl");
  disk_.remove("/log.jsonl.lock");

  disk_.fail_named("write_at", EIO);
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  wait_until([&] {
    return session_->persistence_status<Call>()->state == PersistenceStatus::State::kFailed;
  });
  disk_.set_content("/log.jsonl", log);
  disk_.heal();
  wait_until([&] {
    return session_->persistence_status<Call>()->state == PersistenceStatus::State::kOpen;
  });
  absl::StatusOr<Snapshot> snapshot = session_->snapshot();
  ASSERT_OK(snapshot.status());
  EXPECT_EQ(snapshot->log_files["test:Call"].entry_count, 5);
}

TEST_F(BackgroundCornersTest, AClosedLogThatNeverOpenedSaysHowManyAreLost) {
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 1000);
  ASSERT_OK(session_->close());
  disk_.fail_named("write_at", EIO);
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 3);
  wait_until([&] {
    return session_->persistence_status<Call>()->state == PersistenceStatus::State::kFailed;
  });
  EXPECT_FALSE(session_->close().ok());
  ASSERT_THAT(events(), ElementsAre("log_write_failed", "log_closed_unwritten"));
  EXPECT_THAT(reported_[1].message, HasSubstr("; 3 entries are lost"));
}

TEST_F(BackgroundCornersTest, ADiskThatIsTooSlowIsToldOnceAndNotWithEachBatch) {
  // Twice what may wait comes while it takes what is there.
  constexpr int kCount = 20'000;
  std::atomic<int> dispatched = 0;
  before_call_ = [&](std::string_view call) {
    const int until = std::min(dispatched + 200, kCount);
    if (call == "append") wait_until([&] { return dispatched >= until; });
  };
  begin();
  LogPersistenceConfig bounded = background(10);
  bounded.max_pending_entries = 100;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  for (; dispatched < kCount; ++dispatched) dispatch(1, 1);
  ASSERT_OK(session_->close());
  EXPECT_THAT(events(), ElementsAre("log_entries_dropped", "log_write_healed"));
  EXPECT_THAT(reported_[1].message, HasSubstr(std::to_string(marks().dropped_count)));
}

TEST_F(BackgroundCornersTest, DropsInFrontOfAFullDiskAreReportedBeforeItHeals) {
  begin();
  LogPersistenceConfig bounded = background(10);
  bounded.max_pending_entries = 10;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  dispatch(1, 1);
  ASSERT_OK(session_->flush_logs());
  disk_.set_free_bytes(0);
  dispatch(2, 2);
  EXPECT_FALSE(session_->flush_logs().ok());
  dispatch(3, 10);
  EXPECT_FALSE(session_->flush_logs().ok());
  EXPECT_EQ(marks().dropped_count, 0);
  dispatch(11, 100);
  EXPECT_FALSE(session_->flush_logs().ok());
  EXPECT_EQ(marks().dropped_count, 89);
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_entries_dropped"));
  EXPECT_FALSE(session_->close().ok());
  ASSERT_EQ(count_events("log_closed_unwritten"), 1);
  EXPECT_THAT(reported_.back().message, HasSubstr("89 entries dropped"));
}

TEST_F(BackgroundCornersTest, ReadersWhileTheSessionClosesInFrontOfABrokenDisk) {
  // For the thread sanitiser: the thread gives up what is left while the window is read.
  begin();
  LogPersistenceConfig bounded = background(10);
  bounded.max_pending_entries = 100;
  ASSERT_OK(session_->configure_persistence<Call>(bounded));
  dispatch(1, 10);
  ASSERT_OK(session_->flush_logs());
  disk_.set_free_bytes(0);
  dispatch(1, 500);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    while (!is_over) EXPECT_LE(session_->slice<Call>().size(), 510u);
  });
  EXPECT_FALSE(session_->close().ok());
  is_over = true;
  reader.join();
  EXPECT_EQ(session_->slice<Call>().size(), 10u);
}

TEST_F(BackgroundCornersTest, NothingUnwrittenMeansThatAllIsWritten) {
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background(10)));
  ASSERT_OK(session_->flush_logs());
  int64_t wrong = 0;
  for (int i = 1; i <= 2'000; ++i) {
    session_->dispatch(Call{.name = "x"});
    while (session_->unwritten_count() != 0) {
    }
    if (marks().written_seq < i) ++wrong;
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(BackgroundCornersTest, CloseCountsWhatIsUnwrittenAtItsDeadline) {
  std::atomic<int> appends_left = 0;
  std::atomic<int> held_count = 0;
  std::atomic<bool> is_held = false;
  begin();
  before_call_ = [&](std::string_view call) {
    if (call != "append" || !is_held) return;
    ++held_count;
    wait_until([&] { return appends_left > 0 || !is_held; });
    --appends_left;
  };
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  ASSERT_OK(session_->flush_logs());
  is_held = true;
  dispatch(1, 1);
  wait_until([&] { return held_count == 1; });
  dispatch(2, 100);
  std::thread later([&] {
    // Not before it closes, which refuses everything else.
    wait_until([&] { return !session_->register_slice<Call>(SlicePolicy::kLog).ok(); });
    appends_left = 1;
    wait_until([&] { return held_count == 2; });
  });
  // Time enough for one entry; the next one would need for ever.
  EXPECT_THAT(session_->close(absl::Seconds(2)),
              HasStatus(absl::StatusCode::kDeadlineExceeded, " 99 entries"));
  later.join();
  is_held = false;
  // Whoever is left behind looks at what is ours.
  wait_until([&] { return disk_.open_file_count() == 0; });
}

TEST_F(BackgroundCornersTest, AFlushDuringACloseThatFailsDoesNotSayThatAllIsWell) {
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 1);
  ASSERT_OK(session_->flush_logs());
  disk_.set_free_bytes(0);
  gate_.close();
  dispatch(2, 10);
  gate_.wait_until_hung();
  absl::Status flushed;
  std::thread flusher([&] { flushed = session_->flush_logs(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::thread closer([&] { EXPECT_FALSE(session_->close().ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  gate_.open();
  flusher.join();
  closer.join();
  EXPECT_FALSE(flushed.ok());
}

TEST_F(BackgroundCornersTest, ReloadingDoesNotWaitForASinkThatDispatches) {
  std::atomic<bool> is_in_sink = false;
  std::atomic<bool> is_reloading = false;
  SessionOptions made = options();
  made.file_system = &hooked_;
  made.drain_timeout = absl::Seconds(3);
  made.diagnostics = [&](const Diagnostic& diagnostic) {
    if (diagnostic.event != "log_write_failed") return;
    is_in_sink = true;
    wait_until([&] { return is_reloading.load(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    session_->dispatch(Call{.name = "from the sink"});
  };
  begin(std::move(made));
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 1);
  ASSERT_OK(session_->flush_logs());
  disk_.set_free_bytes(0);
  dispatch(2, 10);
  wait_until([&] { return is_in_sink.load(); });
  disk_.heal();
  is_reloading = true;
  EXPECT_OK(session_->reload_logs());
  EXPECT_EQ(session_->slice<Call>().size(), 11u);
}

TEST_F(BackgroundCornersTest, AForkedChildLeavesItsOwnThreadsAlone) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitiser lets no forked child start a thread";
  begin();
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  dispatch(1, 3);
  ASSERT_OK(session_->flush_logs());
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    // It may get the stack, and with it the handle, of the thread that is not there.
    std::atomic<bool> is_over = false;
    std::thread own([&] { wait_until([&] { return is_over.load(); }); });
    const bool is_refused = !session_->dispatch(Call{.name = "child"}).ok();
    session_.reset();
    is_over = true;
    try {
      own.join();
    } catch (const std::system_error&) {
      _exit(1);
    }
    _exit(is_refused ? 0 : 2);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  dispatch(4, 5);
  ASSERT_OK(session_->close());
  EXPECT_EQ(scanned_names().size(), 5u);
}

}  // namespace
}  // namespace logslice::testing
