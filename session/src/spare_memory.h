// This header defines SpareMemory, which a window's memory goes back to and comes from again.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace logslice::internal {

// SpareMemory keeps pieces of memory that went out of use until the next of their size is wanted,
// so that a full window allocates nothing: what it evicts is what it grows by. It keeps little, as
// not everything comes back.
//
// Threads: any; whoever lets go of the last view of an old chunk gives it back. Nobody waits:
// whoever finds another at it goes to the heap, and so does a forked child for ever, if a thread
// that it does not have was at it.
class SpareMemory {
 public:
  static constexpr size_t kPieceCountMax = 32;
  // Beside the first piece of a size, which is always kept.
  static constexpr size_t kBytesMax = size_t{128} << 10;

  SpareMemory() = default;
  SpareMemory(const SpareMemory&) = delete;
  SpareMemory& operator=(const SpareMemory&) = delete;
  ~SpareMemory();

  // Throws std::bad_alloc.
  void* take(size_t size_bytes, std::align_val_t alignment);
  // What take() has returned for the same size and alignment.
  void give(void* memory, size_t size_bytes, std::align_val_t alignment) noexcept;

  size_t piece_count() const;

 private:
  struct Piece {
    void* memory;
    size_t size_bytes;
    std::align_val_t alignment;
  };

  mutable std::mutex mutex_;
  std::array<Piece, kPieceCountMax> pieces_;
  size_t piece_count_ = 0;
  size_t bytes_ = 0;  // of all pieces
};

// The allocator for what a window is made of.
template <typename T>
class SpareAllocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;

  explicit SpareAllocator(std::shared_ptr<SpareMemory> memory) : memory_(std::move(memory)) {}
  // Copied where others are moved: an allocator that was moved from is as good as before.
  SpareAllocator(const SpareAllocator&) = default;
  SpareAllocator& operator=(const SpareAllocator&) = default;
  template <typename U>
  SpareAllocator(const SpareAllocator<U>& other) : memory_(other.memory()) {}

  T* allocate(size_t count) { return static_cast<T*>(memory_->take(count * kSizeBytes, kAlign)); }
  void deallocate(T* at, size_t count) noexcept { memory_->give(at, count * kSizeBytes, kAlign); }

  const std::shared_ptr<SpareMemory>& memory() const { return memory_; }
  friend bool operator==(const SpareAllocator& a, const SpareAllocator& b) {
    return a.memory_ == b.memory_;
  }

 private:
  // Of a pointer, too: containers ask for arrays of those.
  static constexpr size_t kSizeBytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression)
  static constexpr std::align_val_t kAlign{alignof(T)};

  std::shared_ptr<SpareMemory> memory_;
};

}  // namespace logslice::internal
