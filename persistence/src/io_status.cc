#include "io_status.h"

#include <cerrno>
#include <utility>

#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

absl::Status io_error(int error, std::string_view doing, std::string_view path) {
  return or_out_of_memory([&] {
    return with_error_kind(absl::ErrnoToStatus(error, concat(doing, " ", path)), ErrorKind::kWrite);
  });
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::kRegular:
      return "a regular file";
    case FileKind::kDirectory:
      return "a directory";
    case FileKind::kSymlink:
      return "a symbolic link";
    case FileKind::kFifo:
      return "a FIFO";
    case FileKind::kSocket:
      return "a socket";
    case FileKind::kCharacterDevice:
      return "a character device";
    case FileKind::kBlockDevice:
      return "a block device";
  }
  return "of an unknown kind";
}

absl::Status check_regular(FileKind kind, std::string_view path) {
  if (kind == FileKind::kRegular) return absl::OkStatus();
  return invalid_argument(
      concat(path, " is ", name_of(kind), "; a log is a regular file: give another path"));
}

absl::StatusOr<std::unique_ptr<File>> open_for_reading(FileSystem& file_system,
                                                       const std::string& path) {
  OpenResult opened = file_system.open(path, OpenMode::kRead);
  if (!opened.ok()) {
    if (opened.error == ENOENT) return not_found(concat("there is no log at ", path));
    // Sockets and some devices cannot be opened at all: name what stands there.
    const StatResult there = file_system.stat(path);
    if (there.ok() && there.stat.kind != FileKind::kSymlink) {
      if (absl::Status status = check_regular(there.stat.kind, path); !status.ok()) return status;
    }
    return absl::ErrnoToStatus(opened.error, concat("cannot open ", path));
  }
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return absl::ErrnoToStatus(stat.error, concat("cannot stat ", path));
  if (absl::Status status = check_regular(stat.stat.kind, path); !status.ok()) return status;
  return std::move(opened.file);
}

absl::Status append_all(File& file, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const IoResult written = file.append(bytes);
    if (!written.ok()) return io_error(written.error, "cannot write to", path);
    if (written.value == 0) return io_error(ENOSPC, "cannot write to", path);  // else for ever
    bytes.remove_prefix(static_cast<size_t>(written.value));
  }
  return absl::OkStatus();
}

}  // namespace logslice::internal
