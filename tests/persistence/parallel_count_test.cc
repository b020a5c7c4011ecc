// Counting with several threads: wherever the parts of a file meet, each line is counted once.
#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "logslice/persistence/scan_log.h"
#include "tests/support/fake_file_system.h"

namespace logslice::testing {
namespace {

constexpr const char* kLog = "/log.jsonl";

// Lines blank and not, short and long, in a file that is large enough for four threads.
TEST(ParallelCountTest, CountsWhatOneThreadCountsWhereverThePartsMeet) {
  FakeFileSystem fs;
  std::mt19937 random(3);
  constexpr size_t kBytes = size_t{33} << 20;
  const std::string blanks[] = {"", " ", "\t\r", "  \t", std::string(300, ' ')};
  for (const unsigned shape : {0u, 1u, 2u, 3u}) {
    std::string log;
    int64_t expected = 0;
    while (log.size() < kBytes) {
      const bool is_blank = shape > 0 && random() % (shape == 1 ? 5000 : 3) == 0;
      log += is_blank
                 ? blanks[random() % 5]
                 : std::string(1 + random() % (shape == 2 ? 9 : 900), random() % 2 ? 'a' : '\x01');
      // One line through a whole part and the places where it meets others.
      if (shape == 3 && log.size() > (size_t{7} << 20) && log.size() < (size_t{20} << 20)) {
        log.append(size_t{13} << 20, 'L');
        ++expected;
      } else {
        expected += is_blank ? 0 : 1;
      }
      log += '\n';
    }
    log += shape == 0 ? "" : "not committed";
    fs.set_content(kLog, std::move(log));
    for (const int threads : {1, 2, 3, 4, 64}) {
      EXPECT_EQ(*count_log_entries(kLog, {.threads = threads, .file_system = &fs}), expected)
          << shape << " " << threads;
    }
  }
}

// So that the newline behind each place where two parts meet is the first, or the last, or far.
TEST(ParallelCountTest, ALineBelongsToThePartInWhichItBegins) {
  FakeFileSystem fs;
  constexpr int64_t kPart = int64_t{8} << 20;
  for (int64_t shift = -2; shift <= 2; ++shift) {
    std::string log(2 * kPart, 'a');
    log[static_cast<size_t>(kPart + shift)] = '\n';
    log.back() = '\n';
    fs.set_content(kLog, log);
    EXPECT_EQ(*count_log_entries(kLog, {.threads = 2, .file_system = &fs}), 2) << shift;
  }
}

TEST(ParallelCountTest, SignalsAreForTheThreadsOfWhoeverHandlesThem) {
  FakeFileSystem fs;
  std::string log(size_t{17} << 20, 'a');
  log.back() = '\n';
  fs.set_content(kLog, std::move(log));
  int call_count = 0;
  for (int64_t call = 0; call < 150; ++call) {
    fs.on_call(call, [&call_count] {
      if (gettid() == getpid()) return;
      ++call_count;
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      EXPECT_EQ(sigismember(&blocked, SIGTERM), 1);
      EXPECT_EQ(sigismember(&blocked, SIGSEGV), 0);
    });
  }
  EXPECT_EQ(*count_log_entries(kLog, {.threads = 2, .file_system = &fs}), 1);
  EXPECT_GT(call_count, 0);
}

TEST(ParallelCountTest, AnErrorOfAnyThreadIsTheCounts) {
  FakeFileSystem fs;
  std::string log(size_t{17} << 20, 'a');
  for (size_t at = 99; at < log.size(); at += 100) log[at] = '\n';
  fs.set_content(kLog, log);
  fs.fail_named("read_at", EIO);
  const auto count = count_log_entries(kLog, {.threads = 2, .file_system = &fs});
  EXPECT_FALSE(count.ok());
  fs.heal();
  for (const int threads : {0, kScanThreadsMax + 1}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        count_log_entries(kLog, {.threads = threads, .file_system = &fs}).status()));
  }
}

}  // namespace
}  // namespace logslice::testing
