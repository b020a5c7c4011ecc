// This header defines the small programs over a log that the tests of durability cut off and fail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/durability/crash_explorer.h"

namespace logslice::testing {

enum class Sync {
  kNo,
  kOnFlush,
  kCadence,  // every two entries
};
inline constexpr Sync kSyncs[] = {Sync::kNo, Sync::kOnFlush, Sync::kCadence};
std::string name_of(Sync sync);

// Nothing in them depends on success: they are run with faults, too.
Scenario new_log(Sync sync);
Scenario new_log_in_new_directories(Sync sync);
Scenario old_log(Sync sync);
Scenario buffered_appends(Sync sync);
Scenario torn_tail(Sync sync);
Scenario torn_first_line(Sync sync);
// A sync fails once; what is kept goes to a new file.
Scenario failed_sync(Sync sync);
// So does the first sync of the new file; then all is well.
Scenario failed_syncs(Sync sync);
// A write stops within a line, which can be neither finished nor cut off.
Scenario stuck_torn_line(Sync sync);
// Somebody cuts the file shorter, or gives it another name. What is cut within a line is continued
// there by whoever has not looked yet: with faults, when looking itself may fail, it is whole
// lines.
Scenario truncated_underneath(Sync sync);
Scenario truncated_to_whole_lines(Sync sync);
Scenario renamed_underneath(Sync sync);
// Sealed segments are there already, and the disk is full for a while.
Scenario full_disk_beside_sealed(Sync sync);

// Segments of two entries, by size.
Scenario rotated(Sync sync);
// Of which the newest is kept, or none.
Scenario rotated_and_removed(Sync sync);
Scenario rotated_and_removed_all(Sync sync);
// Of which each is compressed; inline it is too little for that to begin.
Scenario rotated_and_compressed(Sync sync);

// The same in background mode, stepped at moments that the seed says.
Scenario in_background(Scenario scenario, uint64_t seed);

struct NamedScenario {
  std::string name;
  Scenario scenario;
};
std::vector<NamedScenario> all_log_scenarios();
std::vector<NamedScenario> all_background_scenarios();

}  // namespace logslice::testing
