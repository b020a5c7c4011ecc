// This header defines how much memory this process holds.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>

#include "bench.h"

namespace logslice::bench {

inline double resident_mebibytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  check(static_cast<bool>(statm >> total_pages >> resident_pages), "/proc/self/statm");
  return static_cast<double>(resident_pages * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace logslice::bench
