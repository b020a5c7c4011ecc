// This header defines what is said when no entry has the member that was asked for.
#pragma once

#include <string>

#include "logslice/persistence/log_lines.h"

namespace logslice::command {

// Says on stderr that none of the entries that `scan` passes has a value at `pointer`, and names
// members that the first of them have. Reads a part of the log again: for when nothing was found.
void hint_at_members(const std::string& path, const std::string& pointer,
                     const LineScanOptions& scan);

}  // namespace logslice::command
