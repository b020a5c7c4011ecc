#include "snapshot_file.h"

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/uuid.h"
#include "logslice/session/snapshot.h"
#include "session_errors.h"
#include "text.h"

namespace logslice {
namespace internal {
namespace {

absl::Status io_error(int error, std::string_view what, std::string_view path) {
  absl::StatusCode code = absl::StatusCode::kInternal;
  if (error == ENOENT || error == ENOTDIR) code = absl::StatusCode::kNotFound;
  if (error == EACCES || error == EPERM) code = absl::StatusCode::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    code = absl::StatusCode::kResourceExhausted;
  }
  return snapshot_error(
      code, join_text({"cannot ", what, " ", path, ": ", std::generic_category().message(error)}));
}

std::string directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path().string() : std::string(".");
}

// Writes and syncs the temporary file.
absl::Status write_whole(FileSystem& file_system, const std::string& path, std::string_view bytes) {
  OpenResult opened = file_system.open(path, OpenMode::kAppendNew);
  if (!opened.ok()) return io_error(opened.error, "create", path);
  while (!bytes.empty()) {
    const IoResult written = opened.file->append(bytes);
    if (!written.ok()) return io_error(written.error, "write", path);
    // A write that takes nothing and says nothing would be tried for ever.
    if (written.value <= 0) return io_error(EIO, "write", path);
    bytes.remove_prefix(static_cast<size_t>(written.value));
  }
  if (const IoResult synced = opened.file->sync_data(); !synced.ok()) {
    return io_error(synced.error, "sync", path);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> read_whole(FileSystem& file_system, const std::string& path) {
  OpenResult opened = file_system.open(path, OpenMode::kRead);
  if (!opened.ok()) return io_error(opened.error, "open", path);
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return io_error(stat.error, "look at", path);
  if (stat.stat.kind != FileKind::kRegular) {
    return snapshot_error(absl::StatusCode::kInvalidArgument,
                          join_text({path, " is no regular file"}));
  }
  if (stat.stat.size_bytes > kSnapshotBytesMax) {
    return snapshot_error(absl::StatusCode::kResourceExhausted,
                          join_text({path, " has ", std::to_string(stat.stat.size_bytes),
                                     " bytes, more than a snapshot may have"}));
  }
  std::string text(static_cast<size_t>(stat.stat.size_bytes), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const IoResult read =
        opened.file->read_at(text.data() + have, text.size() - have, static_cast<int64_t>(have));
    if (!read.ok()) return io_error(read.error, "read", path);
    if (read.value == 0) break;
    have += static_cast<size_t>(read.value);
  }
  text.resize(have);
  return text;
}

}  // namespace

absl::Status write_snapshot_file(FileSystem& file_system, const std::filesystem::path& path,
                                 std::string_view json) {
  // What could not be loaded again is not worth writing over what can.
  if (static_cast<int64_t>(json.size()) + 1 > kSnapshotBytesMax) {
    return snapshot_error(
        absl::StatusCode::kResourceExhausted,
        join_text({path.native(), " is not saved: it would be ", std::to_string(json.size()),
                   " bytes, more than ", std::to_string(kSnapshotBytesMax)}));
  }
  if (const absl::Status readable = Snapshot::from_json(json).status(); !readable.ok()) {
    return snapshot_error(readable.code(),
                          join_text({path.native(), " is not saved: ", message_of(readable)}));
  }
  // 1. A file of its own: two sessions that save to one path must not write into one file.
  const std::string temporary = join_text({path.native(), ".", Uuid::random().to_string(), ".tmp"});
  // 2. Its bytes are on the device before its name is: a crash between the two must not leave the
  //    name on an empty file.
  absl::Status status = write_whole(file_system, temporary, join_text({json, "\n"}));
  if (status.ok()) {
    const IoResult renamed = file_system.rename(temporary, path.string());
    if (!renamed.ok()) status = io_error(renamed.error, "rename to", path.native());
  }
  if (!status.ok()) {
    file_system.unlink(temporary);
    return status;
  }
  // 3. The name itself.
  if (const IoResult synced = file_system.sync_directory(directory_of(path)); !synced.ok()) {
    return io_error(synced.error, "sync the directory of", path.native());
  }
  return absl::OkStatus();
}

}  // namespace internal

absl::StatusOr<Snapshot> load_snapshot(const std::filesystem::path& path, FileSystem& file_system) {
  absl::StatusOr<std::string> text = internal::read_whole(file_system, path.string());
  if (!text.ok()) return std::move(text).status();
  absl::StatusOr<Snapshot> snapshot = Snapshot::from_json(*text);
  if (snapshot.ok()) return snapshot;
  return internal::snapshot_error(
      snapshot.status().code(),
      internal::join_text({path.native(), ": ", internal::message_of(snapshot.status())}));
}

}  // namespace logslice
