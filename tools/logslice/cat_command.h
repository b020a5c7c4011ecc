// This header defines `logslice cat`. Contract: specs/command.md.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "arguments.h"
#include "exit_code.h"
#include "output.h"

namespace logslice::command {

struct CatOptions {
  std::string path;
  std::string type;  // empty: all
  SeqRange seq;
  std::optional<absl::Time> since;  // inclusive
  std::optional<absl::Time> until;  // exclusive
  Format format = Format::kJsonLines;
};

ExitCode run_cat(const CatOptions& options, Output& out);

}  // namespace logslice::command
