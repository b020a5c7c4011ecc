#include "tests/support/stepped_thread.h"

#include <utility>

namespace logslice::testing {

SteppedThread::SteppedThread() : thread_([this] { run(); }) {}

SteppedThread::~SteppedThread() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SteppedThread::begin(std::function<void()> work) { work_ = std::move(work); }

void SteppedThread::go_on(int64_t pauses) {
  if (is_idle()) return;
  hand_over(pauses);
  wait_for_it();
}

void SteppedThread::go_on_beside(const std::function<void()>& meanwhile) {
  if (is_idle()) return meanwhile();
  hand_over(1);
  meanwhile();
  wait_for_it();
}

void SteppedThread::pause(std::string_view where) {
  if (std::this_thread::get_id() != thread_.get_id()) return;
  if (--pauses_left_ > 0) return;
  at_ = where;
  std::unique_lock lock(mutex_);
  is_its_turn_ = false;
  changed_.notify_all();
  changed_.wait(lock, [this] { return is_its_turn_; });
}

void SteppedThread::hand_over(int64_t pauses) {
  pauses_left_ = pauses;
  at_ = {};
  {
    const std::lock_guard lock(mutex_);
    is_its_turn_ = true;
  }
  changed_.notify_all();
}

void SteppedThread::wait_for_it() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_its_turn_; });
}

void SteppedThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_its_turn_ || is_ending_; });
    if (is_ending_) return;
    lock.unlock();
    work_();
    work_ = nullptr;
    at_ = {};
    lock.lock();
    is_its_turn_ = false;
    changed_.notify_all();
  }
}

}  // namespace logslice::testing
