// This header defines what the stores that are databases share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "line_store.h"

namespace logslice::bench {

// Keys that sort as their numbers.
inline std::array<char, 8> ordered_key(uint64_t number) {
  std::array<char, 8> key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(number >> (56 - 8 * i));
  return key;
}

}  // namespace logslice::bench
