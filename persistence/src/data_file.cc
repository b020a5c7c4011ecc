#include "data_file.h"

#include <cerrno>
#include <utility>

#include "first_seq.h"
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
  while (!lines.empty()) {
    // 1. What an earlier write tore is mended before anything else is written.
    if (is_end_unknown_) {
      // The write that failed was of the same lines: what it left of them counts.
      is_end_unknown_ = false;
      const size_t left = left_behind(lines, 0);
      if (is_end_unknown_) {
        outcome.status = io_error(EIO, "cannot tell how much was written to", path_);
        return outcome;
      }
      const size_t whole = lines.substr(0, left).rfind('\n') + 1;
      size_bytes_ += static_cast<int64_t>(whole);
      outcome.bytes_written += static_cast<int64_t>(whole);
      lines.remove_prefix(whole);
      torn_bytes_ = static_cast<int64_t>(left - whole);
      repair_ = Repair::kCut;
    }
    outcome.status = repair();
    if (!outcome.status.ok() || lines.empty()) return outcome;
    // 2. One write. If it stops within the first line, the rest of that line follows it at once:
    //    either the line is whole then, or the kernel says why it is not. Cut off and written
    //    again, it would stop at the same byte, since the cut gives back the room that it had.
    size_t taken = 0;
    size_t whole = 0;
    int error = 0;
    while (error == 0 && whole == 0) {
      const IoResult written = file_->append(lines.substr(taken));
      error = written.ok() && written.value == 0 ? ENOSPC : written.error;
      taken += static_cast<size_t>(written.value);
      whole = lines.substr(0, taken).rfind('\n') + 1;  // 0 if there is none
    }
    // A write that failed may have left bytes behind all the same. If they are ours they count: a
    // line that is there whole must not be written again.
    if (error != 0) {
      taken += left_behind(lines.substr(taken), static_cast<int64_t>(taken));
      whole = lines.substr(0, taken).rfind('\n') + 1;
    }
    // 3. Whole lines that made it count, whatever happened to the rest.
    size_bytes_ += static_cast<int64_t>(whole);
    outcome.bytes_written += static_cast<int64_t>(whole);
    lines.remove_prefix(whole);
    // 4. The torn rest is cut off at once: what a reader or a crash finds should be whole lines.
    //    A write that failed may have left bytes behind all the same: the next one looks.
    if (taken > whole || error != 0) {
      torn_bytes_ = static_cast<int64_t>(taken - whole);
      repair_ = Repair::kCut;
    }
    if (taken > whole && !is_end_unknown_) outcome.status = repair();
    if (error != 0) {
      if (repair_ == Repair::kNone) repair_ = Repair::kCut;  // the next one looks again
      outcome.status = io_error(error, "cannot write to", path_);
    }
    if (!outcome.status.ok()) return outcome;
  }
  return outcome;
}

// How many bytes of `rest` stand `behind` bytes after the whole lines, at the end of the file.
size_t DataFile::left_behind(std::string_view rest, int64_t behind) {
  const StatResult stat = file_->stat();
  const int64_t start = size_bytes_ + behind;
  is_end_unknown_ = !stat.ok();
  if (!stat.ok() || stat.stat.size_bytes <= start ||
      stat.stat.size_bytes - start > static_cast<int64_t>(rest.size())) {
    return 0;
  }
  const size_t count = static_cast<size_t>(stat.stat.size_bytes - start);
  std::string there(count, '\0');
  size_t done = 0;
  while (done < count) {
    const IoResult read =
        file_->read_at(there.data() + done, count - done, start + static_cast<int64_t>(done));
    if (!read.ok() || read.value == 0) {
      is_end_unknown_ = !read.ok();
      return 0;
    }
    done += static_cast<size_t>(read.value);
  }
  return rest.substr(0, count) == there ? count : 0;
}

absl::Status DataFile::repair() {
  if (repair_ == Repair::kNone) return absl::OkStatus();
  absl::Status status = try_repair();
  is_stuck_ = !status.ok();
  return status;
}

absl::Status DataFile::try_repair() {
  if (repair_ == Repair::kCut) {
    const StatResult stat = file_->stat();
    if (!stat.ok()) return io_error(stat.error, "cannot stat", path_);
    if (stat.stat.size_bytes == size_bytes_ + torn_bytes_) {
      const IoResult cut = torn_bytes_ > 0 ? file_->truncate(size_bytes_) : IoResult{};
      if (!cut.ok()) return io_error(cut.error, "cannot cut a torn line off", path_);
    } else if (stat.stat.size_bytes != size_bytes_) {
      // Somebody else's bytes, or a file that was cut underneath: where ours are is not known.
      repair_ = Repair::kEndLine;
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

absl::Status DataFile::sync_data() {
  if (file_ == nullptr) return absl::OkStatus();
  const IoResult synced = file_->sync_data();
  return synced.ok() ? absl::OkStatus() : io_error(synced.error, "cannot sync", path_);
}

absl::Status DataFile::sync_directory() {
  // Without a file at hand there may be sealed ones, whose names are durable, and not those of the
  // directories.
  const bool is_done = file_ == nullptr ? has_durable_directories_ : !needs_directory_sync_;
  if (is_done) return absl::OkStatus();
  absl::Status status = sync_directory_of(file_system_, path_);
  // Once: whoever made the directories, and be it a process that was killed, may not have.
  if (status.ok() && !has_durable_directories_) {
    status = sync_directories_above(file_system_, path_);
    has_durable_directories_ = status.ok();
  }
  if (status.ok()) needs_directory_sync_ = false;
  return status;
}

absl::Status DataFile::seal_as(const std::string& sealed_path) {
  // 1. Once: after a crash here the log has no active file, which is fine.
  if (!is_renamed_) {
    const IoResult renamed = file_system_.rename(path_, sealed_path);
    if (!renamed.ok()) return io_error(renamed.error, "cannot seal", path_);
    is_renamed_ = true;
  }
  // 2. Whether syncing is configured or not: what was synced in this file must not be lost because
  //    its old name leads to a new file and its new name nowhere.
  if (absl::Status status = sync_directory_of(file_system_, path_); !status.ok()) return status;
  return absl::OkStatus();
}

bool DataFile::holds_only_torn_bytes() {
  const StatResult stat = file_->stat();
  return stat.ok() && size_bytes_ == 0 && stat.stat.size_bytes <= torn_bytes_;
}

absl::Status DataFile::remove() {
  if (!is_renamed_) {
    const IoResult unlinked = file_system_.unlink(path_);
    if (!unlinked.ok() && unlinked.error != ENOENT) {
      return io_error(unlinked.error, "cannot remove", path_);
    }
    is_renamed_ = true;
  }
  if (absl::Status status = sync_directory_of(file_system_, path_); !status.ok()) return status;
  detach();
  return absl::OkStatus();
}

absl::StatusOr<int64_t> DataFile::first_seq(int64_t line_bytes_max) {
  return find_first_seq(*file_, path_, line_bytes_max);
}

std::optional<absl::Time> DataFile::first_ts(int64_t line_bytes_max) {
  return find_first_ts(*file_, path_, line_bytes_max);
}

absl::StatusOr<DataFile::Change> DataFile::check() {
  if (file_ == nullptr || is_renamed_) return Change::kNone;
  const StatResult ours = file_->stat();
  if (!ours.ok()) return io_error(ours.error, "cannot stat", path_);
  if (ours.stat.link_count == 0) return Change::kDeleted;
  const StatResult there = file_system_.stat(path_);
  if (there.error == ENOENT) return Change::kRenamed;
  if (there.ok() &&
      (there.stat.inode != identity_.inode || there.stat.device != identity_.device)) {
    return Change::kRenamed;
  }
  if (ours.stat.size_bytes < size_bytes_) return Change::kTruncated;
  // What a failed write may have left is for the next one to look at.
  if (ours.stat.size_bytes > size_bytes_ + torn_bytes_ && !is_end_unknown_) return Change::kGrown;
  return Change::kNone;
}

absl::StatusOr<RecoveredTail> DataFile::recover_again(const RecoveryOptions& options) {
  absl::StatusOr<RecoveredTail> tail = recover_tail(file_system_, *file_, path_, options);
  if (!tail.ok()) return tail.status();
  size_bytes_ = tail->size_bytes;
  torn_bytes_ = 0;
  repair_ = Repair::kNone;
  is_stuck_ = is_end_unknown_ = false;
  return *tail;
}

std::unique_ptr<File> DataFile::release() {
  std::unique_ptr<File> file = std::move(file_);
  detach();
  return file;
}

void DataFile::detach() {
  file_.reset();
  size_bytes_ = torn_bytes_ = 0;
  repair_ = Repair::kNone;
  is_stuck_ = is_renamed_ = is_end_unknown_ = needs_directory_sync_ = false;
}

}  // namespace logslice::internal
