// ./dev crash: kills a writer over and over and counts what that costs.
//
//   crash_cycles [--cycles N] [--seed S] [--background]
//
// --background  a session in background mode is the writer

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/kernel/crash_cycles.h"
#include "tests/kernel/temporary_directory.h"

int main(int argc, char** argv) {
  using namespace logslice::testing;
  CrashCycleOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--background") {
      options.writer = Writer::kBackgroundChild;
      continue;
    }
    char* end = nullptr;
    const long long value = i + 1 < argc ? std::strtoll(argv[i + 1], &end, 10) : -1;
    const bool has_value = end != nullptr && *end == '\0' && end != argv[i + 1] && value >= 0;
    if (argument == "--cycles" && has_value && value > 0) {
      options.cycle_count = value;
    } else if (argument == "--seed" && has_value) {
      options.seed = static_cast<uint64_t>(value);
    } else {
      std::fprintf(stderr, "usage: ./dev crash [--cycles N] [--seed S] [--background]\n");
      return 2;
    }
    ++i;
  }

  const TemporaryDirectory directory;
  options.directory = directory.path();
  options.progress = [](int64_t kill_count) {
    std::fprintf(stderr, "%lld kills\n", static_cast<long long>(kill_count));
  };
  const CrashCycleResult result = run_crash_cycles(options);
  for (const std::string& problem : result.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  std::printf(
      "%lld kills came while the log was being opened, %lld left half a line; %lld entries\n",
      static_cast<long long>(result.opening_count), static_cast<long long>(result.torn_count),
      static_cast<long long>(result.entry_count));
  std::printf("%s\n", result.summary().c_str());
  return result.is_clean() ? 0 : 1;
}
