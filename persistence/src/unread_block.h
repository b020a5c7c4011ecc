// This header defines UnreadBlock, whole lines of a file that a reader has passed over, to be read
// by somebody else.
#pragma once

#include <cstdint>
#include <memory>

#include "logslice/persistence/file_system.h"

namespace logslice::internal {

struct UnreadBlock {
  std::shared_ptr<File> file;
  int64_t offset_bytes = 0;
  int64_t size_bytes = 0;
};

// What came of reading one. All of it is lines, unless reading failed or somebody has changed the
// file since.
struct BlockRead {
  int64_t line_bytes = 0;  // of whole lines, from the start of the block
  int64_t torn_bytes = 0;  // behind those, up to the end of the file or of the block
  int error = 0;           // errno of what came behind those
};

// `buffer` has room for all of it. Threads: any, also several for blocks of one file.
BlockRead read_block(const UnreadBlock& block, char* buffer);

}  // namespace logslice::internal
