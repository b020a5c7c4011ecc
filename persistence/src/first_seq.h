// This header defines with which __seq__ and __ts__ a file begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// The __seq__ of the first line that has one, less one for each line before it that is not blank,
// but at least 1: whatever damaged those, their numbers were given. 0 if no line has one. Reads the
// first line or two, and more only where they have none.
absl::StatusOr<int64_t> find_first_seq(File& file, const std::string& path, int64_t line_bytes_max);

// The first __ts__ in the first block of lines; nothing if there is none, or it cannot be read.
std::optional<absl::Time> find_first_ts(File& file, const std::string& path,
                                        int64_t line_bytes_max);

}  // namespace logslice::internal
