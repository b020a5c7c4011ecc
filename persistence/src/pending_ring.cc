#include "pending_ring.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace logslice::internal {

namespace {

// Callers that block at the bound come a little past it, each with what it has just queued.
constexpr int64_t kSlackEntries = 1024;

// An atomic_ref of a constant is of a later standard.
template <typename T>
T load_relaxed(const T& from) {
  return std::atomic_ref<T>(const_cast<T&>(from)).load(std::memory_order_relaxed);
}

template <typename T>
void store_relaxed(T& to, T value) {
  std::atomic_ref<T>(to).store(value, std::memory_order_relaxed);
}

}  // namespace

// Slots are not cleared: no page is touched before it is used.
PendingRing::PendingRing(int64_t entries_max, int64_t chunk_slots)
    : slot_count_(entries_max + kSlackEntries),
      chunk_log2_(std::countr_zero(static_cast<uint64_t>(chunk_slots))),
      chunk_mask_(chunk_slots - 1),
      chunk_count_(((slot_count_ + chunk_mask_) >> chunk_log2_) + 1),
      place_mask_(static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(chunk_count_))) - 1),
      slots_(
          std::make_unique_for_overwrite<Slot[]>(static_cast<size_t>(chunk_count_ << chunk_log2_))),
      places_(std::make_unique<std::atomic<uint32_t>[]>(static_cast<size_t>(place_mask_ + 1))),
      free_places_(std::make_unique_for_overwrite<uint32_t[]>(static_cast<size_t>(chunk_count_))) {
  assert(std::has_single_bit(static_cast<uint64_t>(chunk_slots)));
}

PendingEntry PendingRing::load(const Slot& slot) {
  return {load_relaxed(slot.entry), load_relaxed(slot.type), load_relaxed(slot.memory_bytes)};
}

void PendingRing::store(Slot& slot, const PendingEntry& pending) {
  store_relaxed(slot.entry, pending.entry);
  store_relaxed(slot.type, pending.type);
  store_relaxed(slot.memory_bytes, pending.memory_bytes);
}

// There is a place: the entries that wait are fewer than slot_count_, and end where this chunk
// begins.
void PendingRing::begin_chunk() {
  seen_taken_ = taken_.load(std::memory_order_acquire);
  for (; oldest_chunk_ < (seen_taken_ >> chunk_log2_); ++oldest_chunk_) {
    free_places_[static_cast<size_t>(free_place_count_++)] =
        place_of(oldest_chunk_).load(std::memory_order_relaxed);
  }
  const uint32_t place = free_place_count_ > 0
                             ? free_places_[static_cast<size_t>(--free_place_count_)]
                             : static_cast<uint32_t>(used_chunk_count_++);
  assert(place < chunk_count_);
  place_of(next_chunk_++).store(place, std::memory_order_relaxed);
  next_slot_ = &slots_[static_cast<size_t>(place) << chunk_log2_];
  chunk_end_ = next_slot_ + chunk_mask_ + 1;
}

std::optional<PendingEntry> PendingRing::drop_oldest(int64_t kept_count) {
  int64_t index = taken_.load(std::memory_order_acquire);
  // Acquired: it may be another thread than the producer's that gives up what is left.
  while (index < pushed_.load(std::memory_order_acquire) - kept_count) {
    const PendingEntry oldest = load(slot_of(index));
    if (taken_.compare_exchange_weak(index, index + 1, std::memory_order_acq_rel)) {
      int64_t last = dropped_ticket_.load(std::memory_order_relaxed);
      while (last <= index &&
             !dropped_ticket_.compare_exchange_weak(last, index + 1, std::memory_order_acq_rel)) {
      }
      dropped_count_.fetch_add(1, std::memory_order_release);
      return oldest;
    }
  }
  return std::nullopt;
}

int64_t PendingRing::dropped_ticket() const {
  const int64_t dropped = dropped_ticket_.load(std::memory_order_acquire);
  // A claim that came before the drop is known by now, as the drop has read its taken_. One that
  // is under way and will fail may be known or not: it uses nothing.
  return std::min(dropped, referred_from_.load(std::memory_order_acquire) - 1);
}

bool PendingRing::look(PendingBatch& batch, int64_t entries_max, int64_t bytes_max) {
  const int64_t index = taken_.load(std::memory_order_acquire);
  const int64_t available = pushed_.load(std::memory_order_acquire) - index;
  if (available <= 0) return false;
  referred_from_.store(index + 1, std::memory_order_seq_cst);
  batch.first_ticket = index + 1;
  batch.size = 0;
  batch.memory_bytes = 0;
  const auto count = static_cast<size_t>(std::min(available, entries_max));
  while (batch.size < count) {
    const PendingEntry pending = load(slot_of(index + static_cast<int64_t>(batch.size)));
    if (batch.size > 0 && batch.memory_bytes + pending.memory_bytes > bytes_max) break;
    batch.entries[batch.size++] = pending;
    batch.memory_bytes += pending.memory_bytes;
  }
  return true;
}

bool PendingRing::take(const PendingBatch& batch) {
  int64_t index = batch.first_ticket - 1;
  if (taken_.compare_exchange_strong(index, index + static_cast<int64_t>(batch.size),
                                     std::memory_order_acq_rel)) {
    return true;
  }
  release();
  return false;
}

}  // namespace logslice::internal
