#include "sealed_segments.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "io_status.h"
#include "log_files.h"
#include "log_paths.h"
#include "recovery.h"

namespace logslice::internal {

absl::Status SealedSegments::open() {
  absl::StatusOr<std::vector<SegmentName>> names = list_sealed(file_system_, log_path_);
  if (!names.ok()) return names.status();
  names_ = *std::move(names);
  has_durable_names_ = names_.empty();
  for (const SegmentName& name : names_) {
    if (name.last_seq >= newest_.last_seq) newest_ = name;
  }
  return absl::OkStatus();
}

std::optional<absl::Time> SealedSegments::last_ts(int64_t line_bytes_max) const {
  if (names_.empty()) return std::nullopt;
  return last_ts(newest_, line_bytes_max).value_or(std::nullopt);
}

absl::StatusOr<std::optional<absl::Time>> SealedSegments::last_ts(const SegmentName& segment,
                                                                  int64_t line_bytes_max) const {
  auto last_ts = read_last_ts(file_system_, path_of(segment), line_bytes_max);
  if (absl::IsNotFound(last_ts.status())) return std::nullopt;
  return last_ts;
}

std::optional<int64_t> SealedSegments::bytes_of(const SegmentName& segment) const {
  const StatResult there = file_system_.stat(path_of(segment));
  if (!there.ok()) return std::nullopt;
  return there.stat.size_bytes;
}

absl::StatusOr<SegmentName> SealedSegments::seal(DataFile& file, int64_t first_seq,
                                                 int64_t last_seq) {
  names_.reserve(names_.size() + 1);  // from the renaming on, nothing may fail
  // 1. A name that is free: rename() would replace what has it. Chosen again for each attempt,
  // since
  //    the file may have grown, until it has it.
  if (!being_sealed_.has_value() || !file.is_renamed()) {
    SegmentName name{first_seq, std::max(first_seq, last_seq)};
    for (;; ++name.generation) {
      const std::string path = segment_path(log_path_, name);
      const StatResult there = file_system_.stat(path);
      if (!there.ok() && there.error != ENOENT) return io_error(there.error, "cannot stat", path);
      // A plain one beside an archive of that name would be taken for the same segment.
      const std::string archive = segment_path(log_path_, name.in_form(SegmentForm::kGzip));
      const StatResult archived = file_system_.stat(archive);
      if (!archived.ok() && archived.error != ENOENT) {
        return io_error(archived.error, "cannot stat", archive);
      }
      if (!there.ok() && !archived.ok()) break;
    }
    being_sealed_ = name;
  }
  // 2. Under it, durably, before a new file is begun.
  if (absl::Status status = file.seal_as(path_of(*being_sealed_)); !status.ok()) return status;
  const SegmentName name = *being_sealed_;
  being_sealed_.reset();
  names_.insert(std::upper_bound(names_.begin(), names_.end(), name), name);
  has_durable_names_ = true;
  if (name.last_seq >= newest_.last_seq) newest_ = name;
  return name;
}

absl::Status SealedSegments::make_names_durable() {
  if (has_durable_names_) return absl::OkStatus();
  if (absl::Status status = sync_directory_of(file_system_, log_path_); !status.ok()) return status;
  has_durable_names_ = true;
  return absl::OkStatus();
}

void SealedSegments::on_archived(const SegmentName& segment) {
  const auto found = std::find(names_.begin(), names_.end(), segment);
  if (found != names_.end()) found->form = SegmentForm::kGzip;
  if (newest_ == segment) newest_.form = SegmentForm::kGzip;
}

absl::Status SealedSegments::unlink(const SegmentName& segment) {
  // Where a crash left both, readers take the plain one: it is the last that goes.
  for (const SegmentForm form : {SegmentForm::kGzip, SegmentForm::kPlain}) {
    const std::string path = path_of(segment.in_form(form));
    const IoResult unlinked = file_system_.unlink(path);
    if (!unlinked.ok() && unlinked.error != ENOENT) {
      return io_error(unlinked.error, "cannot remove", path);
    }
  }
  std::erase(names_, segment);
  return absl::OkStatus();
}

absl::Status SealedSegments::remove(const SegmentName& segment) {
  if (absl::Status status = unlink(segment); !status.ok()) return status;
  // If it came back after a power loss, so would what its sync lost, as damage.
  return sync_directory_of(file_system_, log_path_);
}

}  // namespace logslice::internal
