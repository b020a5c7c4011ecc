// This header defines the large logs that are read.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/time/time.h"

namespace logslice::scale {

struct MadeLog {
  std::filesystem::path path;
  int64_t bytes = 0;
  int64_t line_count = 0;  // and the last __seq__
  int64_t rare_count = 0;  // of these, StepFailed
  int64_t place_seq = 0;   // at nine tenths
  absl::Time place_ts;     // of the lines about it
};

// Writes a log of `bytes`, about: lines that the library encoded once, in turn, with the numbers
// and times that they would have. One in a hundred is a StepFailed. No sidecar is beside it, as if
// that were lost. It is on the disk, and in the page cache as far as that goes.
MadeLog make_log(const std::filesystem::path& path, int64_t bytes);

// Takes the log's pages out of the page cache.
void make_cold(const MadeLog& log);

}  // namespace logslice::scale
