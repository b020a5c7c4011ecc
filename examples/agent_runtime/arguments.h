// This header defines what the program can be told on its command line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace agent_runtime {

struct Arguments {
  enum class Mode { kDemonstrate, kCheck, kWork, kHelp };

  Mode mode = Mode::kDemonstrate;
  std::filesystem::path root = ".";
  std::filesystem::path dir;   // empty: a new one
  std::optional<int> gate_fd;  // kWork
};

extern const char* const kUsage;

// InvalidArgument: what is wrong, for people.
absl::StatusOr<Arguments> parse_arguments(int argc, char** argv);

}  // namespace agent_runtime
