// This header defines how a string is written between the quotes of a JSON string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "string_block.h"

namespace logslice::internal {

// A byte may become `\u001f`.
inline constexpr size_t kEscapedBytesPerByteMax = 6;
// Strings are copied a block at a time; so much beyond the escaped text may be overwritten.
inline constexpr size_t kEscapeSlackBytes = 16;

// Writes `text` escaped and returns the end. `out` has kEscapedBytesPerByteMax bytes per byte and
// kEscapeSlackBytes more. Invalid UTF-8 becomes U+FFFD, and then `*repaired_strings` grows by one.
char* write_escaped(const char* text, size_t size_bytes, char* out, int64_t* repaired_strings);

// The same. Most texts of a log are short, and most strings have room for a block, whatever they
// hold: one load and one store then, of which only what is text is looked at.
inline char* write_escaped(const std::string& text, char* out, int64_t* repaired_strings) {
  const size_t size_bytes = text.size();
  if (size_bytes < kBlockBytes && text.capacity() + 1 >= kBlockBytes) {
    const StringBlock block = StringBlock::load(text.data());
    if ((block.special_mask() & ((1u << size_bytes) - 1)) == 0) {
      block.store(out);
      return out + size_bytes;
    }
  }
  return write_escaped(text.data(), size_bytes, out, repaired_strings);
}

}  // namespace logslice::internal
