// This header defines what is looked for in archives: a place, and whether one is of a known text.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "archive_file.h"
#include "logslice/persistence/file_system.h"
#include "seek.h"

namespace logslice::internal {

// As find_start(), by what the headers of our members say, without inflating any. 0 where a member
// is not ours: then nothing tells.
absl::StatusOr<int64_t> find_start_in_archive(ArchiveFile& archive, const std::string& path,
                                              const SeekTarget& target);

// Whether both files have the same text. What cannot be read is not the same.
bool has_text_of(File& a, File& b);

}  // namespace logslice::internal
