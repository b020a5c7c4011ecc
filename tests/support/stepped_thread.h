// This header defines SteppedThread, a thread that runs only while it is told to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace logslice::testing {

// Between its owner and the thread exactly one runs at a time, so that what they do together is the
// same in every run. The thread stops where its work calls pause(): before each system call, say.
class SteppedThread {
 public:
  SteppedThread();
  SteppedThread(const SteppedThread&) = delete;
  SteppedThread& operator=(const SteppedThread&) = delete;
  // It must be idle.
  ~SteppedThread();

  // ---- The owner

  bool is_idle() const { return work_ == nullptr; }
  // Where it has paused; empty if it is idle, or has not begun.
  std::string_view at() const { return at_; }

  // Gives it work, which it does not begin yet. It must be idle.
  void begin(std::function<void()> work);
  // It passes so many pauses less one, and stands before the next; or its work ends. The owner
  // waits for that.
  void go_on(int64_t pauses = 1);
  void finish() { go_on(INT64_MAX); }
  // go_on(), while the owner runs `meanwhile`: the one moment when both do.
  void go_on_beside(const std::function<void()>& meanwhile);

  // ---- Its work. Elsewhere it does nothing.

  void pause(std::string_view where);

 private:
  void run();
  void hand_over(int64_t pauses);
  void wait_for_it();

  // Touched by whoever runs.
  std::function<void()> work_;
  std::string_view at_;  // of literals
  int64_t pauses_left_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_its_turn_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace logslice::testing
