#include "tests/kernel/scratch_mount.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace logslice::testing {

namespace {

std::string because(const std::string& what) { return what + ": " + std::strerror(errno); }

// A program that a plain path may not lead to.
bool run(const std::string& command) {
  const int status =
      std::system(("PATH=\"$PATH:/usr/sbin:/sbin\" " + command + " >/dev/null 2>&1").c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

const std::string& refusal_of_own_namespace() {
  static const std::string refusal = [] {
    if (unshare(CLONE_NEWNS) != 0) return because("this test mounts, which needs root; unshare");
    // What is mounted here stays here.
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return because("this test mounts, which is not allowed here; making / private");
    }
    return std::string();
  }();
  return refusal;
}

std::unique_ptr<Tmpfs> Tmpfs::mount(int64_t size_bytes, std::string* refusal) {
  *refusal = refusal_of_own_namespace();
  if (!refusal->empty()) return nullptr;
  std::unique_ptr<Tmpfs> tmpfs(new Tmpfs);
  const std::string options = "mode=0700,size=" + std::to_string(size_bytes);
  if (::mount("none", tmpfs->path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
    *refusal = because("cannot mount a tmpfs");
    return nullptr;
  }
  return tmpfs;
}

Tmpfs::~Tmpfs() { umount2(path().c_str(), MNT_DETACH); }

bool Tmpfs::resize(int64_t size_bytes) {
  const std::string options = "size=" + std::to_string(size_bytes);
  return ::mount("none", path().c_str(), "tmpfs", MS_REMOUNT, options.c_str()) == 0;
}

std::unique_ptr<LoopedExt4> LoopedExt4::mount(int64_t size_bytes,
                                              const std::string& image_directory,
                                              const std::string& mount_options,
                                              std::string* refusal) {
  *refusal = refusal_of_own_namespace();
  if (!refusal->empty()) return nullptr;
  std::unique_ptr<LoopedExt4> ext4(new LoopedExt4(mount_options));
  const std::string image = image_directory + "/image.ext4";
  // No blocks kept for root, and nothing written lazily behind our back. A block is a page, so that
  // a write that runs out of room stops where the last block ends: short, not failed.
  if (!run("truncate -s " + std::to_string(size_bytes) + " '" + image + "'") ||
      !run("mkfs.ext4 -q -F -b 4096 -m 0 -E lazy_itable_init=0,lazy_journal_init=0 '" + image +
           "'")) {
    *refusal = "cannot make an ext4 image (mkfs.ext4)";
    return nullptr;
  }
  ext4->image_ = image;
  if (!ext4->attach(image, refusal)) return nullptr;
  if (!ext4->mount_device()) {
    *refusal = because("cannot mount ext4 from " + ext4->device_);
    return nullptr;
  }
  return ext4;
}

bool LoopedExt4::attach(const std::string& image, std::string* refusal) {
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  const int file = open(image.c_str(), O_RDWR | O_CLOEXEC);
  loop_config config = {};
  config.fd = static_cast<uint32_t>(file);
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  // Another process may take the device between the question and the answer.
  for (int attempt = 0; control >= 0 && file >= 0 && attempt < 50; ++attempt) {
    const int index = ioctl(control, LOOP_CTL_GET_FREE);
    if (index < 0) break;
    device_ = "/dev/loop" + std::to_string(index);
    loop_ = open(device_.c_str(), O_RDWR | O_CLOEXEC);
    if (loop_ < 0) break;
    if (ioctl(loop_, LOOP_CONFIGURE, &config) == 0) break;
    const int error = errno;
    close(loop_);
    loop_ = -1;
    errno = error;
    if (error != EBUSY) break;
  }
  if (loop_ < 0) *refusal = because("cannot have a loop device");
  if (control >= 0) close(control);
  if (file >= 0) close(file);
  return loop_ >= 0;
}

bool LoopedExt4::mount_device() {
  is_mounted_ = ::mount(device_.c_str(), path().c_str(), "ext4", 0, mount_options_.c_str()) == 0;
  return is_mounted_;
}

LoopedExt4::~LoopedExt4() {
  if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
  if (loop_ >= 0) close(loop_);
  if (!image_.empty()) unlink(image_.c_str());
}

bool LoopedExt4::cut_power() {
  // FS_IOC_GOINGDOWN, which the headers of Debian do not name, and its FS_GOING_FLAGS_NOLOGFLUSH.
  constexpr auto kGoingDown = _IOR('X', 125, uint32_t);
  uint32_t flag = 2;
  const int directory = open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool is_down = ioctl(directory, kGoingDown, &flag) == 0;
  close(directory);
  return is_down;
}

bool LoopedExt4::remount() {
  if (umount2(path().c_str(), 0) != 0) return false;
  is_mounted_ = false;
  return mount_device();
}

bool LoopedExt4::sync() {
  const int directory = open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool is_synced = syncfs(directory) == 0;
  close(directory);
  return is_synced;
}

}  // namespace logslice::testing
