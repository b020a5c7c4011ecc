#include "busy_processes.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

namespace logslice::bench {

BusyProcesses::BusyProcesses(int count) {
  const pid_t parent = getpid();
  for (int i = 0; i < count; ++i) {
    const pid_t id = fork();
    check(id >= 0, "fork");
    if (id == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);
      // Volatile: a loop without any effect need not go on.
      static volatile int turn = 0;
      for (;;) turn = 1 - turn;
    }
    ids_.push_back(id);
  }
}

BusyProcesses::~BusyProcesses() {
  for (const pid_t id : ids_) {
    kill(id, SIGKILL);
    waitpid(id, nullptr, 0);
  }
}

}  // namespace logslice::bench
