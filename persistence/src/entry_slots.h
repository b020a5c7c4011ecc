// This header defines EntrySlots, entries of one type that are decoded into over and over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// What a scan says about an entry.
struct EntryRecord {
  LineStamp stamp;
  int64_t offset_bytes = 0;
  int64_t line_bytes = 0;
  int32_t missing_members = 0;
  uint32_t piece = 0;        // of its batch
  bool counts_more = false;  // its batch has more counts for it than those of one line
};

// A growing array of entries, and beside it their records. Entries stay where they are and stay
// constructed, so that a string that is decoded into again needs no new memory. Threads: one at a
// time.
class EntrySlots {
 public:
  explicit EntrySlots(const TypeTable& table) : table_(table) {}
  EntrySlots(const EntrySlots&) = delete;
  EntrySlots& operator=(const EntrySlots&) = delete;
  ~EntrySlots() {
    shrink_to(0);
    for (void* chunk : chunks_) ::operator delete(chunk, alignment());
  }

  // So many slots take no more than `bytes`; at least one.
  size_t count_within(size_t bytes) const {
    return std::max<size_t>(1, bytes / (table_.size_bytes + sizeof(EntryRecord)));
  }

  // Makes the slot, the next one at most. What an entry's own default throws comes through.
  void make(size_t index) {
    if (index < records_.size()) return;
    if (index == chunks_.size() * kChunkSlots) {
      chunks_.reserve(chunks_.size() + 1);
      chunks_.push_back(::operator new(kChunkSlots* table_.size_bytes, alignment()));
    }
    records_.reserve(chunks_.size() * kChunkSlots);
    table_.default_construct(entry(index));
    records_.emplace_back();
  }
  // Until the next slot is made.
  EntryRecord& record(size_t index) { return records_[index]; }
  void* entry(size_t index) const {
    return static_cast<char*>(chunks_[index / kChunkSlots]) +
           index % kChunkSlots * table_.size_bytes;
  }

  // Lets go of the slots from here on.
  void shrink_to(size_t size) {
    for (; records_.size() > size; records_.pop_back()) table_.destroy(entry(records_.size() - 1));
  }

 private:
  static constexpr size_t kChunkSlots = 64;

  std::align_val_t alignment() const { return std::align_val_t(table_.align_bytes); }

  const TypeTable& table_;
  std::vector<EntryRecord> records_;  // as many as there are slots
  std::vector<void*> chunks_;
};

}  // namespace logslice::internal
