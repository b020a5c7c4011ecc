// This header defines LineReader, which reads a log forward in blocks of whole lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// LineReader keeps a buffer of whole lines and whoever reads moves `at` through it. Memory: one
// block, or the longest line, at most line_bytes_max. Threads: one.
class LineReader {
 public:
  enum class Fill {
    kLines,     // [at(), committed_end()) holds at least one whole line
    kLongLine,  // a line of more than line_bytes_max was passed over: see long_line
    kEnd,       // no whole line is left; torn_bytes() are
    kError,     // status()
  };

  // A line that was not kept.
  struct LongLine {
    std::string_view beginning;
    int64_t offset_bytes = 0;
    int64_t size_bytes = 0;  // with its newline
  };

  // Errors as scan_log. `path` may begin with `~`.
  static absl::StatusOr<LineReader> open(FileSystem& file_system, const std::string& path,
                                         int64_t line_bytes_max);

  // Only the first `end_offset` bytes of the file are read.
  void stop_at(int64_t end_offset) { end_offset_ = end_offset; }

  // Reads on. Call it when at() == committed_end().
  Fill fill();

  const char* at() const { return at_; }
  // All bytes up to here are whole lines; kReadPaddingBytes behind it are readable.
  const char* committed_end() const { return committed_end_; }
  void advance_to(const char* next) { at_ = next; }

  int64_t offset_bytes() const { return buffer_offset_ + (at_ - buffer_.get()); }
  const LongLine& long_line() const { return long_line_; }
  int64_t torn_bytes() const { return torn_bytes_; }
  const std::string& path() const { return path_; }
  const absl::Status& status() const { return status_; }

 private:
  LineReader(std::unique_ptr<File> file, std::string path, int64_t line_bytes_max);

  // One read; 0 at the end.
  int64_t read(char* out, size_t size_bytes, int64_t offset_bytes);
  // The offset behind the next newline; without one sets torn_bytes_, and status_ on an error.
  int64_t find_newline(int64_t offset_bytes);
  Fill pass_over(size_t held_bytes, int64_t line_size_bytes);

  std::unique_ptr<File> file_;
  std::string path_;
  int64_t line_bytes_max_;
  int64_t end_offset_ = std::numeric_limits<int64_t>::max();

  std::unique_ptr<char[]> buffer_;
  size_t capacity_;
  int64_t buffer_offset_ = 0;  // of buffer_[0] in the file
  const char* at_;
  const char* committed_end_;
  const char* data_end_;  // behind it nothing is read; between is the beginning of a line

  LongLine long_line_;
  int64_t torn_bytes_ = 0;
  absl::Status status_;
};

}  // namespace logslice::internal
