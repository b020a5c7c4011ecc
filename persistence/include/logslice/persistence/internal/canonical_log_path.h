// This header defines the one path by which a log is known, however it is named.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Expands a leading `~` or `~/` ($HOME, else the user's entry) and replaces the directory by its
// real path. Creates nothing; the file need not exist. NotFound: the directory does not exist.
// InvalidArgument: a `~` and no home directory.
absl::StatusOr<std::string> canonical_log_path(const std::filesystem::path& path,
                                               FileSystem& file_system);

// The path as it is named now, wherever the process goes later: absolute, with $HOME for `~`. Looks
// at no file, so that links and `..` stay. What cannot be told (no $HOME) is left for whoever opens
// the log.
std::filesystem::path fixed_log_path(const std::filesystem::path& path);

}  // namespace logslice::internal
