// This header turns outcomes of system calls into absl::Status values that people can act on.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// "<doing> <path>: <text of errno>", of the kind kWrite. The same failure gives the same text:
// nothing in it varies, so that it can be reported once. Never throws, so that what has been done
// to a file is never forgotten on the way: without memory it is out_of_memory().
absl::Status io_error(int error, std::string_view doing, std::string_view path);

// "a directory", "a FIFO", …
std::string_view name_of(FileKind kind);

// Opens an existing regular file to read it. NotFound; InvalidArgument saying what it is instead of
// a regular file; otherwise what the operating system said.
absl::StatusOr<std::unique_ptr<File>> open_for_reading(FileSystem& file_system,
                                                       const std::string& path);

// InvalidArgument if `kind` is no regular file.
absl::Status check_regular(FileKind kind, std::string_view path);

// Appends all of `bytes`, in as many calls as it takes; for files where whole lines do not matter.
absl::Status append_all(File& file, std::string_view bytes, std::string_view path);

}  // namespace logslice::internal
