// This header defines how messages name entries by their numbers.
#pragma once

#include <cstdint>
#include <string>

#include "text.h"

namespace logslice::internal {

inline std::string range_text(int64_t first_seq, int64_t last_seq) {
  return first_seq == last_seq ? concat("seq ", first_seq)
                               : concat("seq ", first_seq, " to ", last_seq);
}

}  // namespace logslice::internal
