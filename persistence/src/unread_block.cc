#include "unread_block.h"

#include <string.h>

#include <cstddef>

namespace logslice::internal {

BlockRead read_block(const UnreadBlock& block, char* buffer) {
  BlockRead read;
  int64_t size = 0;
  while (size < block.size_bytes) {
    const IoResult result = block.file->read_at(
        buffer + size, static_cast<size_t>(block.size_bytes - size), block.offset_bytes + size);
    read.error = result.error;
    if (!result.ok() || result.value == 0) break;
    size += result.value;
  }
  const void* const newline = memrchr(buffer, '\n', static_cast<size_t>(size));
  if (newline != nullptr) read.line_bytes = static_cast<const char*>(newline) + 1 - buffer;
  if (read.error == 0) read.torn_bytes = size - read.line_bytes;
  return read;
}

}  // namespace logslice::internal
