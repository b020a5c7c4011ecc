// This header defines GroupCommit, by which threads share one sync.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "wake_word.h"

namespace logslice::internal {

// GroupCommit lets one thread at a time work for all: the leader of a batch. Those who come while
// it works and whose entries it has are its followers; the others wait for the next batch, one of
// them to lead it. A batch wakes its own followers and exactly one next leader, each with one call:
// waking all would have them fight for a lock just to sleep again. Threads: any.
class GroupCommit {
 public:
  enum class Role { kLeader, kServed };

  // Blocks until the caller is to lead (it then does the work for everything accepted and calls
  // finish()) or a batch that took its entry along is finished, well or badly.
  Role join(int64_t seq, const std::atomic<int64_t>& last_accepted_seq);
  void finish();

 private:
  std::mutex mutex_;  // guards the next four; never held while waiting or working
  bool is_busy_ = false;
  uint64_t batch_ = 0;
  int64_t target_seq_ = 0;  // the batch takes along everything up to here
  int waiting_count_[2] = {0, 0};

  std::atomic<uint64_t> finished_batch_{0};
  std::atomic<bool> leader_wanted_{false};
  // One per parity of the batch waited for.
  WakeWord wake_[2];
};

}  // namespace logslice::internal
