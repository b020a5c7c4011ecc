// This header defines SealedSegments, the sealed files of a log as its writer knows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

  int64_t count() const { return count_; }
  int64_t last_seq() const { return newest_.last_seq; }  // the highest; 0: there are none
  // The __ts__ at the end of the newest; nothing if it cannot be told.
  std::optional<absl::Time> last_ts(int64_t line_bytes_max) const;

  // Seals `file`, with the entries from first_seq to last_seq, under a name that is free. Returns
  // its new path. After an error call it again with the same file.
  absl::StatusOr<std::string> seal(DataFile& file, int64_t first_seq, int64_t last_seq);
  // Makes the names of those found on opening durable: whoever sealed them may not have come to it,
  // and a new active file must not be found without them. Call it before one is made.
  absl::Status make_names_durable();

  // Removes a segment that seal() made.
  absl::Status remove(const std::string& path);

 private:
  FileSystem& file_system_;
  const std::string log_path_;
  int64_t count_ = 0;
  SegmentName newest_;
  bool has_durable_names_ = true;
  std::optional<SegmentName> being_sealed_;
};

}  // namespace logslice::internal
