// This header defines how the text of a UUID is read where it stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hex_block.h"

namespace logslice::internal {

inline constexpr size_t kUuidDashPlaces[] = {8, 13, 18, 23};

// From the 36 characters at `text`, in either case. False for anything else; then `bytes` holds
// anything.
inline bool read_uuid(const char* text, std::array<uint8_t, 16>* bytes) {
  for (const size_t place : kUuidDashPlaces) {
    if (text[place] != '-') return false;
  }
  const auto word_at = [text](size_t place) {
    uint64_t word = 0;
    std::memcpy(&word, text + place, 8);
    return word;
  };
  // Of two groups of four digits.
  const auto word_of_groups = [text](size_t first, size_t second) {
    char digits[8];
    std::memcpy(digits, text + first, 4);
    std::memcpy(digits + 4, text + second, 4);
    uint64_t word = 0;
    std::memcpy(&word, digits, 8);
    return word;
  };
  return read_hex_digits({word_at(0), word_of_groups(9, 14), word_of_groups(19, 24), word_at(28)},
                         bytes->data());
}

}  // namespace logslice::internal
