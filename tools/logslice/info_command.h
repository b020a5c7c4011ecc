// This header defines `logslice info`. Contract: specs/command.md.
#pragma once

#include <string>
#include <vector>

#include "exit_code.h"
#include "output.h"

namespace logslice::command {

struct InfoOptions {
  std::vector<std::string> paths;
  Format format = Format::kJsonLines;
};

// Each log in turn, whatever became of those before it.
ExitCode run_info(const InfoOptions& options, Output& out);

}  // namespace logslice::command
