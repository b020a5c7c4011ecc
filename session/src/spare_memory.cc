#include "spare_memory.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace logslice::internal {

SpareMemory::~SpareMemory() {
  for (size_t i = 0; i < piece_count_; ++i) {
    ::operator delete(pieces_[i].memory, pieces_[i].alignment);
  }
}

void* SpareMemory::take(size_t size_bytes, std::align_val_t alignment) {
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
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
  Piece unwanted{memory, size_bytes, alignment};
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
    const auto end = pieces_.begin() + static_cast<std::ptrdiff_t>(piece_count_);
    const auto is_of_size = [](size_t bytes) {
      return [bytes](const Piece& piece) { return piece.size_bytes == bytes; };
    };
    const bool is_first = std::none_of(pieces_.begin(), end, is_of_size(size_bytes));
    if (piece_count_ < kPieceCountMax) {
      if (is_first || bytes_ + size_bytes <= kBytesMax) {
        pieces_[piece_count_++] = unwanted;
        bytes_ += size_bytes;
        return;
      }
    } else if (is_first) {
      // In place of one whose size another has, too.
      const auto is_twice = [&](const Piece& piece) {
        return std::count_if(pieces_.begin(), end, is_of_size(piece.size_bytes)) > 1;
      };
      if (const auto at = std::find_if(pieces_.begin(), end, is_twice); at != end) {
        std::swap(*at, unwanted);
        bytes_ += size_bytes - unwanted.size_bytes;
      }
    }
  }
  ::operator delete(unwanted.memory, unwanted.alignment);
}

size_t SpareMemory::piece_count() const {
  const std::lock_guard lock(mutex_);
  return piece_count_;
}

}  // namespace logslice::internal
