// This header defines `logslice tail`. Contract: specs/command.md.
#pragma once

#include <cstdint>
#include <string>

#include "exit_code.h"
#include "output.h"

namespace logslice::command {

enum class TailMode {
  kPrint,   // the last entries
  kFollow,  // and then those that are written
};

struct TailOptions {
  std::string path;
  std::string type;  // empty: all
  int64_t count = 10;
  TailMode mode = TailMode::kPrint;
  Format format = Format::kJsonLines;
};

// Following ends when the reader of the output has gone, and by SIGINT or SIGTERM: then, once all
// is written, this process ends by that signal.
ExitCode run_tail(const TailOptions& options, Output& out);

}  // namespace logslice::command
