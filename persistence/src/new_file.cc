#include "new_file.h"

#include <cerrno>

#include "io_status.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {
constexpr size_t kBufferBytes = size_t{256} << 10;
}

NewFile::~NewFile() {
  if (file_ == nullptr || is_published_) return;
  file_.reset();
  (void)file_system_.unlink(temporary_path());
}

absl::Status NewFile::create() {
  OpenResult opened = file_system_.open(temporary_path(), OpenMode::kAppendNew);
  if (opened.error == EEXIST) {
    return already_exists(concat(temporary_path(),
                                 " exists: another recovery is at work, or one did not finish; in "
                                 "the latter case remove it"));
  }
  if (!opened.ok()) return io_error(opened.error, "cannot create", temporary_path());
  file_ = std::move(opened.file);
  return absl::OkStatus();
}

absl::Status NewFile::append(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    if (absl::Status status = flush(); !status.ok()) return status;
  }
  if (bytes.size() > kBufferBytes) return append_all(*file_, bytes, temporary_path());
  buffer_.append(bytes);
  return absl::OkStatus();
}

absl::Status NewFile::flush() {
  absl::Status status = append_all(*file_, buffer_, temporary_path());
  buffer_.clear();
  return status;
}

absl::Status NewFile::sync() {
  if (absl::Status status = flush(); !status.ok()) return status;
  const IoResult synced = file_->sync_data();
  return synced.ok() ? absl::OkStatus() : io_error(synced.error, "cannot sync", temporary_path());
}

absl::Status NewFile::publish() {
  const StatResult there = file_system_.stat(path_);
  if (there.ok()) return already_exists(concat(path_, " exists"));
  if (there.error != ENOENT) return io_error(there.error, "cannot stat", path_);
  const IoResult renamed = file_system_.rename(temporary_path(), path_);
  if (!renamed.ok()) return io_error(renamed.error, "cannot rename to", path_);
  is_published_ = true;
  return absl::OkStatus();
}

}  // namespace logslice::internal
