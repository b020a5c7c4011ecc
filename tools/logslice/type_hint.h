// This header defines what is said when a log has no entry of the type that was asked for.
#pragma once

#include <string>

namespace logslice::command {

// If the log at `path` has no entry of `type`, names the types that it has, on stderr. Reads the
// whole log: for when nothing was found.
void hint_at_types(const std::string& path, const std::string& type);

}  // namespace logslice::command
