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

void* allocate_or_null(size_t size_bytes, size_t align_bytes) noexcept {
  try {
    return allocate(size_bytes, align_bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
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

// All forms: a sanitiser has its own of each, and minds if one allocates and another frees.
using logslice::testing::allocate;
using logslice::testing::allocate_or_null;

[[gnu::noinline]] void* operator new(size_t size_bytes) { return allocate(size_bytes, 1); }
[[gnu::noinline]] void* operator new[](size_t size_bytes) { return allocate(size_bytes, 1); }
[[gnu::noinline]] void* operator new(size_t size_bytes, std::align_val_t align) {
  return allocate(size_bytes, static_cast<size_t>(align));
}
[[gnu::noinline]] void* operator new[](size_t size_bytes, std::align_val_t align) {
  return allocate(size_bytes, static_cast<size_t>(align));
}
[[gnu::noinline]] void* operator new(size_t size_bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(size_bytes, 1);
}
[[gnu::noinline]] void* operator new[](size_t size_bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(size_bytes, 1);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
