// This header defines `logslice recover`. Contract: specs/command.md.
#pragma once

#include <string>

#include "exit_code.h"
#include "output.h"

namespace logslice::command {

struct RecoverOptions {
  std::string path;
  std::string out_path;
};

ExitCode run_recover(const RecoverOptions& options, Output& out);

}  // namespace logslice::command
