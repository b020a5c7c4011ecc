#include "pending_ring.h"

#include <algorithm>
#include <bit>
#include <new>

namespace logslice::internal {

namespace {

// Callers that block at the bound come a little past it, each with what it has just queued.
constexpr int64_t kSlackEntries = 1024;

template <typename T>
T load_relaxed(T& from) {
  return std::atomic_ref<T>(from).load(std::memory_order_relaxed);
}

template <typename T>
void store_relaxed(T& to, T value) {
  std::atomic_ref<T>(to).store(value, std::memory_order_relaxed);
}

int64_t slot_count(int64_t entries_max) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(entries_max + kSlackEntries)));
}

}  // namespace

// Zeros, of which no page is touched.
PendingRing::PendingRing(int64_t entries_max, int64_t slots_used)
    : mask_(slot_count(entries_max) - 1),
      slots_used_(slots_used),
      slots_(static_cast<Slot*>(std::calloc(static_cast<size_t>(mask_ + 1), sizeof(Slot)))),
      begin_again_at_(slots_used) {
  if (slots_ == nullptr) throw std::bad_alloc();
}

PendingEntry PendingRing::load(int64_t index) const {
  Slot& slot = slot_of(index);
  return {load_relaxed(slot.entry), load_relaxed(slot.type), load_relaxed(slot.memory_bytes)};
}

void PendingRing::store(int64_t index, const PendingEntry& pending) {
  Slot& slot = slot_of(index);
  store_relaxed(slot.entry, pending.entry);
  store_relaxed(slot.type, pending.type);
  store_relaxed(slot.memory_bytes, pending.memory_bytes);
}

void PendingRing::begin_again_if_empty(int64_t index) {
  // While entries flow it is hardly ever empty, and to look costs a cache miss.
  constexpr int64_t kPushesBetweenLooks = 64;
  begin_again_at_ = index + std::min(kPushesBetweenLooks, slots_used_);
  seen_taken_ = taken_.load(std::memory_order_acquire);
  if (seen_taken_ != index) return;
  first_index_.store(index, std::memory_order_relaxed);
  begin_again_at_ = index + slots_used_;
}

std::optional<PendingEntry> PendingRing::drop_oldest(int64_t kept_count) {
  int64_t index = taken_.load(std::memory_order_acquire);
  // Acquired: it may be another thread than the producer's that gives up what is left.
  while (index < pushed_.load(std::memory_order_acquire) - kept_count) {
    const PendingEntry oldest = load(index);
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
    const PendingEntry pending = load(index + static_cast<int64_t>(batch.size));
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
