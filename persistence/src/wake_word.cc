#include "wake_word.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <limits>

namespace logslice::internal {

void WakeWord::sleep(uint32_t seen) noexcept {
  syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, seen, nullptr);
}

void WakeWord::wake_all() noexcept { wake(std::numeric_limits<int>::max()); }

void WakeWord::wake(int count_max) noexcept {
  word_.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, count_max);
}

}  // namespace logslice::internal
