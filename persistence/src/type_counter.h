// This header defines how the entries of a log are counted by type.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Entries by type id ("" for lines that state none) up to `last_seq`; lines without a number count.
// Canonical lines are told by their first and last bytes; others are parsed, and not counted if
// they are no JSON objects. Memory: the longest line, at most line_bytes_max; longer ones are not
// counted.
absl::StatusOr<std::map<std::string, int64_t>> count_types(FileSystem& file_system,
                                                           const std::string& path,
                                                           int64_t last_seq,
                                                           int64_t line_bytes_max);

}  // namespace logslice::internal
