// This header defines check_run, which looks at the files of a finished run and tells whether
// anything is missing or doubled. It trusts nothing that the run said about itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace agent_runtime {

struct CheckResult {
  int64_t entry_count = 0;
  int64_t step_count = 0;             // of the plan in the snapshot
  std::vector<std::string> findings;  // empty: all is well
};

// Holds when: (1) every line of the log is a sound ToolCall, (2) its sequence numbers are 1, 2, 3,
// … up to the one of the last snapshot, (3) its steps are those of the plan in the snapshot, each
// once, in order, with the planned tool and parameters, (4) the snapshot's progress is what the
// entries come to. An error: a file cannot be read at all.
absl::StatusOr<CheckResult> check_run(const std::filesystem::path& dir);

}  // namespace agent_runtime
