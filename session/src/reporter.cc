#include "reporter.h"

#include <algorithm>
#include <new>
#include <utility>

namespace logslice::internal {

void Reporter::report(const Diagnostic& diagnostic) {
  if (sink_ == nullptr) return;
  const std::thread::id self = std::this_thread::get_id();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    try {
      if (hold_count_ > 0) {
        held_.push_back(diagnostic);
        return;
      }
      running_.push_back(self);
    } catch (const std::bad_alloc&) {
      return;  // what it tells of must not fail for want of memory to tell it
    }
  }
  try {
    sink_(diagnostic);
  } catch (...) {
    // There is nobody left to tell.
  }
  {
    const std::lock_guard lock(mutex_);
    running_.erase(std::find(running_.begin(), running_.end(), self));
  }
  one_returned_.notify_all();
}

void Reporter::close() {
  const std::thread::id self = std::this_thread::get_id();
  std::unique_lock lock(mutex_);
  closed_ = true;
  one_returned_.wait(lock, [&] {
    return std::all_of(running_.begin(), running_.end(),
                       [self](std::thread::id id) { return id == self; });
  });
}

Reporter::Hold::Hold(Reporter& reporter) : reporter_(reporter) {
  const std::lock_guard lock(reporter_.mutex_);
  ++reporter_.hold_count_;
}

Reporter::Hold::~Hold() {
  std::vector<Diagnostic> held;
  {
    const std::lock_guard lock(reporter_.mutex_);
    if (--reporter_.hold_count_ > 0) return;
    held.swap(reporter_.held_);
  }
  for (const Diagnostic& diagnostic : held) reporter_.report(diagnostic);
}

}  // namespace logslice::internal
