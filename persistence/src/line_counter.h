// This header defines count_lines, which counts a log's entries without parsing any.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Whether the line (without its newline) is nothing but spaces, tabs and carriage returns.
bool is_blank(std::string_view line);

// The lines of the file that end in a newline and are not blank. Memory: one block for each of the
// threads, among which the caller's is; only a large file that is no archive is given to several.
absl::StatusOr<int64_t> count_lines(File& file, std::string_view path, int threads = 1);

}  // namespace logslice::internal
