// SIGKILL at random moments, a thousand times.

#include <cstdio>

#include "gtest/gtest.h"
#include "tests/kernel/crash_cycles.h"
#include "tests/kernel/temporary_directory.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOGSLICE_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LOGSLICE_IS_SANITIZED 1
#endif
#endif

namespace logslice::testing {
namespace {

#ifdef LOGSLICE_IS_SANITIZED
constexpr int64_t kKills = 100;  // a sanitised child takes long to start
#else
constexpr int64_t kKills = 1000;
#endif

TEST(KillTest, WhatWasAcknowledgedSurvivesEveryKillAndTheNextWriterGoesOn) {
  const TemporaryDirectory directory;
  const CrashCycleResult result =
      run_crash_cycles({.cycle_count = kKills, .directory = directory.path()});
  for (const std::string& problem : result.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(result.kill_count, kKills);
  EXPECT_TRUE(result.is_clean());
  EXPECT_GT(result.entry_count, kKills);
  std::printf("%s\n", result.summary().c_str());
}

}  // namespace
}  // namespace logslice::testing
