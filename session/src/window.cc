#include "window.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

namespace logslice::internal {
namespace {

// Whether nobody but the caller holds it. Requires the window lock. What the last other holder read
// must be over before we write: its release of the pointer has to be acquired. Taking the pointer
// and dropping it again does that, since a drop must acquire for the sake of whoever destroys; an
// acquire fence would too, but the thread sanitiser does not see fences.
template <typename T>
bool is_unshared(const std::shared_ptr<T>& pointer) {
  if (pointer.use_count() != 1) return false;
  std::shared_ptr<T>(pointer).reset();
  return true;
}

}  // namespace

size_t Window::chunk_entries_log2_for(int64_t entry_count_max) {
  if (entry_count_max <= 64) return 3;
  if (entry_count_max <= 10'000) return 6;
  return 8;
}

const void* Window::append_moved(void* entry) {
  const void* at = tail().append_moved(entry);
  count_appended();
  return at;
}

const void* Window::append_copied(const void* entry) {
  const void* at = tail().append_copied(entry);
  count_appended();
  return at;
}

void* Window::append_default() {
  void* at = tail().append_default();
  count_appended();
  return at;
}

void Window::prefetch_next() const {
  if (tail_room_ > 0) tail_->prefetch_next();
}

EntryChunk& Window::tail() {
  if (tail_room_ > 0) return *tail_;
  const size_t chunk = chunk_of(end_);
  const size_t block = chunk >> ChunkBlock::kChunkCountLog2;
  const size_t in_block = chunk & (ChunkBlock::kChunkCount - 1);
  if (block == blocks_.size() || blocks_[block]->chunks[in_block] == nullptr) add_chunk();
  tail_ = blocks_[block]->chunks[in_block].get();
  tail_room_ = tail_->capacity() - tail_->count();
  return *tail_;
}

std::shared_ptr<EntryChunk> Window::make_chunk() const {
  return std::allocate_shared<EntryChunk>(SpareAllocator<EntryChunk>(memory_), *table_,
                                          size_t{1} << chunk_entries_log2_, memory_);
}

std::shared_ptr<ChunkBlock> Window::make_block() const {
  return std::allocate_shared<ChunkBlock>(SpareAllocator<ChunkBlock>(memory_));
}

void Window::add_chunk() {
  const size_t in_block = chunk_of(end_) & (ChunkBlock::kChunkCount - 1);
  std::shared_ptr<EntryChunk> chunk = make_chunk();
  if (in_block == 0) {
    blocks_.push_back(make_block());
  } else if (!is_unshared(blocks_.back())) {
    // A view that shares this block would come to pin the new chunk too.
    std::shared_ptr<ChunkBlock> clone = make_block();
    const size_t evicted = blocks_.size() == 1 ? chunk_of(first_) : 0;
    for (size_t i = evicted; i < in_block; ++i) clone->chunks[i] = blocks_.back()->chunks[i];
    if (blocks_.size() == 1) freed_chunks_ = evicted;
    blocks_.back() = std::move(clone);
  }
  blocks_.back()->chunks[in_block] = std::move(chunk);
}

void Window::pop_front(size_t entry_count, RetiredMemory& retired) {
  assert(entry_count <= size());
  const size_t chunk_entries = size_t{1} << chunk_entries_log2_;
  while (entry_count > 0) {
    const size_t step = std::min(entry_count, chunk_entries - (first_ & (chunk_entries - 1)));
    first_ += step;
    entry_count -= step;
    if (chunk_of(first_) != freed_chunks_) free_front(retired);
  }
}

void Window::free_front(RetiredMemory& retired) {
  try {
    retire_front(retired);
  } catch (const std::bad_alloc&) {
    // Without memory to hand it over in, it stays: a later pass frees it.
  }
}

void Window::retire_front(RetiredMemory& retired) {
  if (chunk_of(first_) >= ChunkBlock::kChunkCount) {
    // The block as a whole. Views that share it keep it.
    retired.blocks.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    const size_t slots = ChunkBlock::kChunkCount << chunk_entries_log2_;
    first_ -= slots;
    end_ -= slots;
    freed_chunks_ = 0;
    if (blocks_.empty()) return;
  }
  if (freed_chunks_ == chunk_of(first_) || !is_unshared(blocks_.front())) return;
  for (; freed_chunks_ < chunk_of(first_); ++freed_chunks_) {
    retired.chunks.push_back(std::move(blocks_.front()->chunks[freed_chunks_]));
  }
}

const void* Window::at(size_t index) const {
  assert(index < size());
  const size_t position = first_ + index;
  const size_t chunk = chunk_of(position);
  return blocks_[chunk >> ChunkBlock::kChunkCountLog2]
      ->chunks[chunk & (ChunkBlock::kChunkCount - 1)]
      ->at(position & ((size_t{1} << chunk_entries_log2_) - 1));
}

WindowView Window::view() const {
  if (empty()) return {};
  return WindowView({blocks_.begin(), blocks_.end()}, first_, size(), chunk_entries_log2_);
}

std::shared_ptr<const void> Window::latest() const {
  if (empty()) return nullptr;
  const size_t chunk = chunk_of(end_ - 1);
  const std::shared_ptr<EntryChunk>& holder =
      blocks_[chunk >> ChunkBlock::kChunkCountLog2]->chunks[chunk & (ChunkBlock::kChunkCount - 1)];
  return {holder, at(size() - 1)};
}

Window Window::share(const TypeTable& table, const WindowView& view, size_t chunk_entries_log2) {
  if (view.size() == 0) return Window(table, chunk_entries_log2);
  assert(table.copy_construct != nullptr);
  Window window(table, view.chunk_entries_log2_);
  const size_t end = view.first_ + view.size_;
  const size_t last_chunk = window.chunk_of(end - 1);
  const size_t last_block = last_chunk >> ChunkBlock::kChunkCountLog2;
  // Two windows share blocks only as each shares them with views: neither changes one that the
  // other holds. The last is cloned, since this window appends to it. The view's blocks are const
  // to readers; to a window they are its own.
  for (size_t i = 0; i < last_block; ++i) {
    window.blocks_.push_back(std::const_pointer_cast<ChunkBlock>(view.blocks_[i]));
  }
  const size_t last_in_block = last_chunk & (ChunkBlock::kChunkCount - 1);
  std::shared_ptr<ChunkBlock> block = window.make_block();
  const size_t first_in_block = last_block == 0 ? window.chunk_of(view.first_) : 0;
  for (size_t i = first_in_block; i < last_in_block; ++i) {
    block->chunks[i] = view.blocks_[last_block]->chunks[i];
  }
  std::shared_ptr<EntryChunk> tail = window.make_chunk();
  const EntryChunk& source = *view.blocks_[last_block]->chunks[last_in_block];
  const size_t tail_entries = end - (last_chunk << view.chunk_entries_log2_);
  for (size_t slot = 0; slot < tail_entries; ++slot) tail->append_copied(source.at(slot));
  block->chunks[last_in_block] = std::move(tail);
  window.blocks_.push_back(std::move(block));
  window.first_ = view.first_;
  window.end_ = end;
  window.freed_chunks_ = last_block == 0 ? first_in_block : 0;
  return window;
}

std::vector<std::shared_ptr<const ChunkBlock>> Window::release() {
  std::vector<std::shared_ptr<const ChunkBlock>> blocks(blocks_.begin(), blocks_.end());
  blocks_.clear();
  first_ = end_ = freed_chunks_ = tail_room_ = 0;
  return blocks;
}

}  // namespace logslice::internal
