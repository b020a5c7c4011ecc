// This header defines LineBuffer, memory for a block of lines.
#pragma once

#include <cstddef>
#include <memory>

namespace logslice::internal {

// kReadPaddingBytes behind the capacity are readable.
struct LineBuffer {
  std::unique_ptr<char[]> bytes;
  size_t capacity = 0;
};

LineBuffer make_line_buffer(size_t capacity);

}  // namespace logslice::internal
