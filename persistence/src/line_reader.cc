#include "line_reader.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "archive_file.h"
#include "io_status.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "scan_filter.h"

namespace logslice::internal {

namespace {

// In the second-level cache from read(2) to the decoder; larger ones are read a tenth slower.
constexpr int64_t kLineBlockBytes = int64_t{128} << 10;
constexpr size_t kShownBytes = 120;  // of a line that is too long

}  // namespace

LineBuffer make_line_buffer(size_t capacity) {
  return {std::unique_ptr<char[]>(new char[capacity + kReadPaddingBytes]), capacity};
}

// The buffer never holds more than line_bytes_max, so that a line that does not fit is too long.
LineReader::LineReader(File& file, std::string path, int64_t line_bytes_max)
    : file_(file),
      path_(std::move(path)),
      line_bytes_max_(line_bytes_max),
      buffer_(make_line_buffer(usual_capacity())) {
  at_ = committed_end_ = data_end_ = buffer_.bytes.get();
  if (const ArchiveFile* archive = as_archive(file)) damages_ = &archive->damages();
}

size_t LineReader::usual_capacity() const {
  return static_cast<size_t>(std::min(kLineBlockBytes, line_bytes_max_));
}

std::string LineReader::LongLine::problem(int64_t line_bytes_max) const {
  return damage == nullptr ? long_line_reason(line_bytes_max) : describe(*damage);
}

void LineReader::restart() {
  buffer_offset_ = 0;
  at_ = committed_end_ = data_end_ = buffer_.bytes.get();
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

std::optional<std::string_view> LineReader::peek_last_lines(size_t size_bytes) {
  const size_t block_bytes = usual_capacity();
  if (damages_ != nullptr || block_bytes < kPeekedBytesMax) return std::nullopt;
  if (peeked_bytes_ == 0) {
    // The beginning of a line that is already here is read again with the block.
    buffer_offset_ = offset_of(at_);
    at_ = committed_end_ = data_end_ = buffer_.bytes.get();
  }
  char* const end = buffer_.bytes.get() + block_bytes;
  if (peeked_bytes_ < size_bytes) {
    const size_t lacking = size_bytes - peeked_bytes_;
    const size_t before = block_bytes - size_bytes;
    const IoResult result =
        file_.read_at(end - size_bytes, lacking, buffer_offset_ + static_cast<int64_t>(before));
    // The end of the file, or a failure that fill() comes upon, too.
    if (!result.ok() || result.value < static_cast<int64_t>(lacking)) return std::nullopt;
    peeked_bytes_ = size_bytes;
  }
  // A line that began before is not whole.
  const std::string_view bytes(end - size_bytes, size_bytes);
  const size_t first = bytes.find('\n');
  const size_t last = bytes.rfind('\n');
  if (first == last) return std::string_view();
  return bytes.substr(first + 1, last - first);
}

LineReader::Range LineReader::pass_peeked_block() {
  const std::string_view block(buffer_.bytes.get(), usual_capacity());
  const Range range = {buffer_offset_, static_cast<int64_t>(block.rfind('\n') + 1)};
  buffer_offset_ += range.size_bytes;
  peeked_bytes_ = 0;
  return range;
}

LineReader::Fill LineReader::fill() {
  peeked_bytes_ = 0;
  // 1. What is already here goes to the front: the beginning of a line, or what damage held up.
  size_t held = static_cast<size_t>(data_end_ - at_);
  buffer_offset_ += at_ - buffer_.bytes.get();
  memmove(buffer_.bytes.get(), at_, held);
  at_ = committed_end_ = buffer_.bytes.get();
  data_end_ = at_ + held;
  torn_bytes_ = 0;
  if (damages_ != nullptr) {
    if (const std::optional<Fill> fill = hand_out_held(held)) return *fill;
  }
  // A buffer that was made for a long line is filled only for another one: how long blocks are does
  // not hang on what was read before.
  size_t room = usual_capacity();
  for (;;) {
    // 2. A line that does not fit: know how long it is before making room for it.
    if (held >= room) room = buffer_.capacity;
    if (held == room) {
      const int64_t line_end = find_newline(buffer_offset_ + static_cast<int64_t>(held));
      if (!status_.ok()) return Fill::kError;
      const int64_t size = line_end - buffer_offset_;
      const ArchiveDamage* const damage = next_damage();
      if (damage != nullptr && (damage->plain_start < line_end || torn_bytes_ > 0)) {
        const bool is_part_of_line = damage->filler_bytes() > 0 || torn_bytes_ > 0;
        return hand_out_damage(*damage, held, is_part_of_line ? size : 0);
      }
      if (torn_bytes_ > 0) return Fill::kEnd;
      if (size > line_bytes_max_) return pass_over(held, size);
      LineBuffer grown = make_line_buffer(static_cast<size_t>(size));
      memcpy(grown.bytes.get(), buffer_.bytes.get(), held);
      buffer_ = std::move(grown);
      at_ = committed_end_ = buffer_.bytes.get();
      room = buffer_.capacity;
    }
    // 3. Read; what is whole now is handed out.
    char* const fresh = buffer_.bytes.get() + held;
    const int64_t count = read(fresh, room - held, buffer_offset_ + static_cast<int64_t>(held));
    data_end_ = fresh + count;
    if (count == 0) {
      if (!status_.ok()) return Fill::kError;
      const ArchiveDamage* const damage = next_damage();
      if (damage != nullptr) return hand_out_damage(*damage, held, static_cast<int64_t>(held));
      torn_bytes_ = static_cast<int64_t>(held);
      return Fill::kEnd;
    }
    held += static_cast<size_t>(count);
    if (damages_ != nullptr) {
      if (const std::optional<Fill> fill = hand_out_held(held)) return *fill;
    } else if (const void* newline = memrchr(fresh, '\n', static_cast<size_t>(count))) {
      committed_end_ = static_cast<const char*>(newline) + 1;
      return Fill::kLines;
    }
  }
}

const ArchiveDamage* LineReader::next_damage() const {
  return damages_ == nullptr ? nullptr : damages_->first_behind(damage_handed_out_);
}

std::optional<LineReader::Fill> LineReader::hand_out_held(size_t held_bytes) {
  const char* const begin = buffer_.bytes.get();
  const auto end_of_lines = [&](size_t size_bytes) {
    const void* const newline = memrchr(begin, '\n', size_bytes);
    return newline == nullptr ? begin : static_cast<const char*>(newline) + 1;
  };
  const char* end = end_of_lines(held_bytes);
  const ArchiveDamage* const damage = next_damage();
  if (damage != nullptr) {
    const int64_t start = std::max<int64_t>(0, damage->plain_start - buffer_offset_);
    // Where nothing stands for the damage, no newline has to be waited for.
    const bool is_here = start == 0 && damage->filler_bytes() == 0;
    if (is_here || start < end - begin) {
      end = end_of_lines(static_cast<size_t>(start));
      if (end == begin) {
        return hand_out_damage(
            *damage, held_bytes,
            damage->filler_bytes() == 0 ? 0 : damage->plain_end - buffer_offset_);
      }
    }
  }
  if (end == begin) return std::nullopt;
  committed_end_ = end;
  return Fill::kLines;
}

int64_t LineReader::find_newline(int64_t offset_bytes) {
  const auto block = std::make_unique_for_overwrite<char[]>(kLineBlockBytes);
  for (;;) {
    const int64_t count = read(block.get(), kLineBlockBytes, offset_bytes);
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

// So many bytes are passed over with it: none where it lies between lines or, without filler, in a
// line; that line is whole. What broke off and has damage behind it is part of that.
LineReader::Fill LineReader::hand_out_damage(const ArchiveDamage& damage, size_t held_bytes,
                                             int64_t size_bytes) {
  damage_handed_out_ = ArchiveDamages::key_of(damage);
  torn_bytes_ = 0;
  if (size_bytes > static_cast<int64_t>(held_bytes)) {
    pass_over(held_bytes, size_bytes);
  } else {
    long_line_.offset_bytes = buffer_offset_;
    long_line_.size_bytes = size_bytes;
    at_ = committed_end_ = buffer_.bytes.get() + size_bytes;
  }
  long_line_.beginning = {};
  long_line_.damage = &damage;
  return Fill::kLongLine;
}

LineReader::Fill LineReader::pass_over(size_t held_bytes, int64_t line_size_bytes) {
  long_line_.damage = nullptr;
  long_line_.beginning = {buffer_.bytes.get(), std::min(held_bytes, kShownBytes)};
  long_line_.offset_bytes = buffer_offset_;
  long_line_.size_bytes = line_size_bytes;
  buffer_offset_ += line_size_bytes;
  at_ = committed_end_ = data_end_ = buffer_.bytes.get();
  return Fill::kLongLine;
}

}  // namespace logslice::internal
