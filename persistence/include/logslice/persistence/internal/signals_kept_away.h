// This header defines how a thread of the library is kept free of its user's signals.
#pragma once

#include <signal.h>

namespace logslice::internal {

// From a thread that is started meanwhile: signals are for the threads of whoever handles them. But
// for those that tell of a fault of the thread itself: with these blocked, no handler would see it.
class SignalsKeptAway {
 public:
  SignalsKeptAway();
  SignalsKeptAway(const SignalsKeptAway&) = delete;
  SignalsKeptAway& operator=(const SignalsKeptAway&) = delete;
  ~SignalsKeptAway();

 private:
  sigset_t before_;
};

}  // namespace logslice::internal
