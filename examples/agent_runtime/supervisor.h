// This header defines the supervisor, which starts the worker, kills it twice, and starts it again.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace agent_runtime {

struct SupervisorOptions {
  std::filesystem::path program;  // this one
  std::filesystem::path root;
  std::filesystem::path dir;
};

// Returns once a worker has finished the plan. An error: a worker failed, or began with another
// step than the one after the last entry of the log.
absl::Status supervise(const SupervisorOptions& options);

}  // namespace agent_runtime
