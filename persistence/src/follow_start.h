// This header defines where the reader of a follower begins. Rules: specs/following.md.
#pragma once

#include <filesystem>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backward_log_reader.h"
#include "log_reader.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/scan_options.h"

namespace logslice::internal {

// The filters of a follower that begins there: kSeq is one more.
ScanOptions scan_from(ScanOptions options, const FollowStart& start);

// A reader that follows from there. `go_back` walks over the entries of kLast. InvalidArgument: a
// negative value. Other errors as scan_log, but the log need not exist.
absl::StatusOr<LogReader> follow_from(
    const std::filesystem::path& path, const ScanOptions& options, const FollowStart& start,
    const std::function<absl::Status(BackwardLogReader&)>& go_back);

}  // namespace logslice::internal
