// What libFuzzer calls. Compiled once per target, with LOGSLICE_FUZZ_TARGET as its name.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    logslice::fuzz::LOGSLICE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const logslice::fuzz::Finding& finding) {
    std::fprintf(stderr, "Finding: %s\n", finding.what());
    std::abort();
  }
  return 0;
}
