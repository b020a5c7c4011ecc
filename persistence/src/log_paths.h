// This header defines how a configured path becomes the one canonical path of a log.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// A leading `~` or `~/` becomes the home directory ($HOME, else the user's entry). InvalidArgument
// if there is none.
absl::StatusOr<std::string> expand_home(const std::filesystem::path& path);

// The path at which readers find the log: expanded, and if it is a symbolic link, what that leads
// to, since that is where the segments are.
absl::StatusOr<std::string> resolve_log_path(FileSystem& file_system,
                                             const std::filesystem::path& path);

// Expands, creates missing parent directories (0700), and replaces the directory by its real path,
// so that one log has one path however it is named. The file need not exist.
absl::StatusOr<std::string> prepare_log_path(FileSystem& file_system,
                                             const std::filesystem::path& path);

// What is sealed must be found again by its name: InvalidArgument for the name of a segment, and
// for one that is too long to have segments.
absl::Status check_log_name(const std::string& path);

// Makes creations, renames and removals beside `path` durable.
absl::Status sync_directory_of(FileSystem& file_system, const std::string& path);

// Makes the names of the directories durable that lead to the one of `path`.
absl::Status sync_directories_above(FileSystem& file_system, const std::string& path);

// "/a/b" of "/a/b/log.jsonl", "." of "log.jsonl".
std::string directory_of(const std::string& path);

}  // namespace logslice::internal
