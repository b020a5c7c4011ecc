// This header defines how a snapshot gets to disk as a whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Replaces the file at `path`, or leaves it as it was. What a crash may leave is a temporary file
// beside it, `<path>.<uuid>.tmp`. Errors carry kSnapshot and the text of errno.
absl::Status write_snapshot_file(FileSystem& file_system, const std::filesystem::path& path,
                                 std::string_view json);

}  // namespace logslice::internal
