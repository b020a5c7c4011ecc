#include "group_commit.h"

namespace logslice::internal {

GroupCommit::Role GroupCommit::join(int64_t seq, const std::atomic<int64_t>& last_accepted_seq) {
  uint64_t awaited = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!is_busy_) {
      is_busy_ = true;
      ++batch_;
      target_seq_ = last_accepted_seq.load(std::memory_order_acquire);
      return Role::kLeader;
    }
    awaited = seq <= target_seq_ ? batch_ : batch_ + 1;
    // Between two batches, the next leader not awake yet: nobody will wake the one before again.
    if (finished_batch_.load(std::memory_order_relaxed) >= awaited) return Role::kServed;
    ++waiting_count_[awaited & 1];
  }
  WakeWord& wake = wake_[awaited & 1];
  for (;;) {
    // The word is read before what it announces, so that no announcement is slept through.
    const uint32_t seen = wake.read();
    if (finished_batch_.load(std::memory_order_acquire) >= awaited) return Role::kServed;
    if (leader_wanted_.load(std::memory_order_relaxed) &&
        leader_wanted_.exchange(false, std::memory_order_acq_rel)) {
      const std::lock_guard lock(mutex_);
      ++batch_;
      target_seq_ = last_accepted_seq.load(std::memory_order_acquire);
      return Role::kLeader;
    }
    wake.sleep(seen);
  }
}

void GroupCommit::finish() {
  uint64_t finished = 0;
  bool has_followers = false;
  bool has_next = false;
  {
    const std::lock_guard lock(mutex_);
    finished = batch_;
    has_followers = waiting_count_[finished & 1] > 0;
    waiting_count_[finished & 1] = 0;
    has_next = waiting_count_[(finished + 1) & 1] > 0;
    // With someone waiting to lead it stays busy: newcomers must not overtake.
    is_busy_ = has_next;
    finished_batch_.store(finished, std::memory_order_release);
    if (has_next) leader_wanted_.store(true, std::memory_order_release);
  }
  if (has_next) wake_[(finished + 1) & 1].wake_one();
  if (has_followers) wake_[finished & 1].wake_all();
}

}  // namespace logslice::internal
