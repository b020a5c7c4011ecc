// This header defines ErasedEntry, an entry to decode into where only its type's table is known.
#pragma once

#include <new>

#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// A constructed object of a type that is known by its table only.
class ErasedEntry {
 public:
  explicit ErasedEntry(const TypeTable& table)
      : table_(table),
        memory_(::operator new(table.size_bytes, std::align_val_t(table.align_bytes))) {
    try {
      table_.default_construct(memory_);
    } catch (...) {
      ::operator delete(memory_, std::align_val_t(table_.align_bytes));
      throw;
    }
  }
  ErasedEntry(const ErasedEntry&) = delete;
  ErasedEntry& operator=(const ErasedEntry&) = delete;
  ~ErasedEntry() {
    table_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(table_.align_bytes));
  }
  void* get() { return memory_; }

 private:
  const TypeTable& table_;
  void* const memory_;
};

}  // namespace logslice::internal
