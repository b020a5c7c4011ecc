// This header defines LineBacklog: encoded lines that are not written, or not synced, yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "logslice/reflection/internal/byte_buffer.h"

namespace logslice::internal {

struct LogType;

// LineBacklog holds lines in the order of their sequence numbers: first those that are written but
// kept until they are synced, then those that are not written. A line is encoded once, so that what
// is tried again is the same byte for byte. Threads: one.
class LineBacklog {
 public:
  struct Line {
    int64_t seq;
    LogType* type;
    int64_t end;  // in bytes since the backlog began, which never decreases
  };

  // Adds the entry's line; returns how many of its strings had to be repaired. If it throws (no
  // memory), nothing is added.
  int64_t encode(int64_t seq, LogType& type, const void* entry, std::string_view ts_text);

  bool empty() const { return first_ == lines_.size(); }
  int64_t line_count() const { return static_cast<int64_t>(lines_.size() - first_); }
  int64_t byte_count() const { return static_cast<int64_t>(bytes_.size() - bytes_first_); }

  int64_t unwritten_line_count() const { return static_cast<int64_t>(lines_.size() - written_); }
  bool has_unwritten() const { return written_ < lines_.size(); }
  int64_t written_line_count() const { return static_cast<int64_t>(written_ - first_); }
  int64_t unwritten_byte_count() const { return stream_end() - written_end(); }
  const Line& last() const { return lines_.back(); }
  const Line& front() const { return lines_[first_]; }
  bool is_front_written() const { return first_ < written_; }  // false if empty

  // Whole lines, at least one, together at most `bytes_max` unless the first alone is longer.
  std::string_view next_to_write(size_t bytes_max) const;

  // The first `byte_count` of the unwritten bytes, whole lines, are in the file. Returns the seq of
  // the last of them.
  int64_t mark_written(int64_t byte_count);

  // The file that the written lines are in is given up: they are to be written again.
  void mark_unwritten() { written_ = first_; }
  // The first line that is not written. There must be one.
  const Line& next_unwritten() const { return lines_[written_]; }

  // Forgets every written line.
  void release_written();
  // Forgets the front line. The backlog must not be empty.
  void drop_front();

 private:
  int64_t stream_end() const { return lines_.empty() ? base_ : lines_.back().end; }
  int64_t written_end() const { return written_ == 0 ? base_ : lines_[written_ - 1].end; }
  void release_until(size_t line);

  // lines_[0, first_) and the bytes before bytes_first_ are forgotten; they go when there is
  // nothing else or when they are the greater part, so that forgetting costs nothing on average.
  std::vector<Line> lines_;
  ByteBuffer bytes_;
  size_t first_ = 0;
  size_t written_ = 0;  // the first unwritten line
  size_t bytes_first_ = 0;
  int64_t base_ = 0;  // stream position of bytes_[0]
};

}  // namespace logslice::internal
