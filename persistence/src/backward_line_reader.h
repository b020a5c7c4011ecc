// This header defines BackwardLineReader, which walks a file's lines from the end to the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Returns the offset behind the last newline before `end_offset`, or 0 if there is none. What lies
// behind it was never committed. Memory: one block.
absl::StatusOr<int64_t> find_committed_end(File& file, std::string_view path, int64_t end_offset);

// BackwardLineReader hands out whole lines, the last one first. Memory: the longest line, at most
// line_bytes_max, and two blocks; a longer line is passed over without being read into memory.
// Threads: one.
class BackwardLineReader {
 public:
  // Reads what lies before `committed_end`, which is 0 or behind a newline. `file` must outlive the
  // reader.
  BackwardLineReader(File& file, std::string_view path, int64_t committed_end,
                     int64_t line_bytes_max);

  // Goes to the line before. False at the start of the file and on an error.
  bool previous();

  // Without its newline, valid until the next previous(); empty if the line is too long. At least
  // kReadPaddingBytes behind it are readable, and its newline stands there.
  std::string_view line() const { return line_; }
  bool is_too_long() const { return is_too_long_; }
  int64_t offset_bytes() const { return line_start_; }  // of the line's first byte
  int64_t size_bytes() const { return line_size_; }     // with its newline

  const absl::Status& status() const { return status_; }

 private:
  // Sets line_start_. The line need not be in the buffer as a whole. False on an error.
  bool find_line_start(int64_t line_end);
  // Reads so many bytes before `first_offset_` to the front of the buffer. False on an error.
  bool read_before(int64_t size_bytes);

  File& file_;
  const std::string path_;
  const int64_t line_bytes_max_;

  // buffer_[first_, last_) holds the file from first_offset_ on; the rest of the line being sought
  // grows to the front, so the data lies at the buffer's end.
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t first_ = 0;
  size_t last_ = 0;
  int64_t first_offset_;
  int64_t block_bytes_;

  std::string_view line_;
  bool is_too_long_ = false;
  int64_t line_start_;
  int64_t line_size_ = 0;
  absl::Status status_;
};

}  // namespace logslice::internal
