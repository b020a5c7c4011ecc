// This header defines SealedSegments, the sealed files of a log as its writer knows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "data_file.h"
#include "logslice/persistence/file_system.h"
#include "segment_name.h"

namespace logslice::internal {

// Threads: one, which holds the log's lock.
class SealedSegments {
 public:
  SealedSegments(FileSystem& file_system, std::string log_path)
      : file_system_(file_system), log_path_(std::move(log_path)) {}

  // Finds those that are there.
  absl::Status open();

  int64_t count() const { return static_cast<int64_t>(names_.size()); }
  const std::vector<SegmentName>& names() const { return names_; }  // in their order
  std::string path_of(const SegmentName& segment) const { return segment_path(log_path_, segment); }
  // That with the highest number that there ever was.
  const SegmentName& newest() const { return newest_; }
  int64_t last_seq() const { return newest_.last_seq; }  // 0: there were none
  // The __ts__ at the end of the newest; nothing if it cannot be told.
  std::optional<absl::Time> last_ts(int64_t line_bytes_max) const;
  // Nothing, and no error, if the segment states none, or is gone.
  absl::StatusOr<std::optional<absl::Time>> last_ts(const SegmentName& segment,
                                                    int64_t line_bytes_max) const;
  // On the disk; nothing if it cannot be told.
  std::optional<int64_t> bytes_of(const SegmentName& segment) const;

  // Seals `file`, with the entries from first_seq to last_seq, under a name that is free. After an
  // error call it again with the same file.
  absl::StatusOr<SegmentName> seal(DataFile& file, int64_t first_seq, int64_t last_seq);
  // Makes the names of those found on opening durable: whoever sealed them may not have come to it,
  // and a new active file must not be found without them. Call it before one is made.
  absl::Status make_names_durable();

  // Its archive has taken its place.
  void on_archived(const SegmentName& segment);
  // Removes a segment, durably.
  absl::Status remove(const SegmentName& segment);
  // Removes a segment, in whatever form it is there. One that is gone is none that is left.
  absl::Status unlink(const SegmentName& segment);

 private:
  FileSystem& file_system_;
  const std::string log_path_;
  std::vector<SegmentName> names_;
  SegmentName newest_;
  bool has_durable_names_ = true;
  std::optional<SegmentName> being_sealed_;
};

}  // namespace logslice::internal
