// Waking, on the real file system: by the kernel, and by looking where it cannot tell.

#include "directory_watcher.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/persistence/follow_fixture.h"

namespace logslice::testing {
namespace {

using internal::DirectoryWatcher;
using internal::InotifyCalls;
using Woken = ChangeWatcher::Woken;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace stdfs = std::filesystem;

// A kernel that has no more of what is asked of it.
class FailingCalls final : public InotifyCalls {
 public:
  FailingCalls(int init_error, int watch_error)
      : init_error_(init_error), watch_error_(watch_error) {}
  int init() override {
    errno = init_error_;
    return init_error_ != 0 ? -1 : InotifyCalls::init();
  }
  int add_watch(int descriptor, const char* path, uint32_t mask) override {
    errno = watch_error_;
    return watch_error_ != 0 ? -1 : InotifyCalls::add_watch(descriptor, path, mask);
  }
  void heal() { watch_error_ = 0; }

 private:
  const int init_error_;
  int watch_error_;
};

class DirectoryWatcherTest : public ::testing::Test {
 protected:
  DirectoryWatcherTest() {
    std::string pattern = (stdfs::temp_directory_path() / "logslice_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = stdfs::canonical(pattern);
    log_path_ = directory_ / "log.jsonl";
  }
  ~DirectoryWatcherTest() override {
    std::error_code ignored;
    stdfs::remove_all(directory_, ignored);
  }

  void make(std::unique_ptr<InotifyCalls> calls = std::make_unique<InotifyCalls>()) {
    absl::StatusOr<std::unique_ptr<DirectoryWatcher>> made =
        DirectoryWatcher::make(std::move(calls));
    ASSERT_TRUE(made.ok());
    watcher_ = *std::move(made);
    // The first look is free, and so is one after watching another directory.
    for (int i = 0; i < 2; ++i) (void)look();
  }
  // What is known at once.
  Woken look() { return watcher_->wait(log_path_, SteadyTime::min()); }

  static void append(const stdfs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }

  stdfs::path directory_;
  std::string log_path_;
  std::shared_ptr<DirectoryWatcher> watcher_;
};

#define SKIP_WITHOUT_INOTIFY() \
  if (!watcher_->has_watch()) GTEST_SKIP() << "this file system tells nothing of its changes"

TEST_F(DirectoryWatcherTest, TheKernelTellsOfEachKindOfChange) {
  make();
  SKIP_WITHOUT_INOTIFY();
  EXPECT_EQ(look(), Woken::kTimedOut);
  const stdfs::path sealed = directory_ / "log.1-2.jsonl";
  append(log_path_, "a\n");
  EXPECT_EQ(look(), Woken::kMaybeChanged) << "created";
  append(log_path_, "b\n");
  EXPECT_EQ(look(), Woken::kMaybeChanged) << "written";
  stdfs::resize_file(log_path_, 0);
  EXPECT_EQ(look(), Woken::kMaybeChanged) << "truncated";
  stdfs::rename(log_path_, sealed);
  EXPECT_EQ(look(), Woken::kMaybeChanged) << "renamed";
  stdfs::remove(sealed);
  EXPECT_EQ(look(), Woken::kMaybeChanged) << "removed";
  EXPECT_EQ(look(), Woken::kTimedOut);
}

TEST_F(DirectoryWatcherTest, OtherLogsInTheDirectoryAreNothing) {
  make();
  SKIP_WITHOUT_INOTIFY();
  append(directory_ / "other.jsonl", "a\n");
  EXPECT_EQ(look(), Woken::kTimedOut);
}

TEST_F(DirectoryWatcherTest, DirectoriesThatAreNotThereYetAreWaitedFor) {
  log_path_ = directory_ / "a" / "b" / "log.jsonl";
  make();
  SKIP_WITHOUT_INOTIFY();
  EXPECT_EQ(look(), Woken::kTimedOut);
  stdfs::create_directory(directory_ / "a");
  EXPECT_EQ(look(), Woken::kMaybeChanged);
  stdfs::create_directory(directory_ / "a" / "b");
  EXPECT_EQ(look(), Woken::kMaybeChanged);
  append(log_path_, "a\n");
  EXPECT_EQ(look(), Woken::kMaybeChanged);
  EXPECT_EQ(look(), Woken::kTimedOut);
}

TEST_F(DirectoryWatcherTest, ADirectoryInThePlaceOfAnotherIsWatched) {
  log_path_ = directory_ / "a" / "log.jsonl";
  stdfs::create_directory(directory_ / "a");
  make();
  SKIP_WITHOUT_INOTIFY();
  EXPECT_EQ(look(), Woken::kTimedOut);
  stdfs::rename(directory_ / "a", directory_ / "old");
  stdfs::create_directory(directory_ / "a");
  EXPECT_EQ(look(), Woken::kMaybeChanged);
  while (look() == Woken::kMaybeChanged) continue;
  append(log_path_, "a\n");
  EXPECT_EQ(look(), Woken::kMaybeChanged);
}

TEST_F(DirectoryWatcherTest, WithoutWatchesItLooksByItself) {
  for (const auto& [init_error, watch_error] :
       {std::pair{EMFILE, 0}, {ENFILE, 0}, {0, ENOSPC}, {0, ENOMEM}}) {
    make(std::make_unique<FailingCalls>(init_error, watch_error));
    EXPECT_FALSE(watcher_->has_watch());
    EXPECT_EQ(look(), Woken::kTimedOut);
    EXPECT_EQ(watcher_->wait(log_path_, SteadyTime::max()), Woken::kMaybeChanged);
  }
}

TEST_F(DirectoryWatcherTest, WhatWasDoneBeforeAWatchCouldBeHadIsLookedAt) {
  auto calls = std::make_unique<FailingCalls>(0, ENOSPC);
  FailingCalls& kernel = *calls;
  make(std::move(calls));
  EXPECT_EQ(look(), Woken::kTimedOut);
  append(log_path_, "a\n");
  kernel.heal();
  EXPECT_EQ(look(), Woken::kMaybeChanged);
  SKIP_WITHOUT_INOTIFY();
  EXPECT_EQ(look(), Woken::kTimedOut);
}

TEST_F(DirectoryWatcherTest, AWakeThatNobodyWaitsForEndsTheNextWait) {
  make();
  watcher_->wake();
  watcher_->wake();
  EXPECT_EQ(watcher_->wait(log_path_, SteadyTime::max()), Woken::kByWake);
  EXPECT_EQ(look(), Woken::kTimedOut);
}

// ---- Followers that wait in earnest

class RealFollowTest : public DirectoryWatcherTest {
 protected:
  // A writer in this process, a follower in another thread.
  void follow_a_writer() {
    log_path_ = directory_ / "new" / "log.jsonl";
    absl::StatusOr<LogFollower<Note>> follower = follow_log<Note>(log_path_, {.watcher = watcher_});
    ASSERT_TRUE(follower.ok());
    std::vector<int64_t> seqs;
    std::thread reader([&] {
      while (seqs.size() < 100 && follower->wait_next(absl::Seconds(60)) == Followed::kEntry) {
        seqs.push_back(follower->seq());
      }
    });
    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> writer =
        PersistentLogWriter::open({.path = log_path_}, {});
    if (writer.ok()) {
      const int type = (*writer)->register_type(internal::type_table<Note>());
      for (int i = 0; i < 100; ++i) {
        const Note note{"n", i};
        const absl::StatusOr<int64_t> seq = (*writer)->accept(type, &note);
        EXPECT_TRUE(seq.ok() && (*writer)->write_through(*seq).ok());
      }
    }
    reader.join();
    ASSERT_EQ(seqs.size(), 100u);
    for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(seqs[static_cast<size_t>(i)], i + 1);
  }
};

TEST_F(RealFollowTest, AFollowerThatTheKernelWakesSeesEachEntryOfAWriterOnce) {
  make();
  SKIP_WITHOUT_INOTIFY();
  follow_a_writer();
}

TEST_F(RealFollowTest, AFollowerThatLooksByItselfSeesEachEntryOfAWriterOnce) {
  make(std::make_unique<FailingCalls>(EMFILE, 0));
  follow_a_writer();
}

TEST_F(RealFollowTest, StopEndsAWaitWithoutEnd) {
  for (const int error : {0, EMFILE}) {
    make(std::make_unique<FailingCalls>(error, 0));
    absl::StatusOr<LogFollower<Note>> follower = follow_log<Note>(log_path_, {.watcher = watcher_});
    ASSERT_TRUE(follower.ok());
    Followed found = Followed::kEntry;
    std::thread reader([&] { found = follower->wait_next(absl::InfiniteDuration()); });
    follower->stop();
    reader.join();
    EXPECT_EQ(found, Followed::kStopped);
  }
}

TEST_F(RealFollowTest, AWatcherIsMadeWhereNoneIsGiven) {
  append(log_path_, note_lines(1, 2));
  absl::StatusOr<LogFollower<Note>> follower =
      follow_log<Note>(log_path_, {.start = {FollowStart::At::kLast, 1}});
  ASSERT_TRUE(follower.ok());
  EXPECT_EQ(follower->wait_next(absl::InfiniteDuration()), Followed::kEntry);
  append(log_path_, note_lines(3, 3));
  EXPECT_EQ(follower->wait_next(absl::InfiniteDuration()), Followed::kEntry);
  EXPECT_EQ(follower->seq(), 3);
}

}  // namespace
}  // namespace logslice::testing
