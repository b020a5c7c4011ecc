#include "line_backlog.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "log_type.h"
#include "logslice/reflection/internal/encode.h"

namespace logslice::internal {

namespace {

// A line of 64 MiB must not leave its room behind for ever.
constexpr size_t kKeptBytes = size_t{4} << 20;
constexpr size_t kKeptLines = size_t{64} << 10;

}  // namespace

int64_t LineBacklog::encode(int64_t seq, LogType& type, const void* entry,
                            std::string_view ts_text) {
  assert(empty() || lines_.back().seq < seq);
  const size_t size_before = bytes_.size();
  lines_.push_back({seq, &type, 0});
  try {
    const int64_t repaired = encode_line(type.table, entry, seq, ts_text, bytes_);
    lines_.back().end = base_ + static_cast<int64_t>(bytes_.size());
    return repaired;
  } catch (...) {
    bytes_.truncate(size_before);
    lines_.pop_back();
    throw;
  }
}

std::string_view LineBacklog::next_to_write(size_t bytes_max) const {
  assert(has_unwritten());
  const int64_t start = written_end();
  int64_t end = stream_end();
  if (end - start > static_cast<int64_t>(bytes_max)) {
    // The last line that ends within the bound, but at least the first.
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(written_);
    auto behind =
        std::upper_bound(first, lines_.end(), start + static_cast<int64_t>(bytes_max),
                         [](int64_t bound, const Line& line) { return bound < line.end; });
    end = behind == first ? first->end : (behind - 1)->end;
  }
  return bytes_.view().substr(static_cast<size_t>(start - base_), static_cast<size_t>(end - start));
}

int64_t LineBacklog::mark_written(int64_t byte_count) {
  const int64_t end = written_end() + byte_count;
  while (written_ < lines_.size() && lines_[written_].end <= end) ++written_;
  assert(written_ > 0 && lines_[written_ - 1].end == end);
  return lines_[written_ - 1].seq;
}

void LineBacklog::release_written() { release_until(written_); }

void LineBacklog::drop_front() {
  assert(!empty());
  const size_t line = first_ + 1;
  written_ = std::max(written_, line);
  release_until(line);
}

void LineBacklog::release_until(size_t line) {
  if (line == lines_.size()) {
    base_ = stream_end();
    lines_.clear();
    bytes_.clear();
    bytes_.shrink_to(kKeptBytes);
    if (lines_.capacity() > kKeptLines) lines_.shrink_to_fit();
    first_ = written_ = bytes_first_ = 0;
    return;
  }
  first_ = line;
  if (line > 0) bytes_first_ = static_cast<size_t>(lines_[line - 1].end - base_);
  if (bytes_first_ > bytes_.size() / 2) {
    bytes_.erase_front(bytes_first_);
    base_ += static_cast<int64_t>(bytes_first_);
    lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(first_));
    written_ -= first_;
    first_ = bytes_first_ = 0;
  }
}

}  // namespace logslice::internal
