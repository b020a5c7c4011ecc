// A writer in one thread, which seals all the time, and followers in others.

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

#include "tests/persistence/follow_fixture.h"

namespace logslice::testing {
namespace {

// Looks again at once. Threads: any.
class RestlessWatcher final : public ChangeWatcher {
 public:
  Woken wait(const std::string&, std::chrono::steady_clock::time_point) override {
    std::this_thread::yield();
    return Woken::kMaybeChanged;
  }
  void wake() noexcept override {}
};

struct Seen {
  std::vector<int64_t> seqs;
  std::vector<std::string> other;
  ScanStats stats;
};

// Follows from the beginning to the entry `last_seq`.
Seen follow_to(FileSystem& fs, int64_t last_seq) {
  Seen seen;
  absl::StatusOr<LogFollower<Note>> follower =
      follow_log<Note>("/log.jsonl", {.start = {FollowStart::At::kBeginning},
                                      .scan = {.file_system = &fs},
                                      .watcher = std::make_shared<RestlessWatcher>()});
  if (!follower.ok()) {
    seen.other.push_back(text_of(follower.status()));
    return seen;
  }
  while (seen.seqs.empty() || seen.seqs.back() < last_seq) {
    const Followed found = follower->wait_next(absl::InfiniteDuration());
    if (found == Followed::kEntry) {
      seen.seqs.push_back(follower->seq());
      continue;
    }
    seen.other.push_back(found == Followed::kChange
                             ? std::string(log_change_name(follower->change()))
                             : text_of(follower->status()));
    if (found != Followed::kChange) break;
  }
  seen.stats = follower->stats();
  return seen;
}

TEST(FollowStressTest, FollowersSeeEachEntryOnceAndInOrderAcrossSealingsWithLinesWrittenAgain) {
  constexpr int64_t kEntries = 20000;
  FakeFileSystem fs;
  FakeClock clock;
  std::vector<Seen> seen(2);
  std::vector<std::thread> followers;
  for (Seen& one : seen) followers.emplace_back([&] { one = follow_to(fs, kEntries); });
  TestLog log(fs, clock, {.flush_interval = 3, .sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  int64_t sealings = 0;
  for (int64_t i = 1; i <= kEntries; ++i) {
    // Every file is sealed after some entries: the last of them are then in the next one, too.
    if (i % 20 == 0) {
      fs.fail_once_named("sync_data", EIO);
      ++sealings;
    }
    (void)log.append("n", i);
    clock.advance(absl::Milliseconds(i % 3));
  }
  ASSERT_TRUE(log.writer->flush().ok());
  for (std::thread& follower : followers) follower.join();
  for (const Seen& one : seen) {
    ASSERT_EQ(one.seqs.size(), static_cast<size_t>(kEntries));
    for (int64_t i = 0; i < kEntries; ++i) ASSERT_EQ(one.seqs[static_cast<size_t>(i)], i + 1);
    EXPECT_TRUE(one.other.empty()) << one.other[0];
    EXPECT_EQ(one.stats.damaged_count, 0);
    EXPECT_EQ(one.stats.conflict_count, 0);
  }
  EXPECT_GT(fs.list_directory("/").names.size(), static_cast<size_t>(sealings));
}

void follow_rotations(SegmentCompression compression) {
  constexpr int64_t kEntries = 20000;
  FakeFileSystem fs;
  FakeClock clock;
  std::vector<Seen> seen(2);
  std::vector<std::thread> followers;
  for (Seen& one : seen) followers.emplace_back([&] { one = follow_to(fs, kEntries); });
  TestLog log(fs, clock, {.rotate_at_bytes = 1000, .compression = compression});
  const bool is_open = log.open().ok();
  EXPECT_TRUE(is_open);
  for (int64_t i = 1; is_open && i <= kEntries; ++i) EXPECT_TRUE(log.append("n", i).ok());
  for (std::thread& follower : followers) follower.join();
  for (const Seen& one : seen) {
    ASSERT_EQ(one.seqs.size(), static_cast<size_t>(kEntries));
    for (int64_t i = 0; i < kEntries; ++i) ASSERT_EQ(one.seqs[static_cast<size_t>(i)], i + 1);
    EXPECT_TRUE(one.other.empty()) << one.other[0];
    EXPECT_EQ(one.stats.conflict_count, 0);
    EXPECT_EQ(one.stats.damaged_count, 0);
  }
  const std::vector<std::string> names = fs.list_directory("/").names;
  EXPECT_GT(names.size(), 1000u);
  const bool has_archives = std::any_of(
      names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".gz"); });
  EXPECT_EQ(has_archives, compression == SegmentCompression::kGzip);
}

TEST(FollowStressTest, FollowersSeeEachEntryOnceAndInOrderAcrossThousandsOfRotations) {
  follow_rotations(SegmentCompression::kNone);
}

TEST(FollowStressTest, FollowersSeeEachEntryOnceAndInOrderWhileSegmentsAreCompressed) {
  follow_rotations(SegmentCompression::kGzip);
}

}  // namespace
}  // namespace logslice::testing
