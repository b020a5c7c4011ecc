// This header defines survey_files, the first pass of salvage_log: what is no entry goes to the
// quarantine, and where the entries stand in order is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "logslice/persistence/salvage_log.h"
#include "quarantine_file.h"
#include "salvage_input.h"

namespace logslice::internal {

// A part of a file in which the numbers of entries grow. It begins and ends at a line's start.
// Lines that are no entries may stand in it, and entries without a number, which go with the one
// before.
struct SeqRun {
  size_t file_index = 0;
  int64_t start_offset = 0;
  int64_t end_offset = 0;
  int64_t first_seq = 0;     // 0: none of its entries has a number
  bool comes_first = false;  // if so, and not last
};

struct SalvageSurvey {
  std::vector<SeqRun> runs;  // by file, then by offset
  int64_t given_seq = 0;     // the highest number that lines show to have been given
};

// Counts what it quarantines and the blank lines into `report`. A log in order has a run per file.
absl::StatusOr<SalvageSurvey> survey_files(SalvageInput& input, int64_t line_bytes_max,
                                           QuarantineFile& quarantine, SalvageReport& report);

}  // namespace logslice::internal
