// Which thread makes which system call in background mode, and what it is to hold one up.

#include <sys/syscall.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/left_behind.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/kernel/traced_child.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Kind = Ack::Kind;
using Words = std::vector<std::string>;

#ifdef SYS_mkdir
constexpr int64_t kMakeDirectory = SYS_mkdir;
#else
constexpr int64_t kMakeDirectory = SYS_mkdirat;
#endif

MATCHER_P2(IsAck, kind, seq, "") { return arg.kind == kind && arg.seq == seq; }

// Memory, threads, time, who and where we are; and no name of a file, no descriptor.
const std::set<int64_t>& calls_without_a_file() {
  static const std::set<int64_t> calls = {
      SYS_brk,          SYS_mmap,           SYS_munmap,         SYS_mremap,
      SYS_mprotect,     SYS_madvise,        SYS_futex,          SYS_clone,
      SYS_clone3,       SYS_rt_sigprocmask, SYS_rt_sigaction,   SYS_set_robust_list,
      SYS_rseq,         SYS_sched_yield,    SYS_prctl,          SYS_tgkill,
      SYS_getpid,       SYS_gettid,         SYS_getuid,         SYS_getppid,
      SYS_getcwd,       SYS_getrandom,      SYS_clock_gettime,  SYS_clock_nanosleep,
      SYS_gettimeofday, SYS_nanosleep,      SYS_restart_syscall};
  return calls;
}

class BackgroundCallsTest : public ::testing::Test {
 protected:
  const TemporaryDirectory directory_{TemporaryDirectory::fast_parent()};
  const std::string path_ = directory_ / "sub/log.jsonl";
};

struct CallsBetweenMarks {
  std::set<int64_t> with_a_file;  // by their numbers
  int wake_or_wait_count = 0;
};

// Those between two marks; between the next two; and so on.
std::vector<CallsBetweenMarks> calls_between_marks(TracedChild& child) {
  std::vector<CallsBetweenMarks> all;
  bool is_between = false;
  while (const std::optional<HeldCall> call = child.next_call()) {
    if (call->is_callers && call->number == SYS_getppid) {
      is_between = !is_between;
      if (is_between) all.emplace_back();
    } else if (call->is_callers && is_between) {
      if (call->number == SYS_futex) ++all.back().wake_or_wait_count;
      if (!calls_without_a_file().contains(call->number)) {
        all.back().with_a_file.insert(call->number);
      }
    }
    child.let_go(call->thread);
  }
  return all;
}

TEST_F(BackgroundCallsTest, TheCallerTouchesNoFileFromAttachingToTheEnd) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitiser makes calls of its own";
  TracedChild child({"marked", path_, "--entries", "1000"}, TracedChild::Threads::kCaller);
  if (!child.is_traced()) GTEST_SKIP() << "a child may not be traced here (ptrace)";
  const std::vector<CallsBetweenMarks> calls = calls_between_marks(child);
  ASSERT_EQ(calls.size(), 2u) << "configure_persistence and dispatch; the end";
  EXPECT_THAT(calls[0].with_a_file, IsEmpty()) << "numbers in the kernel's table";
  EXPECT_THAT(calls[1].with_a_file, IsEmpty()) << "numbers in the kernel's table";
  // A burst wakes nobody, or the thread once; a few times they meet at a lock.
  EXPECT_LT(calls[0].wake_or_wait_count, 200) << "of 1,000 events";
  EXPECT_EQ(child.end(), "exit code 0");
  EXPECT_THAT(child.acks(), ElementsAre(IsAck(Kind::kClosed, 1000)));
  EXPECT_EQ(look_at(path_, even_entry).entry_count, 1000);
}

TEST_F(BackgroundCallsTest, InlineTheCallerDoesWhichIsSeen) {
  TracedChild child({"marked", path_, "--entries", "10", "--inline"},
                    TracedChild::Threads::kCaller);
  if (!child.is_traced()) GTEST_SKIP() << "a child may not be traced here (ptrace)";
  const std::vector<CallsBetweenMarks> calls = calls_between_marks(child);
  ASSERT_EQ(calls.size(), 2u);
  for (const int64_t number : {int64_t{SYS_openat}, kMakeDirectory, int64_t{SYS_write}}) {
    EXPECT_TRUE(calls[0].with_a_file.contains(number)) << number;
  }
  EXPECT_EQ(child.end(), "exit code 0");
}

// A call of the writer's thread stays where it is, as on a disk that takes its time.
struct HeldUp {
  const char* name;
  int64_t number;
  Words arguments;
  Kind kind;
  int64_t first_count;  // entries that are in the file by then
};

class SlowDiskTest : public BackgroundCallsTest, public ::testing::WithParamInterface<HeldUp> {};

TEST_P(SlowDiskTest, TheCallerGoesOnMeanwhileAndNothingIsLost) {
  constexpr int64_t kEntries = 500;
  const HeldUp& held_up = GetParam();
  Words words = {"slow", path_, "--entries", std::to_string(kEntries)};
  words.insert(words.end(), held_up.arguments.begin(), held_up.arguments.end());
  TracedChild child(words, TracedChild::Threads::kAll);
  if (!child.is_traced()) GTEST_SKIP() << "a child may not be traced here (ptrace)";

  int mark_count = 0;
  std::optional<pid_t> writer;
  std::optional<pid_t> caller;
  bool has_been_held = false;
  while (const std::optional<HeldCall> call = child.next_call()) {
    if (call->is_callers && call->number == SYS_getppid) {
      ++mark_count;
      // 2. It has dispatched, and waits until the disk is at it.
      if (mark_count == 2 && !writer.has_value()) {
        caller = call->thread;
        continue;
      }
      // 4. It has waited in vain, and dispatched more.
      if (mark_count == 3 && writer.has_value()) child.let_go(*std::exchange(writer, std::nullopt));
    } else if (call->is_writers && call->number == held_up.number && mark_count > 0 &&
               !has_been_held) {
      // 1. or 3. The disk is.
      has_been_held = true;
      writer = call->thread;
      if (caller.has_value()) child.let_go(*std::exchange(caller, std::nullopt));
      continue;
    }
    child.let_go(call->thread);
  }

  EXPECT_TRUE(has_been_held);
  EXPECT_EQ(mark_count, 3);
  EXPECT_EQ(child.end(), "exit code 0");
  const int64_t total = held_up.first_count + 2 * kEntries;
  std::vector<Ack> acks = child.acks();
  if (held_up.first_count > 0) {
    ASSERT_FALSE(acks.empty());
    EXPECT_THAT(acks.front(), IsAck(held_up.kind, held_up.first_count));
    acks.erase(acks.begin());
  }
  EXPECT_THAT(acks,
              ElementsAre(IsAck(Kind::kMissedDeadline, kEntries), IsAck(Kind::kClosed, total)));
  const LeftBehind found = look_at(path_, even_entry);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.entry_count, total);
  EXPECT_EQ(found.missing_count, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, SlowDiskTest,
    ::testing::Values(HeldUp{"Open", SYS_openat, {}, Kind::kWritten, 0},
                      HeldUp{"MakeDirectory", kMakeDirectory, {}, Kind::kWritten, 0},
                      HeldUp{"Write", SYS_write, {"--first", "10"}, Kind::kWritten, 10},
                      HeldUp{
                          "Sync", SYS_fdatasync, {"--first", "10", "--sync"}, Kind::kSynced, 10}),
    [](const ::testing::TestParamInfo<HeldUp>& instance) { return instance.param.name; });

}  // namespace
}  // namespace logslice::testing
