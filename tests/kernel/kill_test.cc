// SIGKILL at random moments, a thousand times.

#include <cstdio>

#include "gtest/gtest.h"
#include "tests/kernel/crash_cycles.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

// A sanitised child takes long to start.
constexpr int64_t kKills = kIsSanitized ? 100 : 1000;

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
