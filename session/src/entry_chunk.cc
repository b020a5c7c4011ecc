#include "logslice/session/internal/entry_chunk.h"

#include <cassert>
#include <new>
#include <utility>

#include "spare_memory.h"

namespace logslice::internal {

// Raw memory: a chunk for 256 entries touches its pages as entries come.
EntryChunk::EntryChunk(const TypeTable& table, size_t capacity, std::shared_ptr<SpareMemory> memory)
    : table_(table),
      stride_bytes_(table.size_bytes),
      capacity_(capacity),
      memory_(std::move(memory)),
      entries_(static_cast<std::byte*>(memory_ == nullptr
                                           ? ::operator new(size_bytes(), alignment())
                                           : memory_->take(size_bytes(), alignment()))) {}

EntryChunk::~EntryChunk() {
  for (size_t slot = 0; slot < count_; ++slot) table_.destroy(entries_ + slot * stride_bytes_);
  if (memory_ == nullptr) {
    ::operator delete(entries_, alignment());
  } else {
    memory_->give(entries_, size_bytes(), alignment());
  }
}

const void* EntryChunk::append_moved(void* entry) {
  assert(count_ < capacity_);
  std::byte* const slot = next_slot();
  table_.move_construct(slot, entry);
  ++count_;
  return slot;
}

const void* EntryChunk::append_copied(const void* entry) {
  assert(count_ < capacity_ && table_.copy_construct != nullptr);
  std::byte* const slot = next_slot();
  table_.copy_construct(slot, entry);
  ++count_;
  return slot;
}

void* EntryChunk::append_default() {
  assert(count_ < capacity_);
  std::byte* const slot = next_slot();
  table_.default_construct(slot);
  ++count_;
  return slot;
}

}  // namespace logslice::internal
