// This header defines ChangeWatcher, which wakes a follower when its log may have changed.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace logslice {

// ChangeWatcher belongs to one follower. Threads: one waits; any may wake it.
class ChangeWatcher {
 public:
  enum class Woken {
    kMaybeChanged,  // look at the log
    kTimedOut,      // the deadline has come
    kByWake,        // wake() was called
  };

  virtual ~ChangeWatcher() = default;

  // Returns once the log at `log_path`, its segments, or what leads to them may have changed since
  // the last call: earlier for no reason, but never more than 100 ms later. So the first call
  // returns at once.
  virtual Woken wait(const std::string& log_path,
                     std::chrono::steady_clock::time_point deadline) = 0;

  // Ends the wait() at hand, or the next one. May be called from a signal handler.
  virtual void wake() noexcept = 0;
};

// Waits for what the kernel tells of the directory (inotify). Where it cannot tell (network file
// systems, no watches left, no such directory yet) it looks every 50 ms. Error: no descriptor left.
absl::StatusOr<std::unique_ptr<ChangeWatcher>> make_change_watcher();

}  // namespace logslice
