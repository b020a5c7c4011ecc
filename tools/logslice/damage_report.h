// This header defines DamageReport, which tells of a log's damaged lines on stderr.
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

  // Says file, line, byte offset and reason of a line whose `damage` is not empty.
  void add(const LogLine& line);

  // Says how many more there were.
  void finish() const;

  ExitCode exit_code() const { return count_ == 0 ? ExitCode::kFine : ExitCode::kDamaged; }

 private:
  std::string path_;
  int64_t count_ = 0;
};

}  // namespace logslice::command
