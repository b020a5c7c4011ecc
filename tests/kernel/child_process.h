// This header defines ChildProcess, a crash_child or background_child as its parent sees it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/crash_entry.h"

namespace logslice::testing {

// Threads: one. The destructor kills and reaps the child.
class ChildProcess {
 public:
  // Starts crash_child with these arguments. Aborts if that cannot be done.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ChildProcess(const std::string& program, const std::vector<std::string>& arguments);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // The next record; none if the child is gone and all it said has been read.
  std::optional<Ack> next_ack();
  // The next record, or none if there was none until then.
  std::optional<Ack> next_ack_before(std::chrono::steady_clock::time_point deadline);

  void kill();
  // Waits for its end. What the kernel says of it, as waitpid() does.
  int reap();
  // Somebody else has waited for its end already.
  void note_reaped(int wait_status);

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int acks_ = -1;
  int wait_status_ = 0;
  bool is_reaped_ = false;
};

}  // namespace logslice::testing
