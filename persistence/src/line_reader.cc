#include "line_reader.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "io_status.h"
#include "logslice/reflection/internal/line_decoder.h"

namespace logslice::internal {

namespace {

constexpr int64_t kBlockBytes = int64_t{512} << 10;
constexpr size_t kShownBytes = 120;  // of a line that is too long

std::unique_ptr<char[]> make_buffer(size_t capacity) {
  return std::unique_ptr<char[]>(new char[capacity + kReadPaddingBytes]);
}

}  // namespace

// The buffer never holds more than line_bytes_max, so that a line that does not fit is too long.
LineReader::LineReader(File& file, std::string path, int64_t line_bytes_max)
    : file_(file),
      path_(std::move(path)),
      line_bytes_max_(line_bytes_max),
      capacity_(static_cast<size_t>(std::min(kBlockBytes, line_bytes_max))) {
  buffer_ = make_buffer(capacity_);
  at_ = committed_end_ = data_end_ = buffer_.get();
}

void LineReader::restart() {
  buffer_offset_ = 0;
  at_ = committed_end_ = data_end_ = buffer_.get();
  torn_bytes_ = 0;
}

int64_t LineReader::read(char* out, size_t size_bytes, int64_t offset_bytes) {
  const IoResult result = file_.read_at(out, size_bytes, offset_bytes);
  if (!result.ok()) status_ = io_error(result.error, "cannot read", path_);
  return result.ok() ? result.value : 0;
}

std::string_view LineReader::take_line() {
  const char* const begin = at_;
  const char* const newline =
      static_cast<const char*>(memchr(begin, '\n', static_cast<size_t>(committed_end_ - begin)));
  at_ = newline + 1;
  return {begin, static_cast<size_t>(newline - begin)};
}

LineReader::Fill LineReader::fill() {
  // 1. The beginning of a line that is already here goes to the front.
  size_t held = static_cast<size_t>(data_end_ - at_);
  buffer_offset_ += at_ - buffer_.get();
  memmove(buffer_.get(), at_, held);
  at_ = committed_end_ = buffer_.get();
  torn_bytes_ = 0;
  for (;;) {
    // 2. A line that does not fit: know how long it is before making room for it.
    if (held == capacity_) {
      const int64_t line_end = find_newline(buffer_offset_ + static_cast<int64_t>(held));
      if (!status_.ok()) return Fill::kError;
      const int64_t size = line_end - buffer_offset_;
      if (torn_bytes_ > 0) return Fill::kEnd;
      if (size > line_bytes_max_) return pass_over(held, size);
      std::unique_ptr<char[]> grown = make_buffer(static_cast<size_t>(size));
      memcpy(grown.get(), buffer_.get(), held);
      buffer_ = std::move(grown);
      capacity_ = static_cast<size_t>(size);
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

int64_t LineReader::find_newline(int64_t offset_bytes) {
  const auto block = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  for (;;) {
    const int64_t count = read(block.get(), kBlockBytes, offset_bytes);
    if (count == 0) {
      torn_bytes_ = offset_bytes - buffer_offset_;
      return offset_bytes;
    }
    if (const void* newline = memchr(block.get(), '\n', static_cast<size_t>(count))) {
      return offset_bytes + (static_cast<const char*>(newline) + 1 - block.get());
    }
    offset_bytes += count;
  }
}

LineReader::Fill LineReader::pass_over(size_t held_bytes, int64_t line_size_bytes) {
  long_line_.beginning = {buffer_.get(), std::min(held_bytes, kShownBytes)};
  long_line_.offset_bytes = buffer_offset_;
  long_line_.size_bytes = line_size_bytes;
  buffer_offset_ += line_size_bytes;
  at_ = committed_end_ = data_end_ = buffer_.get();
  return Fill::kLongLine;
}

}  // namespace logslice::internal
