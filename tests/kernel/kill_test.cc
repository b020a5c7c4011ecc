// SIGKILL at random moments, again and again.

#include <cstdio>

#include "gtest/gtest.h"
#include "tests/kernel/crash_cycles.h"
#include "tests/kernel/temporary_directory.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

// A sanitised child takes long to start.
constexpr int64_t kKills = kIsSanitized ? 100 : 1000;

void expect_clean(const CrashCycleOptions& options) {
  const CrashCycleResult result = run_crash_cycles(options);
  for (const std::string& problem : result.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(result.kill_count, options.cycle_count);
  EXPECT_TRUE(result.is_clean());
  EXPECT_GT(result.entry_count, options.cycle_count);
  std::printf("%s\n", result.summary().c_str());
}

TEST(KillTest, WhatWasAcknowledgedSurvivesEveryKillAndTheNextWriterGoesOn) {
  const TemporaryDirectory directory;
  expect_clean({.cycle_count = kKills, .directory = directory.path()});
}

TEST(KillTest, SoItDoesInBackgroundMode) {
  const TemporaryDirectory directory;
  expect_clean({.writer = Writer::kBackgroundChild,
                .cycle_count = kKills / 2,
                .directory = directory.path()});
}

}  // namespace
}  // namespace logslice::testing
