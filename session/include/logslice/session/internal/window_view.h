// This header defines WindowView: a range of a window's entries, pinned.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "logslice/session/internal/entry_chunk.h"

namespace logslice::internal {

// Holds the blocks in which its entries lie, so that they stay valid and unchanged whatever becomes
// of the window: eviction, restore, the end of the session. Threads: as a std::vector.
class WindowView {
 public:
  WindowView() = default;
  WindowView(std::vector<std::shared_ptr<const ChunkBlock>> blocks, size_t first, size_t size,
             size_t chunk_entries_log2)
      : blocks_(std::move(blocks)),
        first_(first),
        size_(size),
        chunk_entries_log2_(chunk_entries_log2) {}

  size_t size() const { return size_; }

  // Requires index < size().
  const void* at(size_t index) const { return chunk_of(index)->at(slot_of(index)); }

  // The chunk that holds an entry: what to pin for one entry alone.
  const std::shared_ptr<EntryChunk>& chunk_of(size_t index) const {
    const size_t chunk = (first_ + index) >> chunk_entries_log2_;
    return blocks_[chunk >> ChunkBlock::kChunkCountLog2]
        ->chunks[chunk & (ChunkBlock::kChunkCount - 1)];
  }

 private:
  friend class Window;

  size_t slot_of(size_t index) const {
    return (first_ + index) & ((size_t{1} << chunk_entries_log2_) - 1);
  }

  std::vector<std::shared_ptr<const ChunkBlock>> blocks_;
  size_t first_ = 0;  // counted from the first slot of the first block
  size_t size_ = 0;
  size_t chunk_entries_log2_ = 0;
};

}  // namespace logslice::internal
