#include "tests/kernel/silent_fuse.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "tests/kernel/scratch_mount.h"

namespace logslice::testing {

std::unique_ptr<SilentFuse> SilentFuse::mount(std::string* refusal) {
  *refusal = refusal_of_own_namespace();
  if (!refusal->empty()) return nullptr;
  std::unique_ptr<SilentFuse> fuse(new SilentFuse);
  fuse->device_ = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fuse->device_ < 0) {
    *refusal = std::string("cannot open /dev/fuse: ") + std::strerror(errno);
    return nullptr;
  }
  const std::string options =
      "fd=" + std::to_string(fuse->device_) + ",rootmode=40000,user_id=0,group_id=0";
  fuse->is_mounted_ =
      ::mount("silent", fuse->path().c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
  if (!fuse->is_mounted_ || !fuse->greet()) {
    *refusal = std::string("cannot mount a FUSE: ") + std::strerror(errno);
    return nullptr;
  }
  return fuse;
}

SilentFuse::~SilentFuse() {
  // Without a server every request fails; only then can nothing be waiting for the mount to end.
  if (device_ >= 0) close(device_);
  if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
}

// The kernel asks nothing else before that is answered.
bool SilentFuse::greet() const {
  std::vector<char> request(FUSE_MIN_READ_BUFFER);
  fuse_in_header in = {};
  const ssize_t size_bytes = read(device_, request.data(), request.size());
  if (size_bytes < static_cast<ssize_t>(sizeof in)) return false;
  std::memcpy(&in, request.data(), sizeof in);
  if (in.opcode != FUSE_INIT) return false;
  struct {
    fuse_out_header header;
    fuse_init_out init;
  } answer = {};
  answer.header.len = sizeof answer;
  answer.header.unique = in.unique;
  answer.init.major = FUSE_KERNEL_VERSION;
  answer.init.minor = FUSE_KERNEL_MINOR_VERSION;
  answer.init.max_write = 1 << 16;
  return write(device_, &answer, sizeof answer) == static_cast<ssize_t>(sizeof answer);
}

}  // namespace logslice::testing
