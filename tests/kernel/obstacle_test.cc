// Something else stands where a log in background mode, its directory or a file beside it should.

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/session/session.h"
#include "tests/kernel/crash_entry.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/temporary_directory.h"

namespace logslice::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using State = PersistenceStatus::State;

struct Obstacle {
  enum class Kind { kFifo, kDirectory, kDevice, kSocket, kFile };
  const char* name;
  Kind kind;
  const char* place;  // in the directory of the test, where the log is sub/log.jsonl
};

class ObstacleTest : public ::testing::TestWithParam<Obstacle> {
 protected:
  void SetUp() override {
    if (obstacle_ != directory_ / "sub") {
      std::filesystem::create_directory(directory_ / "sub");
    }
    if (obstacle_ == path_ + ".torn") tear_log();
    std::string refusal;
    if (!plant(&refusal)) GTEST_SKIP() << refusal;
    begin(WriteMode::kBackground);
  }

  void begin(WriteMode write_mode) {
    SessionOptions options;
    options.diagnostics = [this](const Diagnostic& diagnostic) {
      const std::lock_guard lock(mutex_);
      events_.push_back(diagnostic.event);
    };
    // Never: what hangs here has failed.
    options.drain_timeout = absl::InfiniteDuration();
    session_.emplace(options);
    ASSERT_TRUE(session_->register_slice<CrashEntry>(SlicePolicy::kLog).ok());
    const absl::Status attached =
        session_->configure_persistence<CrashEntry>({.path = path_, .write_mode = write_mode});
    ASSERT_TRUE(attached.ok()) << attached;
  }
  void dispatch(int64_t count) {
    for (; count > 0; --count) {
      ASSERT_TRUE(session_->dispatch(even_entry(++dispatched_)).ok());
    }
  }
  // Whose repair needs the file that is in the way.
  void tear_log() {
    begin(WriteMode::kInline);
    dispatch(3);
    session_.reset();
    std::ofstream(path_, std::ios::app) << "{\"half a li";
  }

  // Whether it can be had, or why not.
  bool plant(std::string* refusal) {
    const char* const at = obstacle_.c_str();
    bool is_there = false;
    switch (GetParam().kind) {
      case Obstacle::Kind::kFifo:
        is_there = mkfifo(at, 0600) == 0;
        break;
      case Obstacle::Kind::kDirectory:
        is_there = mkdir(at, 0700) == 0;
        break;
      case Obstacle::Kind::kDevice:
        is_there = mknod(at, S_IFCHR | 0600, makedev(1, 3)) == 0;  // that of /dev/null
        break;
      case Obstacle::Kind::kSocket:
        is_there = mknod(at, S_IFSOCK | 0600, 0) == 0;
        break;
      case Obstacle::Kind::kFile:
        is_there = std::ofstream(obstacle_).is_open();
        break;
    }
    if (!is_there) *refusal = std::string("cannot make it here: ") + std::strerror(errno);
    return is_there;
  }

  PersistenceStatus status() { return *session_->persistence_status<CrashEntry>(); }
  LogMarks marks() { return *session_->log_marks<CrashEntry>(); }
  int64_t event_count(const std::string& event) {
    const std::lock_guard lock(mutex_);
    return std::count(events_.begin(), events_.end(), event);
  }
  // Spins: what is waited for comes by itself, and nothing depends on when.
  template <typename Predicate>
  static void wait_until(Predicate predicate) {
    while (!predicate()) std::this_thread::yield();
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "sub/log.jsonl";
  const std::string obstacle_ = directory_ / GetParam().place;
  int64_t dispatched_ = 0;
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::optional<Session> session_;
};

TEST_P(ObstacleTest, TheLogHasFailedUntilItIsGoneThenAllIsWritten) {
  dispatch(100);
  wait_until([&] { return status().state == State::kFailed; });
  EXPECT_FALSE(status().failure.ok());
  const absl::Status flushed = session_->flush_logs();
  EXPECT_FALSE(flushed.ok() || absl::IsDeadlineExceeded(flushed)) << flushed;
  dispatch(100);
  EXPECT_EQ(session_->unwritten_count(), 200);
  EXPECT_EQ(session_->slice<CrashEntry>().size(), 200u);

  ASSERT_TRUE(std::filesystem::remove(obstacle_));
  // Nobody asks.
  wait_until([&] { return session_->unwritten_count() == 0 && status().state == State::kOpen; });
  EXPECT_EQ(marks().written_seq, dispatched_);
  dispatch(100);
  const absl::Status closed = session_->close();
  EXPECT_TRUE(closed.ok()) << closed;
  EXPECT_EQ(event_count("log_write_failed"), 1);
  EXPECT_EQ(event_count("log_write_healed"), 1);
  const LeftBehind found = look_at(path_, even_entry);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.entry_count, dispatched_);
  EXPECT_EQ(found.missing_count, 0);
}

TEST_P(ObstacleTest, ClosingBeforeItIsGoneSaysSoAndLeavesItAlone) {
  const std::filesystem::file_type before = std::filesystem::symlink_status(obstacle_).type();
  dispatch(10);
  const absl::Status closed = session_->close();
  EXPECT_FALSE(closed.ok() || absl::IsDeadlineExceeded(closed)) << closed;
  EXPECT_EQ(std::filesystem::symlink_status(obstacle_).type(), before);
  if (GetParam().kind == Obstacle::Kind::kDirectory) {
    EXPECT_TRUE(std::filesystem::is_empty(obstacle_));
  }
}

TEST(UnopenedLogTest, IsNamedWhenItIsClosed) {
  const TemporaryDirectory obstacle;
  LogEnvironment environment;
  environment.diagnostics = [](const Diagnostic&) {};
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> writer =
      PersistentLogWriter::open_in_background(
          {.path = obstacle.path(), .write_mode = WriteMode::kBackground}, environment);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_FALSE((*writer)->flush().ok());
  EXPECT_FALSE((*writer)->close().ok());
  EXPECT_THAT((*writer)->flush().ToString(), HasSubstr(obstacle.path() + " is closed"));
}

INSTANTIATE_TEST_SUITE_P(
    All, ObstacleTest,
    ::testing::Values(Obstacle{"FifoAsLog", Obstacle::Kind::kFifo, "sub/log.jsonl"},
                      Obstacle{"DirectoryAsLog", Obstacle::Kind::kDirectory, "sub/log.jsonl"},
                      Obstacle{"DeviceAsLog", Obstacle::Kind::kDevice, "sub/log.jsonl"},
                      Obstacle{"SocketAsLog", Obstacle::Kind::kSocket, "sub/log.jsonl"},
                      Obstacle{"FifoAsDirectory", Obstacle::Kind::kFifo, "sub"},
                      Obstacle{"DeviceAsDirectory", Obstacle::Kind::kDevice, "sub"},
                      Obstacle{"FileAsDirectory", Obstacle::Kind::kFile, "sub"},
                      Obstacle{"FifoAsSidecar", Obstacle::Kind::kFifo, "sub/log.jsonl.lock"},
                      Obstacle{"DirectoryAsSidecar", Obstacle::Kind::kDirectory,
                               "sub/log.jsonl.lock"},
                      Obstacle{"FifoForTornBytes", Obstacle::Kind::kFifo, "sub/log.jsonl.torn"}),
    [](const ::testing::TestParamInfo<Obstacle>& instance) {
      return std::string(instance.param.name);
    });

}  // namespace
}  // namespace logslice::testing
