// This header defines file systems that a test makes, fills, breaks and throws away.
//
// They are mounted in a mount namespace of this process alone: nobody else sees them, and a test
// that is killed leaves no mount and no loop device behind. Children that it starts see them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/kernel/temporary_directory.h"

namespace logslice::testing {

// Makes the mount namespace, once a process. Why that cannot be had; empty if it can.
const std::string& refusal_of_own_namespace();

// An empty file system in memory.
class Tmpfs {
 public:
  // Null, and why in `refusal`, where that cannot be had (no root, mounts forbidden).
  static std::unique_ptr<Tmpfs> mount(int64_t size_bytes, std::string* refusal);
  Tmpfs(const Tmpfs&) = delete;
  Tmpfs& operator=(const Tmpfs&) = delete;
  ~Tmpfs();

  const std::string& path() const { return directory_.path(); }
  // Whether there was room for it to grow.
  bool resize(int64_t size_bytes);

 private:
  Tmpfs() = default;

  const TemporaryDirectory directory_;
};

// An ext4 in a file, on a loop device.
class LoopedExt4 {
 public:
  // Makes a file of that size in `image_directory` (sparse), a file system in it, and mounts it
  // with `mount_options` ("data=writeback"; may be empty). Null, and why in `refusal`, where that
  // cannot be had.
  static std::unique_ptr<LoopedExt4> mount(int64_t size_bytes, const std::string& image_directory,
                                           const std::string& mount_options, std::string* refusal);
  LoopedExt4(const LoopedExt4&) = delete;
  LoopedExt4& operator=(const LoopedExt4&) = delete;
  ~LoopedExt4();

  const std::string& path() const { return mount_point_.path(); }

  // From now on nothing reaches the device, and what only the journal in memory knows is lost.
  bool cut_power();
  // As after a boot: the page cache is gone, the journal is replayed. Nobody may have a file of it
  // open. False if the kernel refuses; errno says why.
  bool remount();
  // Everything that is dirty now is on the device.
  bool sync();

 private:
  explicit LoopedExt4(std::string mount_options) : mount_options_(std::move(mount_options)) {}
  bool attach(const std::string& image, std::string* refusal);
  bool mount_device();

  const TemporaryDirectory mount_point_;
  const std::string mount_options_;
  std::string image_;
  std::string device_;  // "/dev/loop3"
  int loop_ = -1;       // the device goes when this and the mount are gone
  bool is_mounted_ = false;
};

}  // namespace logslice::testing
