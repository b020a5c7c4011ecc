#include "line_reader.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "io_status.h"
#include "log_paths.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr int64_t kBlockBytes = int64_t{512} << 10;
constexpr size_t kShownBytes = 120;  // of a line that is too long

std::unique_ptr<char[]> make_buffer(size_t capacity) {
  return std::unique_ptr<char[]>(new char[capacity + kReadPaddingBytes]);
}

}  // namespace

absl::StatusOr<LineReader> LineReader::open(FileSystem& file_system, const std::string& path,
                                            int64_t line_bytes_max) {
  if (line_bytes_max < 1) {
    return invalid_argument(concat("line_bytes_max is ", line_bytes_max, "; it must be >= 1"));
  }
  absl::StatusOr<std::string> expanded = expand_home(path);
  if (!expanded.ok()) return expanded.status();
  absl::StatusOr<std::unique_ptr<File>> file = open_for_reading(file_system, *expanded);
  if (!file.ok()) return file.status();
  return LineReader(*std::move(file), *std::move(expanded), line_bytes_max);
}

// The buffer never holds more than line_bytes_max, so that a line that does not fit is too long.
LineReader::LineReader(std::unique_ptr<File> file, std::string path, int64_t line_bytes_max)
    : file_(std::move(file)),
      path_(std::move(path)),
      line_bytes_max_(line_bytes_max),
      capacity_(static_cast<size_t>(std::min(kBlockBytes, line_bytes_max))) {
  buffer_ = make_buffer(capacity_);
  at_ = committed_end_ = data_end_ = buffer_.get();
}

int64_t LineReader::read(char* out, size_t size_bytes, int64_t offset_bytes) {
  const int64_t left = end_offset_ - offset_bytes;
  if (left <= 0) return 0;
  const size_t wanted = static_cast<size_t>(std::min<int64_t>(size_bytes, left));
  const IoResult result = file_->read_at(out, wanted, offset_bytes);
  if (!result.ok()) status_ = io_error(result.error, "cannot read", path_);
  return result.ok() ? result.value : 0;
}

LineReader::Fill LineReader::fill() {
  // 1. The beginning of a line that is already here goes to the front.
  size_t held = static_cast<size_t>(data_end_ - at_);
  buffer_offset_ += at_ - buffer_.get();
  memmove(buffer_.get(), at_, held);
  at_ = committed_end_ = buffer_.get();
  for (;;) {
    // 2. Make room, unless the line is too long already.
    if (held == capacity_) {
      if (static_cast<int64_t>(held) >= line_bytes_max_) return pass_over_long_line(held);
      const size_t capacity = static_cast<size_t>(
          std::min<int64_t>(static_cast<int64_t>(capacity_) * 2, line_bytes_max_));
      std::unique_ptr<char[]> grown = make_buffer(capacity);
      memcpy(grown.get(), buffer_.get(), held);
      buffer_ = std::move(grown);
      capacity_ = capacity;
      at_ = committed_end_ = buffer_.get();
    }
    // 3. Read; what is whole now is handed out.
    char* const fresh = buffer_.get() + held;
    const int64_t count =
        read(fresh, capacity_ - held, buffer_offset_ + static_cast<int64_t>(held));
    data_end_ = fresh + count;
    if (count == 0) {
      torn_bytes_ = static_cast<int64_t>(held);
      return status_.ok() ? Fill::kEnd : Fill::kError;
    }
    held += static_cast<size_t>(count);
    if (const void* newline = memrchr(fresh, '\n', static_cast<size_t>(count))) {
      committed_end_ = static_cast<const char*>(newline) + 1;
      return Fill::kLines;
    }
  }
}

LineReader::Fill LineReader::pass_over_long_line(size_t held_bytes) {
  long_line_.beginning = {buffer_.get(), std::min(held_bytes, kShownBytes)};
  long_line_.offset_bytes = buffer_offset_;
  const auto block = std::make_unique<char[]>(kBlockBytes);
  int64_t offset = buffer_offset_ + static_cast<int64_t>(held_bytes);
  at_ = committed_end_ = data_end_ = buffer_.get();
  for (;;) {
    const int64_t count = read(block.get(), kBlockBytes, offset);
    if (count == 0) {
      torn_bytes_ = offset - long_line_.offset_bytes;
      buffer_offset_ = offset;
      return status_.ok() ? Fill::kEnd : Fill::kError;
    }
    if (const void* newline = memchr(block.get(), '\n', static_cast<size_t>(count))) {
      offset += static_cast<const char*>(newline) + 1 - block.get();
      long_line_.size_bytes = offset - long_line_.offset_bytes;
      buffer_offset_ = offset;
      return Fill::kLongLine;
    }
    offset += count;
  }
}

}  // namespace logslice::internal
