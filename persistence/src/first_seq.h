// This header defines find_first_seq, with which __seq__ a file begins.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// The __seq__ of the first line that has one, less one for each line before it that is not blank,
// but at least 1: whatever damaged those, their numbers were given. 0 if no line has one. Reads the
// first line or two, and more only where they have none.
absl::StatusOr<int64_t> find_first_seq(File& file, const std::string& path, int64_t line_bytes_max);

}  // namespace logslice::internal
