// This header defines LogEnvironment: the clock, the file system and the diagnostics sink that a
// log lives with.
#pragma once

#include "logslice/persistence/clock.h"
#include "logslice/persistence/diagnostics.h"
#include "logslice/persistence/file_system.h"

namespace logslice {

// Clock and file system must outlive whatever is opened with them.
struct LogEnvironment {
  Clock* clock = &system_clock();
  FileSystem* file_system = &posix_file_system();
  DiagnosticsSink diagnostics = default_diagnostics_sink();
};

}  // namespace logslice
