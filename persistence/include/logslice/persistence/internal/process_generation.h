// This header defines how a process knows that it is a forked child.
#pragma once

#include <cstdint>

namespace logslice::internal {

// Grows by one in each forked child: compare it before touching a mutex that another thread of the
// parent may have held. The first call in a process arms the fork handler. One relaxed load.
// Threads: any; never blocks.
uint64_t process_generation() noexcept;

}  // namespace logslice::internal
