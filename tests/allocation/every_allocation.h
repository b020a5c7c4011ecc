// How a test fails every allocation of an operation in turn, once and for ever.
#pragma once

#include <exception>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/support/failing_allocator.h"

namespace logslice::testing {

// A `Case` is made anew for each allocation: the constructor prepares, run() is the operation, with
// memory ending somewhere in it, and check() looks what became of it, with memory back. run() keeps
// what it finds for check(): it must not throw, and says nothing to GoogleTest.
template <typename Case, typename... Arguments>
void fail_every_allocation(int64_t allocation_count_min, const Arguments&... arguments) {
  for (const MemoryEnds ends : {MemoryEnds::kOnce, MemoryEnds::kForEver}) {
    bool has_happened = true;
    int64_t index = 0;
    for (; has_happened && !::testing::Test::HasFatalFailure(); ++index) {
      SCOPED_TRACE(
          (ends == MemoryEnds::kOnce ? "once, allocation " : "for ever, from allocation ") +
          std::to_string(index));
      Case tried(arguments...);
      bool has_thrown = false;
      {
        const AllocationFailure failure(index, ends);
        try {
          tried.run();
        } catch (...) {
          has_thrown = true;
        }
        has_happened = failure.has_happened();
      }
      ASSERT_FALSE(has_thrown) << "an exception crossed the interface";
      tried.check();
    }
    EXPECT_GT(index, allocation_count_min) << "the operation does not allocate where it did";
  }
}

// What an operation may say when memory ends: nothing else fails in these tests.
inline bool is_ok_or_no_memory(const absl::Status& status) {
  return status.ok() || absl::IsResourceExhausted(status);
}

}  // namespace logslice::testing
