// This header defines EntrySlots, entries of one type that are decoded into over and over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// What a scan says about an entry.
struct EntryRecord {
  int64_t seq = 0;
  std::optional<absl::Time> ts;
  int64_t offset_bytes = 0;
  int64_t line_bytes = 0;
  int32_t missing_members = 0;
  uint32_t piece = 0;        // of its batch
  bool counts_more = false;  // its batch has more counts for it than those of one line
};

// A growing array of entries, each behind its record. They stay where they are and stay
// constructed, so that a string that is decoded into again needs no new memory. Threads: one at a
// time.
class EntrySlots {
 public:
  explicit EntrySlots(const TypeTable& table)
      : table_(table),
        align_bytes_(std::max(alignof(EntryRecord), table.align_bytes)),
        entry_offset_(rounded_up(sizeof(EntryRecord), table.align_bytes)),
        slot_bytes_(rounded_up(entry_offset_ + table.size_bytes, align_bytes_)) {}
  EntrySlots(const EntrySlots&) = delete;
  EntrySlots& operator=(const EntrySlots&) = delete;
  ~EntrySlots() {
    while (size_ > 0) table_.destroy(entry(--size_));
    for (void* chunk : chunks_) ::operator delete(chunk, std::align_val_t(align_bytes_));
  }

  // So many slots take no more than `bytes`; at least one.
  size_t count_within(size_t bytes) const { return std::max<size_t>(1, bytes / slot_bytes_); }

  // Makes the slot, the next one at most. What an entry's own default throws comes through.
  void make(size_t index) {
    if (index < size_) return;
    if (size_ == chunks_.size() * kChunkSlots) {
      chunks_.reserve(chunks_.size() + 1);
      chunks_.push_back(::operator new(kChunkSlots* slot_bytes_, std::align_val_t(align_bytes_)));
    }
    table_.default_construct(static_cast<char*>(slot(size_)) + entry_offset_);
    ::new (slot(size_)) EntryRecord;
    ++size_;
  }
  EntryRecord& record(size_t index) const { return *static_cast<EntryRecord*>(slot(index)); }
  void* entry(size_t index) const { return static_cast<char*>(slot(index)) + entry_offset_; }

  // Lets go of the slots from here on.
  void shrink_to(size_t size) {
    while (size_ > size) table_.destroy(entry(--size_));
  }

 private:
  static constexpr size_t kChunkSlots = 64;

  static size_t rounded_up(size_t bytes, size_t align_bytes) {
    return (bytes + align_bytes - 1) / align_bytes * align_bytes;
  }
  void* slot(size_t index) const {
    return static_cast<char*>(chunks_[index / kChunkSlots]) + index % kChunkSlots * slot_bytes_;
  }

  const TypeTable& table_;
  const size_t align_bytes_;
  const size_t entry_offset_;
  const size_t slot_bytes_;
  std::vector<void*> chunks_;
  size_t size_ = 0;
};

}  // namespace logslice::internal
