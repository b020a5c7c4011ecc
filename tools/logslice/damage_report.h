// This header defines DamageReport, which tells of a log's damaged lines on stderr, and of entries
// that are others in another segment.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "exit_code.h"
#include "logslice/persistence/log_lines.h"

namespace logslice::command {

// The first few places in full, then a count: a log of garbage must not bury the terminal.
class DamageReport {
 public:
  explicit DamageReport(std::string path) : path_(std::move(path)) {}

  // Says file, line, byte offset and reason if the line's `damage` is not empty, and the two places
  // if its `conflict` is not.
  void look_at(const LogLine& line);

  // Says how many more there were.
  void finish() const;

  ExitCode exit_code() const {
    return damaged_count_ + conflict_count_ == 0 ? ExitCode::kFine : ExitCode::kDamaged;
  }

 private:
  std::string path_;
  int64_t damaged_count_ = 0;
  int64_t conflict_count_ = 0;
};

// Says on stderr that bytes behind the last newline were left out, if there are any. They may be an
// entry that is being written at this moment: no damage.
void mention_torn_tail(const std::string& path, int64_t torn_bytes);

}  // namespace logslice::command
