// This header defines WakeWord, on which threads sleep until they are woken.
#pragma once

#include <atomic>
#include <cstdint>

namespace logslice::internal {

// It counts calls of wake(). Who is about to sleep reads it, looks whether there is something to
// wait for at all, and sleeps only if it has not changed since: so no wake-up is slept through.
//
// Instead of std::atomic::wait, which tries sched_yield() before it sleeps: beside busy processes
// each of them costs a time slice. Threads: any. After wake() nothing of the word is touched.
class WakeWord {
 public:
  uint32_t read() const noexcept { return word_.load(std::memory_order_acquire); }

  // May return early: look again.
  void sleep(uint32_t seen) noexcept;

  void wake_one() noexcept { wake(1); }
  void wake_all() noexcept;

 private:
  void wake(int count_max) noexcept;

  std::atomic<uint32_t> word_{0};
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
};

}  // namespace logslice::internal
