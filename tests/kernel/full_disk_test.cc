// The disk fills up for a while, really: what the user of a session meets.

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/session/session.h"
#include "tests/kernel/crash_entry.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/scratch_mount.h"
#include "tests/kernel/watched_file_system.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Disk { kTmpfs, kExt4 };

class FullDiskTest : public ::testing::TestWithParam<Disk> {
 protected:
  static constexpr int64_t kFreeBytes = 200'000;

  void SetUp() override {
    std::string refusal;
    if (GetParam() == Disk::kTmpfs) {
      tmpfs_ = Tmpfs::mount(1 << 20, &refusal);
      if (tmpfs_ == nullptr) GTEST_SKIP() << refusal;
      directory_ = tmpfs_->path();
    } else {
      ext4_ = LoopedExt4::mount(16 << 20, images_.path(), "", &refusal);
      if (ext4_ == nullptr) GTEST_SKIP() << refusal;
      directory_ = ext4_->path();
    }
    path_ = directory_ + "/log.jsonl";
    ballast_ = directory_ + "/ballast";
    take_room();
    SessionOptions options;
    options.file_system = &disk_;
    options.diagnostics = [this](const Diagnostic& d) { diagnostics_.push_back(d); };
    session_.emplace(options);
    ASSERT_TRUE(session_->register_slice<CrashEntry>(SlicePolicy::kLog).ok());
  }

  // All of it, whatever the file system says is free, then a little less.
  void take_room() {
    const int ballast = ::open(ballast_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::string block(64 << 10, 'x');
    off_t size_bytes = 0;
    for (ssize_t count; (count = write(ballast, block.data(), block.size())) > 0;) {
      size_bytes += count;
    }
    ASSERT_EQ(fsync(ballast), 0);
    ASSERT_EQ(ftruncate(ballast, size_bytes - kFreeBytes), 0);
    ASSERT_EQ(syncfs(ballast), 0);
    close(ballast);
  }

  // The next `count` entries. Not one dispatch may fail.
  void dispatch(int64_t count) {
    for (; count > 0; --count) {
      const DispatchResult result = session_->dispatch(even_entry(++dispatched_));
      ASSERT_TRUE(result.status().ok()) << result.status();
    }
  }
  LogMarks marks() const { return *session_->log_marks<CrashEntry>(); }
  std::vector<std::string> events() const {
    std::vector<std::string> names;
    for (const Diagnostic& diagnostic : diagnostics_) names.push_back(diagnostic.event);
    return names;
  }
  void free_room() { std::filesystem::remove(ballast_); }

  const TemporaryDirectory images_;
  std::unique_ptr<Tmpfs> tmpfs_;
  std::unique_ptr<LoopedExt4> ext4_;
  std::string directory_;
  std::string path_;
  std::string ballast_;
  int64_t dispatched_ = 0;
  WatchedFileSystem disk_;
  std::vector<Diagnostic> diagnostics_;
  std::optional<Session> session_;
};

TEST_P(FullDiskTest, NothingIsLostDispatchNeverFailsAndOneReportOfEachIsMade) {
  constexpr int64_t kEntries = 400;  // about 400 kB in all
  ASSERT_TRUE(
      session_->configure_persistence<CrashEntry>({.path = path_, .max_memory_entries = 5}).ok());
  dispatch(kEntries);
  const int64_t written = marks().written_seq;
  ASSERT_GT(written, 10);
  ASSERT_LT(written, kEntries - 10) << "the disk was to fill up";
  EXPECT_EQ(marks().accepted_seq, kEntries);
  EXPECT_EQ(marks().dropped_count, 0);
  EXPECT_GT(disk_.events().short_append_count, 0) << "a full disk begins with a short write";
  // What is not in the file is in the window, and nothing half is in the file.
  EXPECT_EQ(session_->slice<CrashEntry>().size(), static_cast<size_t>(kEntries - written));
  const LeftBehind full = look_at(path_, even_entry);
  EXPECT_THAT(full.problems, ElementsAre());
  EXPECT_EQ(full.last_seq, written);
  EXPECT_EQ(full.entry_count, written);
  EXPECT_EQ(full.torn_bytes, 0);
  ASSERT_THAT(events(), ElementsAre("log_write_failed"));
  EXPECT_EQ(diagnostics_[0].first_seq, written + 1);
  EXPECT_THAT(diagnostics_[0].message, HasSubstr("No space left on device"));
  EXPECT_EQ(error_kind(session_->flush_logs()), ErrorKind::kWrite);
  ASSERT_THAT(events(), ElementsAre("log_write_failed"));

  free_room();
  dispatch(1);
  EXPECT_EQ(marks().written_seq, kEntries + 1);
  EXPECT_EQ(session_->slice<CrashEntry>().size(), 5u);
  ASSERT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
  EXPECT_EQ(diagnostics_[1].first_seq, written + 1);
  EXPECT_EQ(diagnostics_[1].last_seq, kEntries + 1);
  EXPECT_EQ(diagnostics_[1].entry_count, kEntries + 1 - written);
  EXPECT_THAT(diagnostics_[1].message, HasSubstr("none was dropped"));
  EXPECT_TRUE(session_->close().ok());
  const LeftBehind after = look_at(path_, even_entry);
  EXPECT_THAT(after.problems, ElementsAre());
  EXPECT_EQ(after.entry_count, kEntries + 1);
  EXPECT_EQ(after.missing_count, 0);
}

TEST_P(FullDiskTest, PastTheBoundTheOldestAreDroppedCountedAndAHoleIsLeft) {
  constexpr int64_t kEntries = 400;
  constexpr int64_t kPendingMax = 20;
  ASSERT_TRUE(session_
                  ->configure_persistence<CrashEntry>(
                      {.path = path_, .max_memory_entries = 5, .max_pending_entries = kPendingMax})
                  .ok());
  dispatch(kEntries);
  const int64_t in_file = look_at(path_, even_entry).last_seq;
  const int64_t dropped = kEntries - kPendingMax - in_file;
  ASSERT_GT(dropped, 0);
  EXPECT_EQ(marks().dropped_count, dropped);
  EXPECT_EQ(session_->slice<CrashEntry>().size(), static_cast<size_t>(kPendingMax));
  ASSERT_THAT(events(), ElementsAre("log_write_failed", "log_entries_dropped"));

  free_room();
  EXPECT_TRUE(session_->flush_logs().ok());
  ASSERT_THAT(events(), ElementsAre("log_write_failed", "log_entries_dropped", "log_write_healed"));
  EXPECT_THAT(diagnostics_[2].message,
              HasSubstr(std::to_string(dropped) + " entries dropped, seq " +
                        std::to_string(in_file + 1) + " to " + std::to_string(in_file + dropped)));
  dispatch(1);
  EXPECT_TRUE(session_->close().ok());
  const LeftBehind after = look_at(path_, even_entry);
  EXPECT_THAT(after.problems, ElementsAre());
  EXPECT_EQ(after.last_seq, kEntries + 1);
  EXPECT_EQ(after.missing_count, dropped) << "the hole is there to be seen";
}

TEST_P(FullDiskTest, SyncedEntriesOfAFullDiskAreKeptTooAndAFullDiskIsNoFailedSync) {
  constexpr int64_t kEntries = 400;
  ASSERT_TRUE(
      session_
          ->configure_persistence<CrashEntry>(
              {.path = path_, .max_memory_entries = 5, .flush_interval = 7, .sync_on_flush = true})
          .ok());
  dispatch(kEntries);
  EXPECT_LT(marks().synced_seq, kEntries - 10);
  EXPECT_THAT(events(), ElementsAre("log_write_failed"));
  free_room();
  EXPECT_TRUE(session_->flush_logs().ok());
  EXPECT_EQ(marks().synced_seq, kEntries);
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
  const LeftBehind after = look_at(path_, even_entry);
  EXPECT_THAT(after.problems, ElementsAre());
  EXPECT_EQ(after.entry_count, kEntries);
  EXPECT_EQ(after.missing_count, 0);
}

TEST_P(FullDiskTest, InBackgroundModeAllArriveAndInOrderOnceThereIsRoom) {
  constexpr int64_t kEntries = 400;
  ASSERT_TRUE(
      session_
          ->configure_persistence<CrashEntry>(
              {.path = path_, .max_memory_entries = 5, .write_mode = WriteMode::kBackground})
          .ok());
  dispatch(kEntries);
  EXPECT_EQ(error_kind(session_->flush_logs(absl::InfiniteDuration())), ErrorKind::kWrite);
  const int64_t written = marks().written_seq;
  ASSERT_LT(written, kEntries - 10) << "the disk was to fill up";
  EXPECT_EQ(marks().accepted_seq, kEntries);
  EXPECT_EQ(session_->unwritten_count(), kEntries - written);
  EXPECT_EQ(session_->slice<CrashEntry>().size(), static_cast<size_t>(kEntries - written));
  const PersistenceStatus status = *session_->persistence_status<CrashEntry>();
  EXPECT_EQ(status.state, PersistenceStatus::State::kFailed);
  EXPECT_THAT(status.failure.ToString(), HasSubstr("No space left on device"));
  dispatch(100);

  free_room();
  // Nobody asks: the thread tries again by itself.
  while (session_->unwritten_count() > 0) std::this_thread::yield();
  dispatch(100);
  EXPECT_TRUE(session_->close(absl::InfiniteDuration()).ok());
  EXPECT_EQ(session_->slice<CrashEntry>().size(), 5u);
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
  const LeftBehind after = look_at(path_, even_entry);
  EXPECT_THAT(after.problems, ElementsAre());
  EXPECT_EQ(after.entry_count, kEntries + 200);
  EXPECT_EQ(after.missing_count, 0);
}

INSTANTIATE_TEST_SUITE_P(Disks, FullDiskTest, ::testing::Values(Disk::kTmpfs, Disk::kExt4),
                         [](const ::testing::TestParamInfo<Disk>& instance) {
                           return instance.param == Disk::kTmpfs ? "Tmpfs" : "Ext4";
                         });

}  // namespace
}  // namespace logslice::testing
