#include "backward_line_reader.h"

#include <string.h>

#include <algorithm>

#include "io_status.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

// Small at first, since recovery needs a line or two; then large, since last_entries may need many.
constexpr size_t kFirstBlockBytes = size_t{16} << 10;
constexpr size_t kLastBlockBytes = size_t{512} << 10;

absl::Status read_fully(File& file, std::string_view path, char* out, size_t size_bytes,
                        int64_t offset_bytes) {
  while (size_bytes > 0) {
    const IoResult read = file.read_at(out, size_bytes, offset_bytes);
    if (!read.ok()) return io_error(read.error, "cannot read", path);
    if (read.value == 0) {
      return data_loss(concat(path, " became shorter than ", offset_bytes,
                              " bytes while it was read; read it again"));
    }
    out += read.value;
    offset_bytes += read.value;
    size_bytes -= static_cast<size_t>(read.value);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> find_committed_end(File& file, std::string_view path, int64_t end_offset) {
  const auto block = std::make_unique_for_overwrite<char[]>(kLastBlockBytes);
  size_t block_bytes = kFirstBlockBytes;
  while (end_offset > 0) {
    const size_t size = static_cast<size_t>(std::min<int64_t>(end_offset, block_bytes));
    const int64_t start = end_offset - static_cast<int64_t>(size);
    absl::Status status = read_fully(file, path, block.get(), size, start);
    if (!status.ok()) return status;
    if (const void* newline = memrchr(block.get(), '\n', size)) {
      return start + (static_cast<const char*>(newline) - block.get()) + 1;
    }
    end_offset = start;
    block_bytes = kLastBlockBytes;
  }
  return 0;
}

BackwardLineReader::BackwardLineReader(File& file, std::string_view path, int64_t committed_end,
                                       int64_t line_bytes_max)
    : file_(file),
      path_(path),
      line_bytes_max_(line_bytes_max),
      first_offset_(committed_end),
      block_bytes_(kFirstBlockBytes),
      line_start_(committed_end) {}

bool BackwardLineReader::read_before(int64_t size_bytes) {
  const size_t size = static_cast<size_t>(size_bytes);
  if (first_ < size) {
    const size_t kept = last_ - first_;
    const size_t needed = kept + size + kReadPaddingBytes;
    if (needed <= capacity_) {
      memmove(buffer_.get() + capacity_ - kReadPaddingBytes - kept, buffer_.get() + first_, kept);
    } else {
      std::unique_ptr<char[]> grown(new char[needed]);
      if (kept != 0) {
        memcpy(grown.get() + needed - kReadPaddingBytes - kept, buffer_.get() + first_, kept);
      }
      buffer_ = std::move(grown);
      capacity_ = needed;
    }
    last_ = capacity_ - kReadPaddingBytes;
    first_ = last_ - kept;
  }
  const int64_t start = first_offset_ - static_cast<int64_t>(size);
  status_ = read_fully(file_, path_, buffer_.get() + first_ - size, size, start);
  if (!status_.ok()) return false;
  first_ -= size;
  first_offset_ = start;
  return true;
}

bool BackwardLineReader::previous() {
  const int64_t line_end = line_start_;  // behind the newline of the line sought
  if (line_end == 0 || !status_.ok()) return false;
  line_ = {};
  // What lies behind the line has been handed out.
  last_ = first_ + static_cast<size_t>(line_end - first_offset_);
  if (!find_line_start(line_end)) return false;
  line_size_ = line_end - line_start_;
  is_too_long_ = line_size_ > line_bytes_max_;
  if (is_too_long_) {
    // Nothing of it needs to be kept, and not all of it is here.
    first_ = last_ = capacity_ == 0 ? 0 : capacity_ - kReadPaddingBytes;
    first_offset_ = line_start_;
    return true;
  }
  if (first_offset_ > line_start_ && !read_before(first_offset_ - line_start_)) return false;
  line_ = {buffer_.get() + first_ + (line_start_ - first_offset_),
           static_cast<size_t>(line_size_ - 1)};
  return true;
}

bool BackwardLineReader::find_line_start(int64_t line_end) {
  size_t seen = 0;  // bytes before the line's end that were searched already
  for (;;) {
    // The line's own newline is its last byte.
    const size_t unseen_end = last_ - std::max<size_t>(seen, last_ > first_ ? 1 : 0);
    const void* const newline =
        unseen_end > first_ ? memrchr(buffer_.get() + first_, '\n', unseen_end - first_) : nullptr;
    if (newline != nullptr) {
      line_start_ =
          first_offset_ + (static_cast<const char*>(newline) + 1 - (buffer_.get() + first_));
      return true;
    }
    if (first_offset_ == 0) {
      line_start_ = 0;
      return true;
    }
    seen = last_ - first_;
    if (line_end - first_offset_ >= static_cast<int64_t>(kLastBlockBytes)) {
      // A long line: know how long before making room for it.
      absl::StatusOr<int64_t> start = find_committed_end(file_, path_, first_offset_);
      status_ = start.status();
      if (start.ok()) line_start_ = *start;
      return start.ok();
    }
    const int64_t block_bytes = std::min(first_offset_, block_bytes_);
    block_bytes_ = std::min<int64_t>(block_bytes_ * 2, kLastBlockBytes);
    if (!read_before(block_bytes)) return false;
  }
}

}  // namespace logslice::internal
