// This header defines how a writer goes on behind lines of another program, which have no numbers.
// Rules: specs/foreign-logs.md, "Going on".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"
#include "recovery.h"
#include "sealed_segments.h"

namespace logslice::internal {

struct AdoptionOptions {
  bool adopt_foreign = false;
  std::optional<int64_t> known_last_seq;  // by the sidecar; nothing if there is none
  int64_t line_bytes_max = 0;
};

// The number of the last line of the log, where the active file's lines have none, as a scan with
// UnnumberedLines::kCountOn counts them: behind the sealed segments, or behind the archives that
// the other program made. 0 if there are no such lines, or the active file has numbers. `tail` is
// what recover_tail() found, nothing if there is no active file; its last_seq is set to the same.
// FailedPrecondition: archives are all there is, and adopt_foreign does not say that they are
// meant.
absl::StatusOr<int64_t> count_foreign_lines(FileSystem& file_system, const std::string& path,
                                            const SealedSegments& sealed,
                                            const AdoptionOptions& options,
                                            std::optional<RecoveredTail>& tail);

}  // namespace logslice::internal
