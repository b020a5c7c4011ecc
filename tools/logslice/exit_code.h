// This header defines ExitCode, what the command tells whoever started it.
// Meaning: specs/command.md, "Exit codes".
#pragma once

namespace logslice::command {

enum class ExitCode {
  kFine = 0,
  kFailed = 1,   // no such log, cannot read, cannot write
  kUsage = 2,    // the command line is wrong; nothing was read
  kDamaged = 3,  // finished, but the log holds lines that are no entries
};

// The worse of two outcomes of one run. A log that could not be read is worse than one that was
// read and holds damage, whatever the numbers.
inline ExitCode worse(ExitCode one, ExitCode other) {
  if (one == ExitCode::kFailed || other == ExitCode::kFailed) return ExitCode::kFailed;
  return one > other ? one : other;
}

}  // namespace logslice::command
