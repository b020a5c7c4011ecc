// This header defines LineSource, what hands out lines of whatever type: LogLines and LineFollower
// are made of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "log_reader.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/log_lines.h"

namespace logslice::internal {

// Threads: one.
class LineSource {
 public:
  virtual ~LineSource() = default;

  // As LogLines has them.
  virtual bool next() = 0;
  virtual const LogLine& line() const = 0;
  virtual const absl::Status& status() const = 0;
  virtual const ScanStats& stats() const = 0;
  // No more lines; status() is `why`.
  virtual void stop(absl::Status why) = 0;

  // At most so many sound lines: ends before the next one.
  virtual void limit(int64_t count) = 0;

  // Of a reader that follows: whether next() found the end of what is there; then it can look
  // again.
  virtual bool is_at_end() const = 0;
  virtual void look_again() = 0;
  // What was done to the file before the line at hand.
  virtual std::optional<LogChange> take_change() = 0;
};

std::unique_ptr<LineSource> scan_lines_of(LogReader reader, const LineScanOptions& options);

}  // namespace logslice::internal
