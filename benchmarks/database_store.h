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

template <typename Store>
LineStoreMaker store_maker(std::string name) {
  return {std::move(name), [](const std::filesystem::path& directory, EachPut each_put) {
            return std::make_unique<Store>(directory, each_put);
          }};
}

}  // namespace logslice::bench
