// ScanOptions::threads: what the threads of a scan are to the process, and to each other.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "logslice/persistence/scan_log.h"
#include "tests/persistence/scan_lines.h"
#include "tests/support/fake_file_system.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

// A log of many blocks.
class ScanThreadsTest : public ::testing::Test {
 protected:
  ScanThreadsTest() {
    std::mt19937 random(5);
    fs_.set_content(kLog, lines_of_all_kinds(random, 1, 12'000, 1));
  }

  FakeFileSystem fs_;
};

// A thread that has passed a block lets the next one read on before it has read its own.
TEST_F(ScanThreadsTest, BlocksOfOneFileAreReadBesideEachOther) {
  std::string log;
  for (int64_t seq = 1; log.size() < 4'000'000; ++seq) log += step(seq, std::string(60, 'n'));
  fs_.set_content(kLog, log);
  std::mutex mutex;
  std::condition_variable changed;
  bool has_begun = false;
  std::map<std::thread::id, int> call_counts;
  int reading_count = 0;
  bool have_met = false;
  bool have_waited = false;
  HookedFileSystem hooked(fs_, [&](std::string_view call) {
    std::unique_lock lock(mutex);
    if (!has_begun || call != "read_at") return;
    // A thread looks at the end of a block, and then reads the block.
    if (++call_counts[std::this_thread::get_id()] % 2 == 1 || call_counts.size() == 1) return;
    if (++reading_count > 1) have_met = true;
    changed.notify_all();
    if (!have_waited) changed.wait_for(lock, std::chrono::seconds(20), [&] { return have_met; });
    have_waited = true;
    --reading_count;
  });
  absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 3, .file_system = &hooked});
  ASSERT_TRUE(scan.ok());
  has_begun = true;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_TRUE(have_met);
}

int64_t thread_count() {
  const auto tasks = std::filesystem::directory_iterator("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

// Waits until this process has `count` threads: one that was joined may be listed a little longer,
// as the kernel wakes whoever joins it before it takes it off its list.
bool comes_to_thread_count(int64_t count) {
  for (int i = 0; i < 10'000; ++i) {
    if (thread_count() == count) return true;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return false;
}

TEST_F(ScanThreadsTest, AScanThatIsDroppedLeavesNoThreadBehind) {
  // With the first thread may come one of a sanitiser's own, to stay; the first itself must be
  // gone.
  std::string listed_as;
  std::thread([&] { listed_as = "/proc/self/task/" + std::to_string(gettid()); }).join();
  while (std::filesystem::exists(listed_as)) absl::SleepFor(absl::Milliseconds(1));
  const int64_t before = thread_count();
  for (const int64_t entries : {0, 1, 3000, 9000}) {
    absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    int64_t count = 0;
    for (auto it = scan->begin(); count < entries && it != scan->end(); ++it) ++count;
    EXPECT_EQ(count, entries);
    // What was read of it goes on elsewhere.
    const LogScan<Step> moved = *std::move(scan);
    if (entries == 3000) {
      EXPECT_TRUE(comes_to_thread_count(before + 3));
    }
  }
  EXPECT_TRUE(comes_to_thread_count(before));
}

// The scan ends in the middle of another thread's read, and waits for it.
TEST_F(ScanThreadsTest, AScanThatIsDroppedWaitsForItsThreads) {
  std::atomic<bool> is_reading = false;
  std::atomic<bool> has_read = false;
  const std::thread::id caller = std::this_thread::get_id();
  for (int64_t call = 0; call < 100; ++call) {
    fs_.on_call(call, [&] {
      if (std::this_thread::get_id() == caller || is_reading.exchange(true)) return;
      absl::SleepFor(absl::Milliseconds(50));  // a scan that does not wait is over before
      has_read = true;
    });
  }
  {
    absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    for (auto it = scan->begin(); !is_reading && it != scan->end();) ++it;
    ASSERT_TRUE(is_reading);
  }
  EXPECT_TRUE(has_read);
}

TEST_F(ScanThreadsTest, SignalsAreForTheThreadsOfWhoeverHandlesThem) {
  absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  auto it = scan->begin();
  for (int i = 0; i < 3000; ++i) ++it;
  size_t others_count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(getpid())) continue;
    ++others_count;
    std::ifstream status(task.path() / "status");
    std::string word;
    while (status >> word && word != "SigBlk:") {
    }
    status >> word;
    const uint64_t blocked = std::stoull(word, nullptr, 16);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGALRM}) {
      EXPECT_TRUE(blocked >> (signal - 1) & 1) << signal;
    }
  }
  EXPECT_GE(others_count, 3u);
}

TEST_F(ScanThreadsTest, AForkedChildIsToldThatTheScanDoesNotGoOn) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitiser's allocator may stay locked in a forked child";
  absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 3, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  auto it = scan->begin();
  for (int i = 0; i < 3000; ++i) ++it;
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // ends a child that hangs
    ++it;
    const bool is_told = it == scan->end() && absl::IsFailedPrecondition(scan->status());
    { const LogScan<Step> dropped = *std::move(scan); }
    _exit(is_told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  int64_t count = 3000;
  for (; it != scan->end(); ++it) ++count;
  EXPECT_EQ(count, scan->stats().entry_count);
  EXPECT_TRUE(scan->status().ok());
}

TEST_F(ScanThreadsTest, ANumberOfThreadsOutOfRangeIsNamed) {
  fs_.set_content(kLog, step(1, "a"));
  for (const int threads : {-1, 0, kScanThreadsMax + 1}) {
    const auto scan = scan_log<Step>(kLog, {.threads = threads, .file_system = &fs_});
    EXPECT_TRUE(absl::IsInvalidArgument(scan.status()));
    EXPECT_TRUE(scan.status().message().find("threads is") != std::string_view::npos);
  }
  EXPECT_TRUE(scan_log<Step>(kLog, {.threads = kScanThreadsMax, .file_system = &fs_}).ok());
}

}  // namespace
}  // namespace logslice::testing
