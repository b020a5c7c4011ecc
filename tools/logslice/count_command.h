// This header defines `logslice count`. Contract: specs/command.md.
#pragma once

#include <string>

#include "exit_code.h"
#include "output.h"

namespace logslice::command {

struct CountOptions {
  std::string path;
  std::string type;  // empty: every line, unparsed
};

ExitCode run_count(const CountOptions& options, Output& out);

}  // namespace logslice::command
