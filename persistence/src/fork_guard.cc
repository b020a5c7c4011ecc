#include "fork_guard.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

namespace logslice::internal {

namespace {

struct ForkGuard {
  std::mutex mutex;  // held across fork(), so that the child finds the table whole
  std::vector<int> descriptors;
  std::atomic<uint64_t> generation{1};
};

// Never destroyed; and made without an allocation, for process_generation() cannot say that there
// is no memory.
ForkGuard& guard() {
  alignas(ForkGuard) static std::byte place[sizeof(ForkGuard)];
  static ForkGuard& instance = *[] {
    auto* const made = ::new (place) ForkGuard;
    pthread_atfork([] { guard().mutex.lock(); }, [] { guard().mutex.unlock(); },
                   [] {
                     // Only what may be called between fork and exec.
                     for (const int descriptor : guard().descriptors) close(descriptor);
                     guard().descriptors.clear();
                     guard().generation.fetch_add(1, std::memory_order_relaxed);
                     guard().mutex.unlock();
                   });
    return made;
  }();
  return instance;
}

}  // namespace

uint64_t process_generation() noexcept {
  return guard().generation.load(std::memory_order_relaxed);
}

void close_descriptor_on_fork(int descriptor) {
  const std::lock_guard lock(guard().mutex);
  guard().descriptors.push_back(descriptor);
}

void forget_descriptor(int descriptor) {
  const std::lock_guard lock(guard().mutex);
  std::erase(guard().descriptors, descriptor);
}

}  // namespace logslice::internal
