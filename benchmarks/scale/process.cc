#include "process.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "scale.h"

namespace logslice::scale {

Memory memory_now() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  int64_t reserved_pages = 0;
  int64_t resident_pages = 0;
  statm >> reserved_pages >> resident_pages;
  check(statm.good(), "/proc/self/statm cannot be read");
  const int64_t page_bytes = sysconf(_SC_PAGESIZE);
  return {resident_pages * page_bytes, reserved_pages * page_bytes};
}

int64_t open_descriptor_count() {
  // Not counting the one that looks.
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}) - 1;
}

int64_t raise_descriptor_limit() {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
  return static_cast<int64_t>(limit.rlim_cur);
}

double processor_seconds() {
  rusage usage{};
  check(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int64_t free_bytes(const std::filesystem::path& directory) {
  return static_cast<int64_t>(std::filesystem::space(directory).available);
}

}  // namespace logslice::scale
