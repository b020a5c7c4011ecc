#include "data_file.h"

#include <cerrno>
#include <utility>

#include "io_status.h"
#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

absl::StatusOr<std::optional<RecoveredTail>> DataFile::open_existing(
    const RecoveryOptions& options) {
  detach();
  OpenResult opened = file_system_.open(path_, OpenMode::kAppend);
  if (opened.error == ENOENT) return std::nullopt;
  if (!opened.ok()) {
    // What cannot be opened at all (a symlink, a directory, a socket) is named all the same.
    const StatResult there = file_system_.stat(path_);
    if (there.ok()) {
      if (absl::Status status = check_regular(there.stat.kind, path_); !status.ok()) return status;
    }
    return io_error(opened.error, "cannot open", path_);
  }
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path_);
  if (absl::Status status = check_regular(stat.stat.kind, path_); !status.ok()) return status;
  if (stat.stat.link_count > 1) {
    return failed_precondition(
        concat(path_, " has ", stat.stat.link_count,
               " hard links; under another name a second writer would not see the lock: remove "
               "the other links or give another path"));
  }
  absl::StatusOr<RecoveredTail> tail = recover_tail(file_system_, *opened.file, path_, options);
  if (!tail.ok()) return tail.status();
  file_ = std::move(opened.file);
  identity_ = stat.stat;
  size_bytes_ = tail->size_bytes;
  needs_directory_sync_ = true;  // whoever made it may not have
  return *tail;
}

absl::Status DataFile::create() {
  detach();
  OpenResult opened = file_system_.open(path_, OpenMode::kAppendNew);
  if (opened.error == EEXIST) return already_exists(concat(path_, " exists"));
  if (!opened.ok()) return io_error(opened.error, "cannot create", path_);
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path_);
  file_ = std::move(opened.file);
  identity_ = stat.stat;
  needs_directory_sync_ = true;
  return absl::OkStatus();
}

DataFile::WriteOutcome DataFile::write_lines(std::string_view lines) {
  WriteOutcome outcome;
  bool last_was_fruitless = false;
  while (!lines.empty()) {
    // 1. What an earlier write tore is mended before anything else is written.
    outcome.status = repair();
    if (!outcome.status.ok()) return outcome;
    // 2. One write.
    const IoResult written = file_->append(lines);
    if (!written.ok()) {
      outcome.status = io_error(written.error, "cannot write to", path_);
      return outcome;
    }
    // 3. Whole lines that made it count, whatever happened to the rest.
    const std::string_view taken = lines.substr(0, static_cast<size_t>(written.value));
    const size_t newline = taken.rfind('\n');
    const size_t whole = newline == std::string_view::npos ? 0 : newline + 1;
    size_bytes_ += static_cast<int64_t>(whole);
    outcome.bytes_written += static_cast<int64_t>(whole);
    lines.remove_prefix(whole);
    // 4. The torn rest is cut off at once: what a reader or a crash finds should be whole lines.
    if (taken.size() > whole) {
      torn_bytes_ = static_cast<int64_t>(taken.size() - whole);
      repair_ = Repair::kCut;
      outcome.status = repair();
      if (!outcome.status.ok()) return outcome;
    }
    // 5. Again with what is left, mostly to learn why the write was short; but not for ever.
    const bool is_fruitless = !lines.empty() && whole == 0;
    if (is_fruitless && last_was_fruitless) {
      outcome.status = io_error(EIO, "writes stop in the middle of a line of", path_);
      return outcome;
    }
    last_was_fruitless = is_fruitless;
  }
  return outcome;
}

absl::Status DataFile::repair() {
  if (repair_ == Repair::kNone) return absl::OkStatus();
  if (repair_ == Repair::kCut) {
    const StatResult stat = file_->stat();
    if (!stat.ok()) return io_error(stat.error, "cannot stat", path_);
    if (stat.stat.size_bytes > size_bytes_ + torn_bytes_) {
      repair_ = Repair::kEndLine;
    } else if (stat.stat.size_bytes > size_bytes_) {
      const IoResult cut = file_->truncate(size_bytes_);
      if (!cut.ok()) return io_error(cut.error, "cannot cut a torn line off", path_);
    }
  }
  if (repair_ == Repair::kEndLine) {
    const IoResult ended = file_->append("\n");
    if (!ended.ok()) return io_error(ended.error, "cannot end a torn line of", path_);
    // Our bytes only: that others have written too is for check() to see.
    size_bytes_ += torn_bytes_ + 1;
  }
  torn_bytes_ = 0;
  repair_ = Repair::kNone;
  return absl::OkStatus();
}

absl::Status DataFile::sync() {
  if (file_ == nullptr) return absl::OkStatus();
  const IoResult synced = file_->sync_data();
  if (!synced.ok()) return io_error(synced.error, "cannot sync", path_);
  if (needs_directory_sync_) {
    const std::string directory = directory_of(path_);
    const IoResult directory_synced = file_system_.sync_directory(directory);
    // EINVAL: the file system has no such thing and needs none.
    if (!directory_synced.ok() && directory_synced.error != EINVAL) {
      return io_error(directory_synced.error, "cannot sync", directory);
    }
    needs_directory_sync_ = false;
  }
  return absl::OkStatus();
}

DataFile::Change DataFile::check() {
  if (file_ == nullptr) return Change::kNone;
  const StatResult ours = file_->stat();
  if (!ours.ok()) return Change::kNone;  // a write will tell what is wrong
  if (ours.stat.link_count == 0) return Change::kDeleted;
  const StatResult there = file_system_.stat(path_);
  if (there.error == ENOENT) return Change::kRenamed;
  if (there.ok() &&
      (there.stat.inode != identity_.inode || there.stat.device != identity_.device)) {
    return Change::kRenamed;
  }
  if (ours.stat.size_bytes < size_bytes_) return Change::kTruncated;
  if (ours.stat.size_bytes > size_bytes_ + torn_bytes_) return Change::kGrown;
  return Change::kNone;
}

absl::StatusOr<RecoveredTail> DataFile::recover_again(const RecoveryOptions& options) {
  absl::StatusOr<RecoveredTail> tail = recover_tail(file_system_, *file_, path_, options);
  if (!tail.ok()) return tail.status();
  size_bytes_ = tail->size_bytes;
  torn_bytes_ = 0;
  repair_ = Repair::kNone;
  return *tail;
}

void DataFile::detach() {
  file_.reset();
  size_bytes_ = torn_bytes_ = 0;
  repair_ = Repair::kNone;
  needs_directory_sync_ = false;
}

}  // namespace logslice::internal
