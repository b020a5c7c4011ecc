// This header defines how much memory an encoded value can need, so that it is reserved once and
// then written without checks.
#pragma once

#include <cstddef>

#include "program.h"

namespace logslice::internal {

// Quotes are not counted: they stand in literals, or are added by the container.
size_t value_bytes_max(const ValueType& type, const void* value);

size_t program_bytes_max(const Program& program, const void* base);

// A whole line, newline included.
size_t line_bytes_bound(const TypeTable& table, const void* entry);

// Both by one look at the entry.
struct EntrySize {
  size_t line_bytes_bound;
  size_t memory_bytes;  // as memory_bytes() tells
};
EntrySize measure_entry(const TypeTable& table, const void* entry);

}  // namespace logslice::internal
