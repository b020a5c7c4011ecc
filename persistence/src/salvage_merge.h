// This header defines SalvageMerge, the second pass of salvage_log: the entries in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "logslice/persistence/salvage_log.h"
#include "new_file.h"
#include "quarantine_file.h"
#include "salvage_input.h"
#include "salvage_survey.h"

namespace logslice::internal {

// Merges the runs by __seq__. Of entries with one number the last in the log is saved: the one in
// the later segment, or farther down in a file; those equal to it are duplicates, the others go to
// the quarantine. Memory: what is known of the runs that overlap, and two lines. Threads: one.
class SalvageMerge {
 public:
  SalvageMerge(SalvageInput& input, NewFile& out, QuarantineFile& quarantine, SalvageReport& report)
      : input_(input), out_(out), quarantine_(quarantine), report_(report) {}

  absl::Status run(std::vector<SeqRun> runs);

 private:
  // Where the reading of a run has come to.
  struct Cursor {
    size_t file_index = 0;
    int64_t next_offset = 0;
    int64_t end_offset = 0;
    int64_t seq = 0;  // of the entry at hand; 0: there is none any more
    int64_t entry_offset = 0;
  };

  static bool comes_later(const Cursor& a, const Cursor& b);

  absl::Status open(const SeqRun& run);
  // Goes to the next numbered entry, and saves those without a number before it.
  absl::Status advance(Cursor& cursor);
  absl::Status save(const std::string& entry, int64_t seq);
  // Saves the entry that the lowest cursors stand at, once.
  absl::Status take_lowest();
  absl::Status leave_out(const Cursor& loser, const Cursor& winner);

  SalvageInput& input_;
  NewFile& out_;
  QuarantineFile& quarantine_;
  SalvageReport& report_;

  std::vector<Cursor> cursors_;  // a heap, the lowest first
  std::vector<Cursor> equals_;   // of take_lowest()
  std::string line_;             // of advance()
  std::string entry_;
  std::string other_;
};

}  // namespace logslice::internal
