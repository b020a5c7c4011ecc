// This header defines how most strings of a log are read: as a few plain characters, into a string
// that held as many before.
#pragma once

#include <bit>
#include <cstddef>
#include <string>

#include "json_text.h"
#include "string_block.h"

namespace logslice::internal {

// As read_string(), to which it leaves whatever is longer than a block, or than `*out` is now, or
// anything but ASCII text without escapes.
inline const char* read_short_string(const char* text, std::string* out) {
  const unsigned mask = StringBlock::load(text).special_mask();
  if (mask == 0) return read_string(text, out);
  const auto size_bytes = static_cast<size_t>(std::countr_zero(mask));
  if (text[size_bytes] != '"' || size_bytes > out->size()) return read_string(text, out);
  out->resize(size_bytes);
  copy_short(text, size_bytes, out->data());
  return text + size_bytes;
}

}  // namespace logslice::internal
