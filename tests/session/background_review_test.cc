// What a careful reader doubted in background mode.

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

#include "tests/session/session_fixture.h"
#include "tests/support/gate.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BackgroundReviewTest : public SessionFixture {
 protected:
  BackgroundReviewTest()
      : hooked_(disk_, [this](std::string_view call) {
          if (before_call_) before_call_(call);
          gate_.pass();
        }) {}
  ~BackgroundReviewTest() override {
    gate_.open();
    session_.reset();
    while (disk_.open_file_count() > 0) std::this_thread::yield();
  }

  void begin(absl::Duration drain_timeout = absl::Minutes(1)) {
    SessionOptions made = options();
    made.file_system = &hooked_;
    made.clock = &system_clock();
    made.drain_timeout = drain_timeout;
    begin(std::move(made));
  }
  void begin(SessionOptions made) {
    session_.emplace(std::move(made));
    EXPECT_OK(session_->register_slice<Call>(SlicePolicy::kLog));
    EXPECT_OK(session_->register_slice<Note>(SlicePolicy::kLog));
  }
  LogPersistenceConfig background(int64_t max_memory_entries = 1000) {
    LogPersistenceConfig made = config(max_memory_entries);
    made.write_mode = WriteMode::kBackground;
    return made;
  }
  void dispatch(int first, int last) {
    for (int i = first; i <= last; ++i) {
      ASSERT_TRUE(session_->dispatch(Call{.name = "c" + std::to_string(i)}).ok());
    }
  }
  LogMarks marks() { return *session_->log_marks<Call>(); }
  template <typename Predicate>
  static void wait_until(Predicate predicate) {
    while (!predicate()) std::this_thread::yield();
  }

  Gate gate_;
  std::function<void(std::string_view)> before_call_;
  HookedFileSystem hooked_;
  std::optional<Session> session_;
};

TEST_F(BackgroundReviewTest, WhatWaitsIsNotCountedAsInTheLogThatIsOpened) {
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

TEST_F(BackgroundReviewTest, AnOpeningThatFailsLeavesNoCountsToTheNext) {
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

TEST_F(BackgroundReviewTest, AClosedLogThatNeverOpenedSaysHowManyAreLost) {
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

TEST_F(BackgroundReviewTest, ADiskThatIsTooSlowIsToldOnceAndNotWithEachBatch) {
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

TEST_F(BackgroundReviewTest, DropsInFrontOfAFullDiskAreReportedBeforeItHeals) {
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

TEST_F(BackgroundReviewTest, ReadersWhileTheSessionClosesInFrontOfABrokenDisk) {
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

TEST_F(BackgroundReviewTest, NothingUnwrittenMeansThatAllIsWritten) {
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

TEST_F(BackgroundReviewTest, CloseCountsWhatIsUnwrittenAtItsDeadline) {
  std::atomic<int> appends_left = 0;
  std::atomic<bool> is_held = false;
  begin();
  before_call_ = [&](std::string_view call) {
    if (call != "append" || !is_held) return;
    wait_until([&] { return appends_left > 0 || !is_held; });
    --appends_left;
  };
  ASSERT_OK(session_->configure_persistence<Call>(background()));
  ASSERT_OK(session_->flush_logs());
  is_held = true;
  dispatch(1, 1);
  wait_until([&] { return session_->unwritten_count() == 1; });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  dispatch(2, 100);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    appends_left = 1;
  });
  EXPECT_THAT(session_->close(absl::Milliseconds(500)),
              HasStatus(absl::StatusCode::kDeadlineExceeded, " 99 entries"));
  later.join();
  is_held = false;
  // Whoever is left behind looks at what is ours.
  wait_until([&] { return disk_.open_file_count() == 0; });
}

TEST_F(BackgroundReviewTest, AFlushDuringACloseThatFailsDoesNotSayThatAllIsWell) {
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

TEST_F(BackgroundReviewTest, ReloadingDoesNotWaitForASinkThatDispatches) {
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

TEST_F(BackgroundReviewTest, AForkedChildLeavesItsOwnThreadsAlone) {
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
