// Window keeps the entries of one slice in memory, oldest first.
//
// It adds at one end and evicts at the other; nothing else ever changes. What is shared with views
// is told by use counts: only the window hands blocks out, and only under the session's window
// lock, so a count of 1 seen under that lock stays 1. Threads: all calls under the window lock,
// except on a window that nobody else can see yet. Spec: specs/session.md, "The window".
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "logslice/reflection/internal/type_table.h"
#include "logslice/session/internal/window_view.h"
#include "spare_memory.h"

namespace logslice::internal {

// What has left a window and waits to be freed once the lock is released: an entry's destructor is
// its user's code, and a chunk of them takes microseconds.
// A dispatch evicts one entry, and so at most one of each.
struct RetiredMemory {
  absl::InlinedVector<std::shared_ptr<const EntryChunk>, 1> chunks;
  absl::InlinedVector<std::shared_ptr<const ChunkBlock>, 1> blocks;
};

class Window {
 public:
  // The right size of a chunk, as a power of two: evicted entries stay alive until their whole
  // chunk can go, so it is small against the window.
  static size_t chunk_entries_log2_for(int64_t entry_count_max);
  // For a window without a bound, and for one of a few entries that are replaced often.
  static constexpr size_t kUnboundedChunkLog2 = 8;
  static constexpr size_t kStateChunkLog2 = 3;

  // What it is made of comes from `memory`, and goes back to it.
  Window(const TypeTable& table, size_t chunk_entries_log2,
         const std::shared_ptr<SpareMemory>& memory = std::make_shared<SpareMemory>())
      : table_(&table),
        chunk_entries_log2_(chunk_entries_log2),
        memory_(memory),
        blocks_(SpareAllocator<std::shared_ptr<ChunkBlock>>(memory)) {}
  Window(Window&&) = default;
  Window& operator=(Window&&) = default;

  size_t size() const { return end_ - first_; }
  bool empty() const { return end_ == first_; }
  const TypeTable& table() const { return *table_; }
  size_t chunk_entries_log2() const { return chunk_entries_log2_; }

  // The entry becomes the newest; returns where it lies from now on. If its constructor throws, or
  // memory ends, the window is as it was.
  const void* append_moved(void* entry);
  const void* append_copied(const void* entry);
  void* append_default();

  // Where the next entry goes will be in the processor's cache.
  void prefetch_next() const;

  // Evicts the oldest entries. Requires entry_count <= size(). Never throws. Costs as much as the
  // chunks that they lie in.
  void pop_front(size_t entry_count, RetiredMemory& retired);

  // The entry at `index`, 0 being the oldest. Requires index < size().
  const void* at(size_t index) const;
  // For a window that nobody else has seen yet.
  void* mutable_at(size_t index) { return const_cast<void*>(at(index)); }

  // Pins all entries. Costs one pointer copy per block.
  WindowView view() const;

  // The newest entry, pinning its chunk alone; null if there is none.
  std::shared_ptr<const void> latest() const;

  // A window of the same entries that shares all of `view`'s chunks but the last, which is copied:
  // two windows must never append to one chunk. Requires a type that can be copied, unless the view
  // is empty.
  static Window share(const TypeTable& table, const WindowView& view, size_t chunk_entries_log2);

  // Takes the memory out, leaving the window empty.
  std::vector<std::shared_ptr<const ChunkBlock>> release();

 private:
  // The chunk for the next entry, made if need be.
  EntryChunk& tail();
  void count_appended() {
    ++end_;
    --tail_room_;
  }
  void add_chunk();
  std::shared_ptr<EntryChunk> make_chunk() const;
  std::shared_ptr<ChunkBlock> make_block() const;
  // Frees evicted chunks of the first block, unless a view shares it: then a later pass does.
  void free_front(RetiredMemory& retired);
  void retire_front(RetiredMemory& retired);

  size_t chunk_of(size_t position) const { return position >> chunk_entries_log2_; }

  const TypeTable* table_;
  size_t chunk_entries_log2_;
  std::shared_ptr<SpareMemory> memory_;
  std::deque<std::shared_ptr<ChunkBlock>, SpareAllocator<std::shared_ptr<ChunkBlock>>> blocks_;
  // Positions count slots from the first slot of blocks_.front().
  size_t first_ = 0;
  size_t end_ = 0;
  size_t freed_chunks_ = 0;  // of the first block, from its start
  // The chunk that is appended to, once found, and how many entries it still takes. A chunk leaves
  // the window only when it is full: so while there is room, it is there.
  EntryChunk* tail_ = nullptr;
  size_t tail_room_ = 0;
};

}  // namespace logslice::internal
