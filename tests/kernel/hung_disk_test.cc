// A disk that never answers, under a program that logs and ends.

#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/child_process.h"
#include "tests/kernel/silent_fuse.h"
#include "tests/kernel/temporary_directory.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

using Kind = Ack::Kind;
using Words = std::vector<std::string>;

constexpr int64_t kEntries = 1000;

MATCHER_P2(IsAck, kind, seq, "") { return arg.kind == kind && arg.seq == seq; }

// Whoever is not gone by then is held up.
constexpr auto kHeldUpAfter = std::chrono::minutes(2);

// It leaves main(), and a sanitiser looks at what it leaves.
void expect_orderly_end(const Words& arguments, bool is_closed_by_destructor) {
  Words words = {"hung", "--entries", std::to_string(kEntries)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  if (is_closed_by_destructor) words.push_back("--destroy");
  ChildProcess child(BACKGROUND_CHILD, words);
  std::vector<Ack> acks;
  const auto deadline = std::chrono::steady_clock::now() + kHeldUpAfter;
  while (const std::optional<Ack> ack = child.next_ack_before(deadline)) acks.push_back(*ack);
  // Its output has ended with it; if not, it ends now.
  child.kill();
  const int status = child.reap();
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  if (is_closed_by_destructor) {
    EXPECT_THAT(acks, ElementsAre(IsAck(Kind::kMissedDeadline, kEntries), IsAck(Kind::kClosed, 0)));
  } else {
    EXPECT_THAT(acks, ElementsAre(IsAck(Kind::kMissedDeadline, kEntries),
                                  IsAck(Kind::kMissedDeadline, kEntries), IsAck(Kind::kClosed, 0)));
  }
}

// In the environment of children.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& added) : name_(name) {
    if (const char* const before = getenv(name)) before_ = before;
    setenv(name, (before_.has_value() ? *before_ + ":" + added : added).c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (before_.has_value()) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

TEST(HungFuseTest, TheProgramIsToldAndEnds) {
  std::string refusal;
  const std::unique_ptr<SilentFuse> fuse = SilentFuse::mount(&refusal);
  if (fuse == nullptr) GTEST_SKIP() << refusal;
  // To look for leaks a sanitiser stops each thread, which the kernel does not do to one that waits
  // for a FUSE.
  const ScopedVariable leak_check("ASAN_OPTIONS", "detect_leaks=0");
  for (const bool is_closed_by_destructor : {false, true}) {
    SCOPED_TRACE(is_closed_by_destructor);
    expect_orderly_end({fuse->path() + "/log.jsonl"}, is_closed_by_destructor);
    expect_orderly_end({fuse->path() + "/sub/sub/log.jsonl"}, is_closed_by_destructor);
  }
}

// The thread sleeps for ever in a call of the file layer: as on a hung disk, but a sanitiser, which
// stops all threads to look for leaks, can do so.
class HungCallTest : public ::testing::TestWithParam<const char*> {};

TEST_P(HungCallTest, TheProgramIsToldAndEndsAndNothingLeaks) {
  const TemporaryDirectory directory;
  for (const bool is_closed_by_destructor : {false, true}) {
    SCOPED_TRACE(is_closed_by_destructor);
    const std::string name = is_closed_by_destructor ? "/first.jsonl" : "/second.jsonl";
    Words words = {directory.path() + "/sub" + name, "--hang-in", GetParam()};
    if (std::string(GetParam()) == "sync_data") words.push_back("--sync");
    expect_orderly_end(words, is_closed_by_destructor);
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, HungCallTest,
                         ::testing::Values("canonicalize", "open", "make_directory", "try_lock",
                                           "write_at", "append", "sync_data"),
                         [](const ::testing::TestParamInfo<const char*>& instance) {
                           return std::string(instance.param);
                         });

}  // namespace
}  // namespace logslice::testing
