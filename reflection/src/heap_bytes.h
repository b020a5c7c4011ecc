// This header defines how much memory a value holds beside itself.
#pragma once

#include <cstddef>
#include <string>

#include "logslice/reflection/internal/value_type.h"

namespace logslice::internal {

// What an allocation costs beyond its bytes, nodes and buckets included: an estimate.
inline constexpr size_t kAllocationBytes = 16;

inline size_t string_heap_bytes(const std::string& text) {
  // Short strings lie in the object itself.
  return text.capacity() < sizeof(std::string) ? 0 : text.capacity() + kAllocationBytes;
}

size_t value_heap_bytes(const ValueType& type, const void* value);

}  // namespace logslice::internal
