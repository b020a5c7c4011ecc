// This header defines PendingRing, the bounded hand-over from those who accept entries to a writer
// that runs beside them.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "pending_queue.h"

namespace logslice::internal {

// What one claim has taken: slots of consecutive tickets.
struct PendingBatch {
  static constexpr size_t kEntriesMax = 256;

  int64_t first_ticket = 0;  // of entries[0]
  size_t size = 0;
  int64_t memory_bytes = 0;
  std::array<PendingEntry, kEntriesMax> entries;
};

// PendingRing numbers what is pushed by tickets: 1, 2, 3, … One producer at a time (the callers'
// lock serialises them) and one consumer, neither of which ever waits for the other. Whatever the
// consumer is at, even if that hangs, the producer can take the oldest unclaimed entry back.
//
//        taken_            pushed_
//          v                 v
//   ░░░░░░░█████████████████░░░░░   taken_ is moved by whoever takes the oldest: the consumer by a
//                                   batch (a claim), the producer by one (a drop).
//
// A claim copies slots first and moves taken_ afterwards, which fails if the producer came in
// between: a copy that was overwritten meanwhile is never used. What is claimed is referred to
// until release(); the consumer makes no system call in between.
//
// Slots come into use by chunks, and the chunk that was emptied last is the next to be filled: so a
// ring in which few entries wait touches few of its pages, however many go through. Whoever copies
// from a chunk that is filled again meanwhile has seen entries that are taken now, and fails.
class PendingRing {
 public:
  // The most that may be asked for: slots are reserved at once, and touched as they are used.
  static constexpr int64_t kEntriesMax = int64_t{1} << 24;

  // A power of two.
  static constexpr int64_t kChunkSlots = 256;

  explicit PendingRing(int64_t entries_max, int64_t chunk_slots = kChunkSlots);

  // ---- The producer ----

  // Queues the entry and returns its ticket. Takes the oldest back if there is no slot.
  // `on_drop(const PendingEntry&)` is told.
  template <typename OnDrop>
  int64_t push(const PendingEntry& pending, const OnDrop& on_drop) {
    const int64_t index = pushed_.load(std::memory_order_relaxed);
    if (index - seen_taken_ >= slot_count_) seen_taken_ = taken_.load(std::memory_order_acquire);
    while (index - seen_taken_ >= slot_count_) {
      if (const std::optional<PendingEntry> dropped = drop_oldest()) on_drop(*dropped);
      seen_taken_ = taken_.load(std::memory_order_acquire);
    }
    if (next_slot_ == chunk_end_) begin_chunk();
    store(*next_slot_++, pending);
    // In one order with is_parked of the writer's thread: either it sees the entry, or we see that
    // it sleeps.
    pushed_.store(index + 1, std::memory_order_seq_cst);
    __builtin_prefetch(next_slot_, 1);
    return index + 1;
  }

  // Entries up to this ticket were dropped, and neither they nor any before them are referred to:
  // what came before is claimed, and copied. 0 if nothing was ever dropped.
  int64_t dropped_ticket() const;

  // ---- The consumer ----

  // Copies the oldest entries, at most `entries_max` (<= PendingBatch::kEntriesMax) and, but for
  // the first, `bytes_max` of memory. False if there are none.
  bool look(PendingBatch& batch, int64_t entries_max, int64_t bytes_max);
  // Makes what was looked at the consumer's. False if the producer was faster: look again.
  bool take(const PendingBatch& batch);
  // What was claimed is not referred to any more.
  void release() { referred_from_.store(kNone, std::memory_order_release); }

  // ---- Anyone ----

  // Takes back the oldest entry that is not claimed, unless it is one of the newest `kept_count`,
  // which it may have become since the caller looked. Nothing if there is none. Mostly the
  // producer's; at the end also of whoever gives up what is left.
  std::optional<PendingEntry> drop_oldest(int64_t kept_count = 0);

  int64_t pushed_ticket() const { return pushed_.load(std::memory_order_seq_cst); }
  // Entries up to it were claimed or dropped.
  int64_t taken_ticket() const { return taken_.load(std::memory_order_acquire); }
  int64_t dropped_count() const { return dropped_count_.load(std::memory_order_acquire); }
  bool refers_to_entries() const { return referred_from_.load(std::memory_order_acquire) != kNone; }
  // Ever. By the producer.
  int64_t used_slot_count() const { return used_chunk_count_ << chunk_log2_; }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  // Read while it may be overwritten, so each member is read and written atomically.
  struct Slot {
    const void* entry;
    LogType* type;
    int64_t memory_bytes;
  };

  // Where the chunk of the slots stands whose indices begin with these bits.
  std::atomic<uint32_t>& place_of(int64_t chunk) const {
    return places_[static_cast<size_t>(chunk & place_mask_)];
  }
  const Slot& slot_of(int64_t index) const {
    const int64_t place = place_of(index >> chunk_log2_).load(std::memory_order_relaxed);
    return slots_[static_cast<size_t>((place << chunk_log2_) + (index & chunk_mask_))];
  }
  static PendingEntry load(const Slot& slot);
  static void store(Slot& slot, const PendingEntry& pending);
  void begin_chunk();

  const int64_t slot_count_;  // entries that may wait
  const int chunk_log2_;
  const int64_t chunk_mask_;
  // One chunk more than may be full, since the oldest and the newest may both be in part.
  const int64_t chunk_count_;
  const int64_t place_mask_;
  const std::unique_ptr<Slot[]> slots_;
  // By chunk. Written before what is pushed there, and not again while anything in it waits.
  const std::unique_ptr<std::atomic<uint32_t>[]> places_;

  // Each side's on cache lines of its own. Indices count from 0: ticket = index + 1.
  alignas(64) std::atomic<int64_t> pushed_{0};
  // The producer's alone, as far as they are not atomic.
  int64_t seen_taken_ = 0;  // taken_ some time ago, for want of reading it each time
  Slot* next_slot_ = nullptr;
  Slot* chunk_end_ = nullptr;
  int64_t next_chunk_ = 0;
  int64_t oldest_chunk_ = 0;  // whose place is not known to be free
  int64_t free_place_count_ = 0;
  int64_t used_chunk_count_ = 0;
  const std::unique_ptr<uint32_t[]> free_places_;  // the last is the next to be used
  std::atomic<int64_t> dropped_ticket_{0};
  std::atomic<int64_t> dropped_count_{0};

  alignas(64) std::atomic<int64_t> taken_{0};
  alignas(64) std::atomic<int64_t> referred_from_{kNone};  // ticket; by the consumer
};

}  // namespace logslice::internal
