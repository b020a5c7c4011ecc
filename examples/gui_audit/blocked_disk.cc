#include "blocked_disk.h"

#include <memory>
#include <vector>

namespace gui_audit {

void BlockedDisk::release() {
  {
    const std::lock_guard lock(mutex_);
    is_released_ = true;
  }
  changed_.notify_all();
}

void BlockedDisk::wait_until_called() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_count_ > 0; });
}

logslice::FileSystem& BlockedDisk::wait() {
  std::unique_lock lock(mutex_);
  ++waiting_count_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return is_released_; });
  --waiting_count_;
  return behind_;
}

BlockedDisk& blocked_disk_for_ever() {
  // Leaked, but never out of sight, so that no checker of leaks takes them for forgotten.
  static auto* const disks = new std::vector<std::unique_ptr<BlockedDisk>>;
  return *disks->emplace_back(std::make_unique<BlockedDisk>());
}

}  // namespace gui_audit
