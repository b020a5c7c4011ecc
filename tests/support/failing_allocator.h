// This header defines AllocationFailure, by which a test takes memory away. Linking the .cc file
// replaces the program's operator new, so tests that use it are programs of their own.
#pragma once

#include <cstdint>

namespace logslice::testing {

enum class MemoryEnds { kOnce, kForEver };

// While it lives, allocation number `index` of this thread, counted from 0, throws std::bad_alloc,
// or it and all that follow. One at a time. Threads: that of its constructor; others are not
// affected.
class AllocationFailure {
 public:
  AllocationFailure(int64_t index, MemoryEnds ends);
  AllocationFailure(const AllocationFailure&) = delete;
  AllocationFailure& operator=(const AllocationFailure&) = delete;
  ~AllocationFailure();

  // Whether so many allocations were made that one failed.
  bool has_happened() const;
};

// While it lives, allocations of this thread neither fail nor count: for what stands in for the
// operating system in a test.
class AllocationTruce {
 public:
  AllocationTruce();
  AllocationTruce(const AllocationTruce&) = delete;
  AllocationTruce& operator=(const AllocationTruce&) = delete;
  ~AllocationTruce();
};

}  // namespace logslice::testing
