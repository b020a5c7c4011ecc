// fork() under a session whose logs are written by a thread, which the child does not have.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/session/session.h"
#include "tests/kernel/crash_entry.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/support/gate.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::IsEmpty;

// Small: there are many of them.
CrashEntry small_entry(int64_t seq) { return {"forked", seq}; }

class BackgroundForkTest : public ::testing::Test {
 protected:
  BackgroundForkTest() : disk_(posix_file_system(), [this](std::string_view) { gate_.pass(); }) {
    SessionOptions options;
    options.file_system = &disk_;
    // In the child nobody would ever end such a wait.
    options.drain_timeout = absl::InfiniteDuration();
    session_.emplace(options);
    EXPECT_TRUE(session_->register_slice<CrashEntry>(SlicePolicy::kLog).ok());
    EXPECT_TRUE(session_
                    ->configure_persistence<CrashEntry>({.path = path_,
                                                         .max_memory_entries = 10,
                                                         .write_mode = WriteMode::kBackground,
                                                         .max_pending_entries = 1000,
                                                         .overflow = OverflowPolicy::kBlock,
                                                         .overflow_timeout = absl::Hours(1)})
                    .ok());
  }
  ~BackgroundForkTest() override { gate_.open(); }

  void dispatch(int64_t count) {
    for (; count > 0; --count) {
      ASSERT_TRUE(session_->dispatch(small_entry(++dispatched_)).ok());
    }
  }

  // What a forked child does with a session that is not its own, down to its destructor. What it
  // exits with: how many answers were wrong.
  int use_in_child() {
    int wrong_count = 0;
    const auto expect = [&](bool is_right) { wrong_count += is_right ? 0 : 1; };
    expect(error_kind(session_->dispatch(small_entry(1)).status()) == ErrorKind::kClosed);
    expect(error_kind(session_->flush_logs()) == ErrorKind::kClosed);
    expect(error_kind(session_->snapshot().status()) == ErrorKind::kClosed);
    expect(error_kind(session_->persistence_status<CrashEntry>().status()) == ErrorKind::kClosed);
    expect(session_->unwritten_count() == 0);
    expect(session_->close().ok());
    session_.reset();
    return wrong_count;
  }
  // It may have a session of its own, with a thread of its own.
  int use_own_in_child() const {
    Session own;
    if (!own.register_slice<CrashEntry>(SlicePolicy::kLog).ok()) return 1;
    const LogPersistenceConfig config{.path = path_ + ".child",
                                      .write_mode = WriteMode::kBackground};
    if (!own.configure_persistence<CrashEntry>(config).ok()) return 2;
    if (!own.dispatch(small_entry(1)).ok()) return 3;
    return own.close(absl::InfiniteDuration()).ok() ? 0 : 4;
  }
  template <typename Use>
  void fork_to(Use use) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(kHungForEverSeconds);
      _exit(use());
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "the child ended by signal " << WTERMSIG(status);
    ASSERT_EQ(WEXITSTATUS(status), 0);
  }
  void expect_all_written() {
    EXPECT_TRUE(session_->close().ok());
    const LeftBehind found = look_at(path_, small_entry);
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.entry_count, dispatched_);
    EXPECT_EQ(found.missing_count, 0);
  }

  static constexpr unsigned kHungForEverSeconds = 60;
  static constexpr char kHeapMayBeLocked[] =
      "a sanitiser's heap stays locked in the child of a process whose threads were using it";

  const TemporaryDirectory directory_{TemporaryDirectory::fast_parent()};
  const std::string path_ = directory_ / "log.jsonl";
  int64_t dispatched_ = 0;
  Gate gate_;
  HookedFileSystem disk_;
  std::optional<Session> session_;
};

TEST_F(BackgroundForkTest, TheChildIsRefusedWritesNothingAndEndsThoughItHasNoThread) {
  if (kIsSanitized) GTEST_SKIP() << kHeapMayBeLocked;
  dispatch(100);
  fork_to([&] { return use_in_child(); });
  dispatch(100);
  expect_all_written();
}

// The thread waits, and is not at its heap: so this one is for sanitisers, too.
TEST_F(BackgroundForkTest, SoItIsWhileTheDiskHangs) {
  gate_.close();
  dispatch(100);
  gate_.wait_until_hung();
  fork_to([&] { return use_in_child(); });
  dispatch(100);
  gate_.open();
  expect_all_written();
}

TEST_F(BackgroundForkTest, SoItIsInEveryMomentOfDispatchingAndWriting) {
  if (kIsSanitized) GTEST_SKIP() << kHeapMayBeLocked;
  constexpr int kForks = 200;
  std::atomic<bool> is_over = false;
  std::thread dispatcher([&] {
    while (!is_over) dispatch(1);
  });
  for (int i = 0; i < kForks && !HasFailure(); ++i) {
    fork_to([&] { return use_in_child(); });
  }
  is_over = true;
  dispatcher.join();
  expect_all_written();
}

TEST_F(BackgroundForkTest, TheChildMayHaveASessionOfItsOwn) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitiser lets no forked child start a thread";
  dispatch(100);
  fork_to([&] { return use_in_child() + use_own_in_child(); });
  dispatch(100);
  expect_all_written();
  EXPECT_EQ(look_at(path_ + ".child", small_entry).entry_count, 1);
}

}  // namespace
}  // namespace logslice::testing
