// This header defines the memory of a window: chunks of entries in blocks of chunk pointers.
//
//   Window ──► block 0 ──► chunk 0: entry entry entry …
//     │          └───────► chunk 1 …                      blocks and chunks are shared with views:
//     └──────► block 1 ──► chunk 64 …                     a view copies block pointers only.
//
// An entry never moves and never changes while anybody holds its chunk. What is shared is only ever
// added to, behind every index that a view may look at; who adds is the one window that owns the
// chunk. Rules: specs/session.md, "The window".
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>

#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

class SpareMemory;

// Room for a fixed count of entries of one type; the first count() are constructed.
class EntryChunk {
 public:
  // The room comes from `memory` and goes back to it, if that is not null.
  EntryChunk(const TypeTable& table, size_t capacity,
             std::shared_ptr<SpareMemory> memory = nullptr);
  EntryChunk(const EntryChunk&) = delete;
  EntryChunk& operator=(const EntryChunk&) = delete;
  ~EntryChunk();

  size_t count() const { return count_; }
  size_t capacity() const { return capacity_; }
  const void* at(size_t slot) const { return entries_ + slot * stride_bytes_; }
  // For a chunk that nobody else has seen yet.
  void* mutable_at(size_t slot) { return entries_ + slot * stride_bytes_; }

  // Constructs the next entry and returns it. If the constructor throws, nothing has changed.
  // Requires count() < capacity(); called by the owning window only, under its lock.
  const void* append_moved(void* entry);
  const void* append_copied(const void* entry);
  // Asks the processor for the memory of the next entry, which is written to at once when it comes.
  void prefetch_next() const {
    if (count_ == capacity_) return;
    const std::byte* const slot = entries_ + count_ * stride_bytes_;
    for (size_t byte = 0; byte < stride_bytes_ && byte < kPrefetchBytesMax; byte += 64) {
      __builtin_prefetch(slot + byte, 1);
    }
  }
  // The caller fills the entry before anybody else can see it.
  void* append_default();

 private:
  static constexpr size_t kPrefetchBytesMax = 512;

  size_t size_bytes() const { return stride_bytes_ * capacity_; }
  std::align_val_t alignment() const { return std::align_val_t{table_.align_bytes}; }
  std::byte* next_slot() { return entries_ + count_ * stride_bytes_; }

  const TypeTable& table_;
  const size_t stride_bytes_;
  const size_t capacity_;
  size_t count_ = 0;
  const std::shared_ptr<SpareMemory> memory_;
  std::byte* const entries_;
};

struct ChunkBlock {
  static constexpr size_t kChunkCountLog2 = 6;
  static constexpr size_t kChunkCount = size_t{1} << kChunkCountLog2;

  std::array<std::shared_ptr<EntryChunk>, kChunkCount> chunks;
};

}  // namespace logslice::internal
