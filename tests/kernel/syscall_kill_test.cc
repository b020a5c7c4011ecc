// A kill behind system call N, for every N of a scenario.

#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "gtest/gtest.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/kernel/traced_run.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using End = TracedRun::End;
using Words = std::vector<std::string>;

constexpr int64_t kToItsEnd = 1'000'000;
constexpr const char* kTornText = "{\"__type__\":\"test:CrashEntry\",\"text\":\"half a li";

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SystemCallKillTest : public ::testing::Test {
 protected:
  // `prepare` makes what the writer finds at the path; the writer runs with `arguments`.
  void kill_behind_every_call(const std::function<void(const std::string&)>& prepare,
                              const Words& arguments, FailedCall failed = {}) {
    const auto fresh_log = [&] {
      const std::string directory = directory_ / std::to_string(++log_count_);
      std::filesystem::create_directory(directory);
      const std::string path = directory + "/sub/log.jsonl";
      prepare(path);
      return path;
    };
    const auto run = [&](const std::string& path, int64_t call_count, FailedCall fails = {}) {
      Words words = {path, "--fixed-clock"};
      words.insert(words.end(), arguments.begin(), arguments.end());
      return run_until_system_call(words, call_count, fails);
    };

    const std::string first_path = fresh_log();
    const LeftBehind before = look_at(first_path);
    const TracedRun whole = run(first_path, kToItsEnd, failed);
    if (whole.end == End::kUntraceable) GTEST_SKIP() << "a child may not be traced here (ptrace)";
    ASSERT_EQ(whole.end, End::kExited);
    ASSERT_EQ(whole.acks.back().kind, Ack::Kind::kClosed);
    const int64_t appended = whole.acks.back().seq - before.last_seq;
    ASSERT_GT(appended, 0);
    ASSERT_GT(whole.call_count, 10);
    ASSERT_EQ(has_segment(first_path), failed.number >= 0);

    // Behind each one; a sanitiser, which slows each child down, is there for other mistakes.
    constexpr int64_t kStride = kIsSanitized ? 7 : 1;
    for (int64_t n = 0; n < whole.call_count; n += kStride) {
      const std::string path = fresh_log();
      const TracedRun killed = run(path, n, failed);
      SCOPED_TRACE("killed behind call " + std::to_string(n) + ", which is the kernel's number " +
                   std::to_string(killed.last_call));
      ASSERT_EQ(killed.end, End::kKilled);
      const LeftBehind first = check(path, before, killed);

      // The next one is killed, too, most of the time while it opens.
      const int64_t m = n * 7 % whole.call_count;
      const TracedRun killed_again = run(path, m);
      SCOPED_TRACE("then behind call " + std::to_string(m));
      const LeftBehind second = check(path, first, killed_again);

      const TracedRun last = run(path, kToItsEnd);
      ASSERT_EQ(last.end, End::kExited);
      ASSERT_FALSE(last.acks.empty());
      EXPECT_EQ(last.acks.front().seq, second.last_seq);
      const LeftBehind after = check(path, second, last);
      EXPECT_EQ(after.last_seq, second.last_seq + appended);
      EXPECT_EQ(after.torn_bytes, 0);
      if (HasFailure()) return;
    }
    std::printf("killed behind each of %lld system calls\n",
                static_cast<long long>(whole.call_count));
  }

  static bool has_segment(const std::string& path) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
      if (entry.path().filename().string().starts_with("log.0")) return true;
    }
    return false;
  }

  LeftBehind check(const std::string& path, const LeftBehind& before, const TracedRun& run) {
    const LeftBehind found = look_at(path);
    for (const std::string& problem : found.problems) ADD_FAILURE() << problem;
    EXPECT_EQ(found.missing_count, 0);
    EXPECT_GE(found.last_seq, std::max(before.last_seq, run.acknowledged()));
    // No byte of what was torn is gone: it is where it was, or aside.
    if (has_torn_tail_) {
      EXPECT_NE((content_of(path) + content_of(path + ".torn")).find(kTornText), std::string::npos);
    }
    return found;
  }

  // A log of `entry_count` entries, whole.
  static void write_log(const std::string& path, int64_t entry_count) {
    ASSERT_EQ(run_until_system_call({path, "--entries", std::to_string(entry_count)}, kToItsEnd)
                  .acknowledged(),
              entry_count);
  }

  void tear(const std::string& path) {
    has_torn_tail_ = true;
    std::ofstream(path, std::ios::binary | std::ios::app) << kTornText;
  }

  const TemporaryDirectory directory_{TemporaryDirectory::fast_parent()};
  int log_count_ = 0;
  bool has_torn_tail_ = false;
};

TEST_F(SystemCallKillTest, NewLogInANewDirectorySynced) {
  kill_behind_every_call([](const std::string&) {}, {"--sync", "--entries", "3"});
}

TEST_F(SystemCallKillTest, NewLogWithoutSync) {
  kill_behind_every_call([](const std::string&) {}, {"--entries", "3"});
}

TEST_F(SystemCallKillTest, TornTailIsRepairedThenThreeEntriesAreSynced) {
  kill_behind_every_call(
      [this](const std::string& path) {
        write_log(path, 2);
        tear(path);
      },
      {"--sync", "--entries", "3"});
}

TEST_F(SystemCallKillTest, TornTailBesideAnEarlierPiece) {
  kill_behind_every_call(
      [this](const std::string& path) {
        write_log(path, 2);
        std::ofstream(path + ".torn") << "{\"torn_at_offset\":1,\"bytes\":1}\nx";
        tear(path);
      },
      {"--flush-interval", "3", "--entries", "3"});
}

TEST_F(SystemCallKillTest, OldLogIsOpenedAndClosedTwice) {
  kill_behind_every_call([](const std::string& path) { write_log(path, 20); },
                         {"--flush-interval", "2", "--sync", "--entries", "3", "--lives", "2"});
}

// A failed sync is final: the file is sealed, and what is kept goes into a new one.
TEST_F(SystemCallKillTest, SealingAfterAFailedSync) {
  if (!can_fail_calls()) GTEST_SKIP() << "only on x86-64 can the test make a call fail";
  // The first is the sidecar's.
  for (const int64_t index : {1, 2}) {
    SCOPED_TRACE("sync " + std::to_string(index) + " fails");
    kill_behind_every_call([](const std::string&) {}, {"--sync", "--entries", "3", "--may-fail"},
                           {.number = SYS_fdatasync, .index = index});
    kill_behind_every_call([](const std::string& path) { write_log(path, 5); },
                           {"--sync", "--flush-interval", "2", "--entries", "6", "--may-fail"},
                           {.number = SYS_fdatasync, .index = index - 1});
  }
}

}  // namespace
}  // namespace logslice::testing
