// This header defines PersistenceStatus, whether a log takes what is written to it.
#pragma once

#include "absl/status/status.h"

namespace logslice {

// How a log is, as far as the last attempt knows. A device that does not answer at all ends no
// attempt: then LogMarks tell, where written_seq stays behind accepted_seq.
struct PersistenceStatus {
  enum class State {
    kOpening,  // background mode: the first attempt to open it is not over
    kOpen,     // all is well
    kFailed,   // it could not be opened, written or synced; what waits is tried again
  };

  State state = State::kOpening;
  absl::Status failure;  // why it failed; OK unless kFailed
};

}  // namespace logslice
