// This header defines find_log_holder, which tells who has a log open for writing.
#pragma once

#include <optional>
#include <string>

#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_info.h"

namespace logslice::internal {

// Looks at the sidecar without touching the lock. Nothing if no writer has the log open.
std::optional<LogHolder> find_log_holder(FileSystem& file_system, const std::string& log_path);

// "process 4711 since 2025-01-15T10:30:00.000000+00:00", or what is known of it.
std::string describe(const LogHolder& holder);

}  // namespace logslice::internal
