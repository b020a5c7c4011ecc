// This header defines BusyProcesses: neighbours on the machine that never rest.
#pragma once

#include <sys/types.h>

#include <vector>

namespace logslice::bench {

// They end with their scope, and with this process, whatever becomes of it.
class BusyProcesses {
 public:
  explicit BusyProcesses(int count);
  BusyProcesses(const BusyProcesses&) = delete;
  BusyProcesses& operator=(const BusyProcesses&) = delete;
  ~BusyProcesses();

 private:
  std::vector<pid_t> ids_;
};

}  // namespace logslice::bench
