// This header defines `logslice doctor`. Contract: specs/command.md.
#pragma once

#include <string>
#include <vector>

#include "exit_code.h"
#include "output.h"

namespace logslice::command {

struct DoctorOptions {
  std::vector<std::string> paths;
  Format format = Format::kJsonLines;
};

ExitCode run_doctor(const DoctorOptions& options, Output& out);

}  // namespace logslice::command
