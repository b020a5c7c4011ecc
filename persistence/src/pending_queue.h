// This header defines PendingQueue, the hand-over from those who accept entries to the one who
// writes them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace logslice::internal {

struct LogType;

// A reference to an accepted entry. Its __seq__ follows from its place in the queue.
struct PendingEntry {
  const void* entry = nullptr;
  LogType* type = nullptr;
  int64_t memory_bytes = 0;
};

// PendingQueue is an unbounded ring of chunks for one producer and one consumer at a time:
// producers are serialised by the caller (the session's window lock), consumers by the writer's.
// Neither waits for the other. In steady state nothing is allocated: the consumer hands the chunk
// that it emptied back through `spare_`.
class PendingQueue {
 public:
  PendingQueue() : head_chunk_(new Chunk), tail_chunk_(head_chunk_) {}
  PendingQueue(const PendingQueue&) = delete;
  PendingQueue& operator=(const PendingQueue&) = delete;

  ~PendingQueue() {
    delete spare_.load(std::memory_order_relaxed);
    while (head_chunk_ != nullptr) delete std::exchange(head_chunk_, head_chunk_->next);
  }

  // Producer. Makes room for one push(), which then does not throw.
  void reserve() {
    if (tail_slot_ < kSlots || has_next_chunk_) return;
    Chunk* chunk = spare_.exchange(nullptr, std::memory_order_acquire);
    if (chunk == nullptr) chunk = new Chunk;
    chunk->next = nullptr;
    tail_chunk_->next = chunk;
    has_next_chunk_ = true;
  }

  // Producer. If it throws (no memory), nothing is queued.
  void push(const PendingEntry& pending) {
    if (tail_slot_ == kSlots) {
      reserve();
      tail_chunk_ = tail_chunk_->next;
      has_next_chunk_ = false;
      tail_slot_ = 0;
    }
    tail_chunk_->slots[tail_slot_++] = pending;
    // Publishes the slot, and the link to its chunk.
    pushed_count_.store(pushed_count_.load(std::memory_order_relaxed) + 1,
                        std::memory_order_release);
  }

  // Consumer: how many entries pop() may take.
  int64_t size() const { return pushed_count_.load(std::memory_order_acquire) - popped_count_; }

  // Consumer; size() must be > 0.
  const PendingEntry& front() {
    if (head_slot_ == kSlots) {
      Chunk* const emptied = std::exchange(head_chunk_, head_chunk_->next);
      delete spare_.exchange(emptied, std::memory_order_acq_rel);
      head_slot_ = 0;
    }
    return head_chunk_->slots[head_slot_];
  }

  // Consumer; behind front().
  void pop() {
    ++head_slot_;
    ++popped_count_;
  }

 private:
  static constexpr size_t kSlots = 510;  // with the link 12 KiB, three pages

  struct Chunk {
    std::array<PendingEntry, kSlots> slots;
    Chunk* next = nullptr;
  };

  // The consumer's and the producer's side lie on cache lines of their own.
  alignas(64) Chunk* head_chunk_;
  size_t head_slot_ = 0;
  int64_t popped_count_ = 0;

  alignas(64) Chunk* tail_chunk_;
  size_t tail_slot_ = 0;
  bool has_next_chunk_ = false;  // behind the tail's
  std::atomic<int64_t> pushed_count_{0};

  alignas(64) std::atomic<Chunk*> spare_{nullptr};
};

}  // namespace logslice::internal
