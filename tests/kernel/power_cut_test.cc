// The power goes, hundreds of times, on a real ext4.

#include <cstdio>

#include "gtest/gtest.h"
#include "tests/kernel/power_cut_cycles.h"
#include "tests/kernel/scratch_mount.h"

namespace logslice::testing {
namespace {

using Syncing = PowerCutCycles::Syncing;

struct Case {
  const char* name;
  const char* mount_options;
  Syncing syncing;
  int64_t cycle_count;
};

class PowerCutTest : public ::testing::TestWithParam<Case> {};

TEST_P(PowerCutTest, WhatWasSyncedIsThereAndTheRestIsABeginningOfWhatWasWritten) {
  std::string refusal;
  // In memory: what a disk would add is time.
  const std::unique_ptr<Tmpfs> images = Tmpfs::mount(100 << 20, &refusal);
  if (images == nullptr) GTEST_SKIP() << refusal;
  const std::unique_ptr<LoopedExt4> disk =
      LoopedExt4::mount(64 << 20, images->path(), GetParam().mount_options, &refusal);
  if (disk == nullptr) GTEST_SKIP() << refusal;

  PowerCutCycles cycles(*disk, GetParam().syncing, 1);
  cycles.run(GetParam().cycle_count);
  for (const std::string& problem : cycles.problems()) ADD_FAILURE() << problem;
  const PowerCutCycles::Tally& tally = cycles.tally();
  EXPECT_EQ(tally.cut_count, GetParam().cycle_count);
  EXPECT_GT(tally.acknowledged_count, 0);
  std::printf("%lld power cuts; %lld took unsynced entries, %lld left half a line, %lld zeros\n",
              static_cast<long long>(tally.cut_count),
              static_cast<long long>(tally.lost_tail_count),
              static_cast<long long>(tally.torn_count), static_cast<long long>(tally.zeros_count));
}

INSTANTIATE_TEST_SUITE_P(
    Ext4, PowerCutTest,
    ::testing::Values(Case{"OrderedSynced", "", Syncing::kOnFlush, 150},
                      Case{"WritebackSynced", "data=writeback", Syncing::kOnFlush, 60},
                      Case{"JournalSynced", "data=journal", Syncing::kOnFlush, 30},
                      // Unsynced only so: data=writeback shows what other files left on the device,
                      // nodelalloc leaves holes of zeros before what came later.
                      Case{"OrderedUnsynced", "", Syncing::kByOthers, 120}),
    [](const ::testing::TestParamInfo<Case>& instance) { return instance.param.name; });

}  // namespace
}  // namespace logslice::testing
