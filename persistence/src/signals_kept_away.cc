#include "logslice/persistence/internal/signals_kept_away.h"

#include <pthread.h>

#include <initializer_list>

namespace logslice::internal {

SignalsKeptAway::SignalsKeptAway() {
  sigset_t all;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    sigdelset(&all, fault);
  }
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsKeptAway::~SignalsKeptAway() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace logslice::internal
