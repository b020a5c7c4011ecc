// This header defines run_command, which runs a program and keeps the beginning of what it says.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace agent_runtime {

struct CommandLimits {
  size_t output_bytes_max = 2048;  // more is read and thrown away
  absl::Duration time_max = absl::Seconds(5);
};

struct CommandOutput {
  int exit_code = 0;   // 128 + the signal, if one ended it; 127: there is no such program
  std::string output;  // of both stdout and stderr
  bool truncated = false;
};

// Runs `argv` in `folder`, without input. DeadlineExceeded: it took too long and was killed.
absl::StatusOr<CommandOutput> run_command(const std::filesystem::path& folder,
                                          const std::vector<std::string>& argv,
                                          const CommandLimits& limits = {});

}  // namespace agent_runtime
