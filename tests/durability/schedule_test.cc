// A log in background mode, in every order of caller, writer, disk, deadline and crash that some
// thousand seeds draw (schedule.h).
//
//   LOGSLICE_SCHEDULE_SEED=N   that schedule alone, with what happens in it
//   LOGSLICE_SCHEDULES=N       so many, instead of the usual number

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "gtest/gtest.h"
#include "tests/durability/schedule.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

constexpr int64_t kScheduleCount = kIsSanitized ? 200 : 3000;

int64_t number_from_environment(const char* name, int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

TEST(ScheduleTest, NoOrderOfEventsBreaksAPromise) {
  const int64_t only_seed = number_from_environment("LOGSLICE_SCHEDULE_SEED", -1);
  const bool is_one = only_seed >= 0;
  const int64_t first_seed = is_one ? only_seed : 0;
  const int64_t count = is_one ? 1 : number_from_environment("LOGSLICE_SCHEDULES", kScheduleCount);
  SteppedThread thread;
  CrashExplorer explorer;
  int64_t done = 0;
  for (int64_t seed = first_seed; seed < first_seed + count && !HasFailure(); ++seed, ++done) {
    Schedule schedule(static_cast<uint64_t>(seed), thread, explorer);
    schedule.run();
    if (is_one || HasFailure()) std::printf("%s", schedule.trace().c_str());
    if (HasFailure()) {
      std::printf("[ schedules] seed %" PRId64
                  " fails; to repeat it alone: LOGSLICE_SCHEDULE_SEED=%" PRId64
                  " durability_test --gtest_filter=ScheduleTest.*\n",
                  seed, seed);
    }
  }
  std::printf("[ schedules] %" PRId64 "\n", done);
  RecordProperty("schedules", std::to_string(done));
  report_states(explorer.state_count(), done < kScheduleCount ? 0 : kIsSanitized ? 2'000 : 30'000);
}

TEST(ScheduleTest, ASeedIsOneOrderOfEvents) {
  SteppedThread thread;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    std::string traces[2];
    for (std::string& trace : traces) {
      CrashExplorer explorer;
      Schedule schedule(seed, thread, explorer);
      schedule.run();
      trace = schedule.trace();
    }
    ASSERT_EQ(traces[0], traces[1]);
  }
}

}  // namespace
}  // namespace logslice::testing
