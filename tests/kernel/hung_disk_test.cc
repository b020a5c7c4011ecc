// A disk that never answers, under a program that logs and ends.

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/child_process.h"
#include "tests/kernel/silent_fuse.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;

using Kind = Ack::Kind;
using Words = std::vector<std::string>;

constexpr int64_t kEntries = 1000;

MATCHER_P2(IsAck, kind, seq, "") { return arg.kind == kind && arg.seq == seq; }

// It leaves main(), and a sanitiser looks at what it leaves; were it held up, it would kill itself.
void expect_orderly_end(const Words& arguments, bool is_closed_by_destructor) {
  Words words = {"hung", "--entries", std::to_string(kEntries)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  if (is_closed_by_destructor) words.push_back("--destroy");
  ChildProcess child(BACKGROUND_CHILD, words);
  std::vector<Ack> acks;
  while (const std::optional<Ack> ack = child.next_ack()) acks.push_back(*ack);
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

TEST(HungFuseTest, TheProgramIsToldAndEnds) {
  std::string refusal;
  const std::unique_ptr<SilentFuse> fuse = SilentFuse::mount(&refusal);
  if (fuse == nullptr) GTEST_SKIP() << refusal;
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
