// This header defines go_back, which walks a log backward until it has passed so many entries.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "backward_log_reader.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/scan_options.h"

namespace logslice::internal {

struct TypeTable;

// Hands the last `count` entries that pass to `take`, newest first; it may move from them. The line
// at hand is then the last that it took. Strict: DataLoss at the first line that is no entry of the
// type.
absl::Status go_back(BackwardLogReader* lines, const TypeTable& table, int64_t count,
                     const ScanOptions& options, const std::function<void(void* entry)>& take);

// Likewise over the last `count` sound lines that pass.
absl::Status go_back_lines(BackwardLogReader* lines, int64_t count, const LineScanOptions& options);

// InvalidArgument if lines are to be counted from the start, so that nobody can begin elsewhere.
absl::Status check_needs_no_count(const ScanOptions& options);

}  // namespace logslice::internal
