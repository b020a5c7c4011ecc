#include "group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "wake_word.h"

namespace logslice::internal {
namespace {

TEST(WakeWordTest, SleepsThroughNoWakeThatComesAfterItWasRead) {
  WakeWord word;
  const uint32_t seen = word.read();
  word.wake_one();
  word.sleep(seen);  // for ever, if it did
  EXPECT_NE(word.read(), seen);
}

TEST(WakeWordTest, WakesWhoeverSleeps) {
  constexpr int kTurns = 2000;
  WakeWord word;
  std::atomic<int> turn{0};
  const auto take_turns = [&](int parity, bool wakes_all) {
    for (int i = parity; i < kTurns; i += 2) {
      for (uint32_t seen = word.read(); turn.load() != i; seen = word.read()) word.sleep(seen);
      ++turn;
      wakes_all ? word.wake_all() : word.wake_one();
    }
  };
  std::thread other(take_turns, 1, true);
  take_turns(0, false);
  other.join();
  EXPECT_EQ(turn, kTurns);
}

// Work that is done for all who have come: raises `done_seq` to what was accepted when it began.
class SharedWork {
 public:
  void append_one() {
    const int64_t seq = accepted_seq_.fetch_add(1) + 1;
    if (commit_.join(seq, accepted_seq_) == GroupCommit::Role::kLeader) {
      ++batch_count_;
      EXPECT_FALSE(is_led_.exchange(true)) << "two lead at once";
      const int64_t target = accepted_seq_.load();
      std::this_thread::yield();
      done_seq_.store(target);
      is_led_ = false;
      commit_.finish();
    }
    EXPECT_GE(done_seq_.load(), seq) << "let go before its batch was finished";
  }

  int64_t batch_count() const { return batch_count_; }
  int64_t done_seq() const { return done_seq_; }

 private:
  GroupCommit commit_;
  std::atomic<int64_t> accepted_seq_{0};
  std::atomic<int64_t> done_seq_{0};
  std::atomic<int64_t> batch_count_{0};
  std::atomic<bool> is_led_{false};
};

TEST(GroupCommitTest, WithOneThreadEachIsABatch) {
  SharedWork work;
  for (int i = 0; i < 100; ++i) work.append_one();
  EXPECT_EQ(work.batch_count(), 100);
}

TEST(GroupCommitTest, LetsEveryoneGoOnceItsBatchIsFinishedWithOneLeaderAtATime) {
  for (const int thread_count : {2, 3, 16}) {
    SCOPED_TRACE(thread_count);
    SharedWork work;
    constexpr int kEach = 2000;
    std::vector<std::thread> threads;
    for (int t = 0; t < thread_count; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) work.append_one();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(work.done_seq(), thread_count * kEach);
  }
}

}  // namespace
}  // namespace logslice::internal
