#include "log_paths.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "io_status.h"
#include "logslice/persistence/internal/canonical_log_path.h"
#include "logslice/reflection/internal/status.h"
#include "segment_name.h"
#include "text.h"

namespace logslice::internal {

namespace {

absl::StatusOr<std::string> home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  std::vector<char> buffer(16 << 10);
  passwd entry;
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr &&
      *found->pw_dir != '\0') {
    return found->pw_dir;
  }
  return invalid_argument("the path begins with ~ but this user has no home directory; set HOME");
}

absl::Status make_directories(FileSystem& file_system, const std::string& directory) {
  const IoResult made = file_system.make_directory(directory);
  if (made.ok()) return absl::OkStatus();
  if (made.error == EEXIST) return absl::OkStatus();  // if not as a directory, what follows says so
  if (made.error != ENOENT || directory_of(directory) == directory) {
    return io_error(made.error, "cannot create directory", directory);
  }
  absl::Status status = make_directories(file_system, directory_of(directory));
  if (!status.ok()) return status;
  return make_directories(file_system, directory);
}

}  // namespace

absl::StatusOr<std::string> expand_home(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text != "~" && !text.starts_with("~/")) return text;
  absl::StatusOr<std::string> home = home_directory();
  if (!home.ok()) return home.status();
  return *home + text.substr(1);
}

std::filesystem::path fixed_log_path(const std::filesystem::path& path) {
  const char* const home = std::getenv("HOME");
  const bool is_at_home = path.native().starts_with("~/");
  if (is_at_home && (home == nullptr || *home == '\0')) return path;
  const std::filesystem::path expanded =
      is_at_home ? std::filesystem::path(home + path.native().substr(1)) : path;
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(expanded, error);
  return error ? expanded : absolute;
}

absl::StatusOr<std::string> resolve_log_path(FileSystem& file_system,
                                             const std::filesystem::path& path) {
  absl::StatusOr<std::string> expanded = expand_home(path);
  if (!expanded.ok()) return expanded;
  const StatResult there = file_system.stat(*expanded);
  if (!there.ok() || there.stat.kind != FileKind::kSymlink) return expanded;
  const PathResult real = file_system.canonicalize(*expanded);
  if (real.error == ENOENT) return not_found(concat(*expanded, " is a link that leads nowhere"));
  if (!real.ok()) return absl::ErrnoToStatus(real.error, concat("cannot follow ", *expanded));
  return real.path;
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  // "/log" is in "/"; doubled slashes before the name go too.
  const size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

absl::Status sync_directory_of(FileSystem& file_system, const std::string& path) {
  const std::string directory = directory_of(path);
  const IoResult synced = file_system.sync_directory(directory);
  // EINVAL: the file system has no such thing and needs none.
  if (synced.ok() || synced.error == EINVAL) return absl::OkStatus();
  return io_error(synced.error, "cannot sync", directory);
}

absl::Status sync_directories_above(FileSystem& file_system, const std::string& path) {
  std::string directory = directory_of(path);
  while (directory_of(directory) != directory) {
    directory = directory_of(directory);
    const int error = file_system.sync_directory(directory).error;
    // Where we may not even look, we have made nothing.
    if (error == 0 || error == EINVAL || error == EACCES || error == EPERM) continue;
    return io_error(error, "cannot sync", directory);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> canonical_log_path(const std::filesystem::path& path,
                                               FileSystem& file_system) {
  absl::StatusOr<std::string> expanded = expand_home(path);
  if (!expanded.ok()) return expanded.status();
  const std::string directory = directory_of(*expanded);
  const PathResult real = file_system.canonicalize(directory);
  if (!real.ok()) return io_error(real.error, "cannot use directory", directory);
  const StatResult stat = file_system.stat(real.path);
  if (!stat.ok()) return io_error(stat.error, "cannot stat", real.path);
  if (stat.stat.kind != FileKind::kDirectory) {
    return io_error(ENOTDIR, "cannot use directory", real.path);
  }
  const std::string name = std::filesystem::path(*expanded).filename().native();
  return real.path == "/" ? "/" + name : real.path + "/" + name;
}

absl::Status check_log_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (const std::optional<std::string> log = log_name_of_segment(name)) {
    return invalid_argument(concat(path, " is a sealed segment of ", *log,
                                   " by its name and is never written again; open that log, or "
                                   "give another path"));
  }
  if (name.size() > kLogNameBytesMax) {
    return invalid_argument(concat(path, ": the name has ", name.size(),
                                   " bytes; a log's name has ", kLogNameBytesMax,
                                   " at most, so that its segments can have names, too"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> prepare_log_path(FileSystem& file_system,
                                             const std::filesystem::path& path) {
  absl::StatusOr<std::string> canonical = canonical_log_path(path, file_system);
  if (!absl::IsNotFound(canonical.status())) return canonical;
  absl::StatusOr<std::string> expanded = expand_home(path);
  if (!expanded.ok()) return expanded.status();
  absl::Status status = make_directories(file_system, directory_of(*expanded));
  if (!status.ok()) return status;
  return canonical_log_path(path, file_system);
}

}  // namespace logslice::internal
