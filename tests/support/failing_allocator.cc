#include "tests/support/failing_allocator.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace logslice::testing {
namespace {

struct Plan {
  bool is_on = false;
  MemoryEnds ends = MemoryEnds::kOnce;
  int64_t left = 0;  // allocations before the first that fails
  bool has_happened = false;
  int truce_count = 0;
};

thread_local Plan plan;

bool must_fail() {
  if (!plan.is_on || plan.truce_count > 0) return false;
  if (plan.left > 0) {
    --plan.left;
    return false;
  }
  if (plan.has_happened && plan.ends == MemoryEnds::kOnce) return false;
  plan.has_happened = true;
  return true;
}

void* allocate(size_t size_bytes, size_t align_bytes) {
  if (must_fail()) throw std::bad_alloc();
  const size_t rounded = (size_bytes + align_bytes - 1) / align_bytes * align_bytes;
  void* const memory = align_bytes <= alignof(std::max_align_t)
                           ? std::malloc(size_bytes == 0 ? 1 : size_bytes)
                           : std::aligned_alloc(align_bytes, rounded == 0 ? align_bytes : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

AllocationFailure::AllocationFailure(int64_t index, MemoryEnds ends) {
  plan = {.is_on = true, .ends = ends, .left = index};
}
AllocationFailure::~AllocationFailure() { plan.is_on = false; }
bool AllocationFailure::has_happened() const { return plan.has_happened; }

AllocationTruce::AllocationTruce() { ++plan.truce_count; }
AllocationTruce::~AllocationTruce() { --plan.truce_count; }

}  // namespace logslice::testing

// The array forms and those that do not throw call these.
[[gnu::noinline]] void* operator new(size_t size_bytes) {
  return logslice::testing::allocate(size_bytes, 1);
}
[[gnu::noinline]] void* operator new(size_t size_bytes, std::align_val_t align) {
  return logslice::testing::allocate(size_bytes, static_cast<size_t>(align));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
