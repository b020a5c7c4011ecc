// This header defines what this process takes of the machine.
#pragma once

#include <cstdint>
#include <filesystem>

namespace logslice::scale {

struct Memory {
  int64_t resident_bytes = 0;
  int64_t reserved_bytes = 0;  // of address space
};
// After the allocator has given back what it can.
Memory memory_now();

int64_t open_descriptor_count();
// As many as may be, from now on; returns how many.
int64_t raise_descriptor_limit();

// Processor time of all threads so far.
double processor_seconds();

int64_t free_bytes(const std::filesystem::path& directory);

}  // namespace logslice::scale
