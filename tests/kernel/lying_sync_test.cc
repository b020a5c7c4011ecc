// A disk that has less room than it says: the sync fails once, then the kernel says that all is
// well, and what it has dropped reads back until the cache is gone (RELIABILITY, row 7).

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/describe.h"
#include "tests/kernel/crash_entry.h"
#include "tests/kernel/scratch_mount.h"
#include "tests/kernel/watched_file_system.h"
#include "tests/support/fake_clock.h"

namespace logslice::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kSyncedEntries = 1'000;     // about 1 MB
constexpr int64_t kBufferedEntries = 20'000;  // about 20 MB, more than the disk really has

class LyingSyncTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string refusal;
    backing_ = Tmpfs::mount(12 * kMiB, &refusal);
    if (backing_ == nullptr) GTEST_SKIP() << refusal;
    disk_ = LoopedExt4::mount(64 * kMiB, backing_->path(), "", &refusal);
    if (disk_ == nullptr) GTEST_SKIP() << refusal;
    path_ = disk_->path() + "/log.jsonl";

    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened = PersistentLogWriter::open(
        {.path = path_, .flush_interval = 100'000, .sync_on_flush = true},
        {.clock = &clock_, .file_system = &watched_, .diagnostics = [this](const Diagnostic& d) {
           events_.push_back(d.event);
         }});
    ASSERT_TRUE(opened.ok()) << opened.status();
    writer_ = *std::move(opened);
    type_ = writer_->register_type(internal::type_table<CrashEntry>());

    // 1. What is synced while there is room.
    accept(kSyncedEntries);
    ASSERT_TRUE(writer_->flush().ok());
    ASSERT_EQ(writer_->marks().synced_seq, kSyncedEntries);
    // 2. What the file system takes, and the device cannot.
    accept(kBufferedEntries);
  }

  void accept(int64_t count) {
    for (; count > 0; --count) {
      entries_.push_back(even_entry(writer_->last_accepted_seq() + 1));
      ASSERT_TRUE(writer_->accept(type_, &entries_.back()).ok());
    }
  }

  // Tries again, as a runtime that goes on does: each time later than any pace allows.
  absl::Status flush_after(absl::Duration pause) {
    clock_.advance(pause);
    return writer_->flush();
  }

  // What is really there: the numbers that can be read back, in order, each once.
  std::vector<int64_t> seqs_on_the_device() {
    writer_.reset();
    EXPECT_TRUE(disk_->remount());
    std::vector<int64_t> seqs;
    absl::StatusOr<LogScan<CrashEntry>> scan = scan_log<CrashEntry>(path_);
    EXPECT_TRUE(scan.ok()) << scan.status();
    if (!scan.ok()) return seqs;
    for (auto it = scan->begin(); it != scan->end(); ++it) {
      EXPECT_EQ(it->text, even_entry(it.seq()).text);
      EXPECT_TRUE(seqs.empty() || seqs.back() < it.seq()) << it.seq();
      seqs.push_back(it.seq());
    }
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    return seqs;
  }

  bool sealed_segment_has_zeros() const {
    for (const auto& entry : std::filesystem::directory_iterator(disk_->path())) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("log.0") || !name.ends_with(".jsonl")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), {}};
      if (content.find('\0') != std::string::npos) return true;
    }
    return false;
  }

  // 1, 2, 3, … as far as it goes without a gap.
  static int64_t whole_up_to(const std::vector<int64_t>& seqs) {
    int64_t last = 0;
    while (last < static_cast<int64_t>(seqs.size()) && seqs[static_cast<size_t>(last)] == last + 1)
      ++last;
    return last;
  }

  std::unique_ptr<Tmpfs> backing_;
  std::unique_ptr<LoopedExt4> disk_;
  std::string path_;
  FakeClock clock_;
  std::vector<std::string> events_;
  std::deque<CrashEntry> entries_;
  int type_ = 0;
  WatchedFileSystem watched_;
  std::shared_ptr<PersistentLogWriter> writer_;
};

TEST_F(LyingSyncTest, AfterOneFailedSyncEverythingGetsIntoANewSegment) {
  // There is room again at once. From now on every sync of the first file would say that all is
  // well, and everything in it reads back: it is the next boot that would find the zeros.
  int64_t failed_count = 0;
  watched_.events().on_failed_sync = [&] {
    if (failed_count++ == 0) {
      EXPECT_TRUE(backing_->resize(128 * kMiB));
    }
  };
  for (int attempt = 0; attempt < 4 && !flush_after(absl::Seconds(100)).ok(); ++attempt) {
  }
  EXPECT_EQ(failed_count, 1);
  EXPECT_THAT(events_, Contains("log_sync_failed"));
  EXPECT_THAT(events_, Contains("log_segment_sealed"));
  accept(10);
  EXPECT_TRUE(writer_->flush().ok());
  constexpr int64_t kAll = kSyncedEntries + kBufferedEntries + 10;
  EXPECT_EQ(writer_->marks().synced_seq, kAll);
  EXPECT_EQ(writer_->marks().dropped_count, 0);
  EXPECT_TRUE(writer_->close().ok());
  EXPECT_THAT(events_, Not(Contains("log_closed_unwritten")));
  const std::vector<int64_t> seqs = seqs_on_the_device();
  EXPECT_EQ(seqs.size(), static_cast<size_t>(kAll));
  EXPECT_EQ(whole_up_to(seqs), kAll);
  // Or this would have shown nothing.
  EXPECT_TRUE(sealed_segment_has_zeros()) << "the kernel was to lie";
}

TEST_F(LyingSyncTest, WithoutRoomWhatWasCalledSyncedIsThereAndTheRestIsNotCalledSo) {
  // In the end the kernel may give the file system up altogether and make it read-only.
  for (int attempt = 0; attempt < 4; ++attempt) {
    EXPECT_FALSE(flush_after(absl::Seconds(100)).ok()) << "the disk is as full as before";
  }
  EXPECT_THAT(events_, Contains("log_sync_failed"));
  const int64_t synced = writer_->marks().synced_seq;
  EXPECT_GE(synced, kSyncedEntries);
  EXPECT_LT(synced, kSyncedEntries + kBufferedEntries);
  EXPECT_FALSE(writer_->close().ok());
  EXPECT_THAT(events_, Contains("log_closed_unwritten"));
  EXPECT_GE(whole_up_to(seqs_on_the_device()), synced);
}

}  // namespace
}  // namespace logslice::testing
