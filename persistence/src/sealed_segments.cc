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
  count_ = static_cast<int64_t>(names->size());
  has_durable_names_ = count_ == 0;
  for (const SegmentName& name : *names) {
    if (name.last_seq >= newest_.last_seq) newest_ = name;
  }
  return absl::OkStatus();
}

std::optional<absl::Time> SealedSegments::last_ts(int64_t line_bytes_max) const {
  if (count_ == 0) return std::nullopt;
  return read_last_ts(file_system_, segment_path(log_path_, newest_), line_bytes_max);
}

absl::StatusOr<std::string> SealedSegments::seal(DataFile& file, int64_t first_seq,
                                                 int64_t last_seq) {
  // 1. A name that is free: rename() would replace what has it. Chosen again for each attempt, since
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
  std::string path = segment_path(log_path_, *being_sealed_);
  if (absl::Status status = file.seal_as(path); !status.ok()) return status;
  ++count_;
  has_durable_names_ = true;
  if (being_sealed_->last_seq >= newest_.last_seq) newest_ = *being_sealed_;
  being_sealed_.reset();
  return path;
}

absl::Status SealedSegments::make_names_durable() {
  if (has_durable_names_) return absl::OkStatus();
  if (absl::Status status = sync_directory_of(file_system_, log_path_); !status.ok()) return status;
  has_durable_names_ = true;
  return absl::OkStatus();
}

absl::Status SealedSegments::remove(const std::string& path) {
  const IoResult unlinked = file_system_.unlink(path);
  if (!unlinked.ok()) return io_error(unlinked.error, "cannot remove", path);
  --count_;
  // If it came back after a power loss, so would what its sync lost, as damage.
  return sync_directory_of(file_system_, log_path_);
}

}  // namespace logslice::internal
