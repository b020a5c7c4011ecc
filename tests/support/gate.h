// This header defines Gate, at which a call of a disk hangs until somebody opens it.
#pragma once

#include <condition_variable>
#include <mutex>

namespace logslice::testing {

// Threads: any.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }
  // Returns once it is open.
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_count_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    --waiting_count_;
  }
  // Returns once somebody waits in pass().
  void wait_until_hung() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_open_ && waiting_count_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = true;
  int waiting_count_ = 0;
};

}  // namespace logslice::testing
