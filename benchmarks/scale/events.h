// This header defines the entries that the operations dispatch, besides the sample entry of all
// benchmarks.
#pragma once

#include <cstdint>
#include <string>

namespace logslice::scale {

// The rare one: one in a hundred lines of the logs that are read.
struct StepFailed {
  int64_t step = 0;
  std::string reason;
};

// As little as an entry can be, where it is the window or the number of entries that counts.
struct Tick {
  int64_t value = 0;
};

}  // namespace logslice::scale
