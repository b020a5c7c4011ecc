// Power cuts and kills at every moment of what a log lives through.

#include "gtest/gtest.h"
#include "tests/durability/crash_explorer.h"
#include "tests/durability/log_scenarios.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

constexpr int64_t kCadenceStates = kIsSanitized ? 6 : 40;

// The minimum keeps a scenario from shrinking unseen. Under a sanitiser, which is for other
// mistakes, fewer states of each moment do.
void explore(Scenario (*make)(Sync), int64_t state_count_min, CrashBounds bounds = {}) {
  if constexpr (kIsSanitized) {
    bounds.state_count_max = 12;
    state_count_min = 1000;
  }
  int64_t state_count = 0;
  for (const Sync sync : kSyncs) {
    SCOPED_TRACE(name_of(sync));
    CrashExplorer explorer;
    explorer.first_level = bounds;
    // Between the other two: what differs shows in fewer states of each moment.
    if (sync == Sync::kCadence) explorer.first_level.state_count_max = kCadenceStates;
    explorer.explore(make(sync));
    state_count += explorer.state_count();
    if (explorer.has_failed()) break;
  }
  report_states(state_count, state_count_min);
}

// In background mode, at fewer states of each moment: what is written is the same, and only when it
// is differs. Each seed hands other batches over.
void explore_in_background(Scenario (*make)(Sync), int64_t state_count_min) {
  if constexpr (kIsSanitized) state_count_min /= 5;
  constexpr CrashBounds kFew{.state_count_max = kIsSanitized ? 4 : 16};
  int64_t state_count = 0;
  for (const uint64_t seed : {1, 2}) {
    for (const Sync sync : kSyncs) {
      SCOPED_TRACE(name_of(sync) + ", seed " + std::to_string(seed));
      CrashExplorer explorer;
      explorer.first_level = kFew;
      explorer.explore(in_background(make(sync), seed));
      state_count += explorer.state_count();
      if (explorer.has_failed()) return;
    }
  }
  report_states(state_count, state_count_min);
}

// Where several files are uncertain at once there are too many states: so many of each moment.
constexpr CrashBounds kDrawn{.state_count_max = 120};
constexpr CrashBounds kFewDrawn{.state_count_max = 20};

TEST(CrashTest, FirstAppendsToANewLog) { explore(new_log, 18'500); }
TEST(CrashTest, NewLogInNewDirectories) { explore(new_log_in_new_directories, 19'500); }
TEST(CrashTest, AppendsToAnOldLog) { explore(old_log, 12'500); }
TEST(CrashTest, BufferedAppends) { explore(buffered_appends, 29'000); }
TEST(CrashTest, TornTailRepairedAtOpen) { explore(torn_tail, 34'000); }
TEST(CrashTest, TornFirstLineRepairedAtOpen) { explore(torn_first_line, 24'000); }
TEST(CrashTest, FailedSyncAndRewrite) { explore(failed_sync, 62'000); }
TEST(CrashTest, FailedSyncOfTheNewFileToo) { explore(failed_syncs, 80'000, kDrawn); }
TEST(CrashTest, StuckTornLineIsSealed) { explore(stuck_torn_line, 33'000); }
TEST(CrashTest, FileCutUnderneathIsSealed) { explore(truncated_underneath, 24'000); }
TEST(CrashTest, FileRenamedUnderneath) { explore(renamed_underneath, 21'500); }
TEST(CrashTest, FullDiskBesideSealedSegments) { explore(full_disk_beside_sealed, 50'000, kDrawn); }
TEST(CrashTest, RotationBySize) { explore(rotated, 14'000, kFewDrawn); }
TEST(CrashTest, RotationWithRetention) { explore(rotated_and_removed, 22'000, kFewDrawn); }
TEST(CrashTest, RotationWithRetentionOfNothing) {
  explore(rotated_and_removed_all, 22'000, kFewDrawn);
}

TEST(BackgroundCrashTest, FirstAppendsToANewLog) { explore_in_background(new_log, 4'900); }
TEST(BackgroundCrashTest, NewLogInNewDirectories) {
  explore_in_background(new_log_in_new_directories, 5'900);
}
TEST(BackgroundCrashTest, AppendsToAnOldLog) { explore_in_background(old_log, 5'900); }
TEST(BackgroundCrashTest, BatchesOfSeveral) { explore_in_background(buffered_appends, 9'000); }
TEST(BackgroundCrashTest, TornTailRepairedAtOpen) { explore_in_background(torn_tail, 6'000); }
TEST(BackgroundCrashTest, TornFirstLineRepairedAtOpen) {
  explore_in_background(torn_first_line, 8'200);
}
TEST(BackgroundCrashTest, FailedSyncAndRewrite) { explore_in_background(failed_sync, 17'700); }
TEST(BackgroundCrashTest, FailedSyncOfTheNewFileToo) {
  explore_in_background(failed_syncs, 37'000);
}
TEST(BackgroundCrashTest, StuckTornLineIsSealed) { explore_in_background(stuck_torn_line, 12'000); }
TEST(BackgroundCrashTest, FileCutUnderneathIsSealed) {
  explore_in_background(truncated_underneath, 10'500);
}
TEST(BackgroundCrashTest, FileRenamedUnderneath) {
  explore_in_background(renamed_underneath, 8'400);
}
TEST(BackgroundCrashTest, FullDiskBesideSealedSegments) {
  explore_in_background(full_disk_beside_sealed, 28'000);
}
TEST(BackgroundCrashTest, RotationWithRetention) {
  explore_in_background(rotated_and_removed, 30'000);
}
TEST(BackgroundCrashTest, RotationWithCompression) {
  explore_in_background(rotated_and_compressed, 27'000);
}

}  // namespace
}  // namespace logslice::testing
