// This header defines SilentFuse, a mounted file system whose server never answers.
#pragma once

#include <memory>
#include <string>

#include "tests/kernel/temporary_directory.h"

namespace logslice::testing {

// Every call below its path waits for ever, save for signals that kill. As the server does not even
// read what it is asked: a call that it had taken on could not be killed, and its process could not
// end.
class SilentFuse {
 public:
  // In the mount namespace of scratch_mount.h. Null, and why in `refusal`, where that cannot be
  // had.
  static std::unique_ptr<SilentFuse> mount(std::string* refusal);
  SilentFuse(const SilentFuse&) = delete;
  SilentFuse& operator=(const SilentFuse&) = delete;
  // Whoever waits gets an error.
  ~SilentFuse();

  const std::string& path() const { return directory_.path(); }

 private:
  SilentFuse() = default;
  bool greet() const;

  const TemporaryDirectory directory_;
  int device_ = -1;
  bool is_mounted_ = false;
};

}  // namespace logslice::testing
