// This header defines DirectoryWatcher, which wakes a follower by what the kernel tells of the
// directory of its log. Rules: specs/following.md, "Waking".
#pragma once

#include <sys/inotify.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/change_watcher.h"

namespace logslice::internal {

// The system calls that may fail for want of watches. Each is one call with its raw outcome.
class InotifyCalls {
 public:
  virtual ~InotifyCalls() = default;
  virtual int init() { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }
  virtual int add_watch(int descriptor, const char* path, uint32_t mask) {
    return inotify_add_watch(descriptor, path, mask);
  }
};

// Where a watch cannot be had it looks every 50 ms instead, and tries again each time.
// Threads: as ChangeWatcher.
class DirectoryWatcher final : public ChangeWatcher {
 public:
  // ResourceExhausted: not even a descriptor for wake().
  static absl::StatusOr<std::unique_ptr<DirectoryWatcher>> make(
      std::unique_ptr<InotifyCalls> calls = std::make_unique<InotifyCalls>());
  ~DirectoryWatcher() override;

  Woken wait(const std::string& log_path, std::chrono::steady_clock::time_point deadline) override;
  void wake() noexcept override;

  // Whether the kernel wakes it, as far as the last wait() came.
  bool has_watch() const { return has_watch_; }

 private:
  enum class Armed { kAsBefore, kAnew };

  DirectoryWatcher(std::unique_ptr<InotifyCalls> calls, int wake_descriptor);

  // Watches the directory of the log, or the nearest one above it that is there.
  Armed arm(const std::string& log_path);
  // Takes all events. Whether one of them may concern the log.
  bool take_events(const std::string& log_path);
  void take_wakes();

  const std::unique_ptr<InotifyCalls> calls_;
  const int wake_descriptor_;
  int inotify_descriptor_ = -1;
  int watch_ = -1;         // of inotify
  bool is_above_ = false;  // the log's own directory is not there yet
  bool has_watch_ = false;
  bool is_first_wait_ = true;
};

}  // namespace logslice::internal
