#include "spare_memory.h"

namespace logslice::internal {

SpareMemory::~SpareMemory() {
  for (size_t i = 0; i < piece_count_; ++i) {
    ::operator delete(pieces_[i].memory, pieces_[i].alignment);
  }
}

void* SpareMemory::take(size_t size_bytes, std::align_val_t alignment) {
  {
    const std::lock_guard lock(mutex_);
    // The newest first: it is the one that the processor's cache may still have.
    for (size_t i = piece_count_; i-- > 0;) {
      if (pieces_[i].size_bytes != size_bytes || pieces_[i].alignment != alignment) continue;
      void* const memory = pieces_[i].memory;
      pieces_[i] = pieces_[--piece_count_];
      bytes_ -= size_bytes;
      return memory;
    }
  }
  return ::operator new(size_bytes, alignment);
}

void SpareMemory::give(void* memory, size_t size_bytes, std::align_val_t alignment) noexcept {
  {
    const std::lock_guard lock(mutex_);
    bool is_wanted = piece_count_ < kPieceCountMax;
    if (is_wanted && bytes_ + size_bytes > kBytesMax) {
      for (size_t i = 0; i < piece_count_; ++i) is_wanted &= pieces_[i].size_bytes != size_bytes;
    }
    if (is_wanted) {
      pieces_[piece_count_++] = {memory, size_bytes, alignment};
      bytes_ += size_bytes;
      return;
    }
  }
  ::operator delete(memory, alignment);
}

size_t SpareMemory::piece_count() const {
  const std::lock_guard lock(mutex_);
  return piece_count_;
}

}  // namespace logslice::internal
