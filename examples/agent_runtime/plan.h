// This header defines make_plan, which decides what the agent is going to do.
#pragma once

#include <filesystem>
#include <vector>

#include "absl/status/statusor.h"
#include "events.h"

namespace agent_runtime {

// 30 to 60 steps that get to know the tree at `root`: its folders, the files that most projects
// have, some that this one has, some words, the machine. The plan holds guesses, as a model's
// would, so that some steps fail.
absl::StatusOr<std::vector<PlannedStep>> make_plan(const std::filesystem::path& root);

}  // namespace agent_runtime
