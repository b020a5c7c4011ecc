// This header defines LineReader, which reads a log forward in blocks of whole lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "archive_damage.h"
#include "line_buffer.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// LineReader keeps a buffer of whole lines and whoever reads moves `at` through it. Memory: one
// block, or the longest line, at most line_bytes_max. Threads: one.
class LineReader {
 public:
  enum class Fill {
    kLines,     // [at(), committed_end()) holds at least one whole line
    kLongLine,  // something was passed over that is no line to be read: see long_line
    kEnd,       // no whole line is left; torn_bytes() are
    kError,     // status()
  };

  // A line that was not kept: it is too long, or an archive is damaged there.
  struct LongLine {
    std::string_view beginning;
    int64_t offset_bytes = 0;
    int64_t size_bytes = 0;  // with its newline; 0: damage between lines
    // Of an archive; null: the line is too long. The line is [offset_bytes, plain_end()) of it
    // then.
    const ArchiveDamage* damage = nullptr;

    std::string problem(int64_t line_bytes_max) const;
  };

  // Reads from the start; an archive's damage comes as it comes. `file` must outlive the reader;
  // `path` is for messages; line_bytes_max
  // >= 1.
  LineReader(File& file, std::string path, int64_t line_bytes_max);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Begins at this offset, where a line begins. Before the first fill().
  void start_at(int64_t offset_bytes) {
    buffer_offset_ = offset_bytes;
    damage_handed_out_ = {offset_bytes, -1};
  }

  // Reads on. Call it when at() == committed_end(). After kEnd it goes on where it stood.
  Fill fill();
  // The beginning of a line that is already here is read again by the next fill(): whoever wrote it
  // may take it back and write another. Call it when at() == committed_end().
  void forget_torn() { data_end_ = at_; }
  // The next fill() reads from the start of the file.
  void restart();

  const char* at() const { return at_; }
  // All bytes up to here are whole lines; kReadPaddingBytes behind it are readable.
  const char* committed_end() const { return committed_end_; }
  void advance_to(const char* next) { at_ = next; }
  // The whole lines at the end of the block that fill() would hand out next, as far as they are in
  // the last `size_bytes` that it would read: empty if none is. Reads no more than those, and when
  // it is called again for more of them what is lacking. Null where fill() alone can tell what
  // comes next. size_bytes <= kPeekedBytesMax. Call it when at() == committed_end().
  std::optional<std::string_view> peek_last_lines(size_t size_bytes);
  static constexpr size_t kPeekedBytesMax = size_t{64} << 10;
  struct Range {
    int64_t offset_bytes = 0;
    int64_t size_bytes = 0;
  };
  // Passes over the block of which lines were seen so: its place in the file.
  Range pass_peeked_block();
  // Advances over a line, without its newline. Not at the end.
  std::string_view take_line();

  // Of a byte in [at(), committed_end()].
  int64_t offset_of(const char* byte) const {
    return buffer_offset_ + (byte - buffer_.bytes.get());
  }
  const LongLine& long_line() const { return long_line_; }
  int64_t torn_bytes() const { return torn_bytes_; }
  const std::string& path() const { return path_; }
  const absl::Status& status() const { return status_; }

 private:
  // One read; 0 at the end.
  int64_t read(char* out, size_t size_bytes, int64_t offset_bytes);
  // The offset behind the next newline; without one sets torn_bytes_, and status_ on an error.
  int64_t find_newline(int64_t offset_bytes);
  Fill pass_over(size_t held_bytes, int64_t size_bytes);

  // Of an archive: the first damage that was not handed out yet. Null: none is known.
  const ArchiveDamage* next_damage() const;
  // Hands out the whole lines among the bytes held, up to the next damage, or that. Nothing if
  // there is neither.
  std::optional<Fill> hand_out_held(size_t held_bytes);
  Fill hand_out_damage(const ArchiveDamage& damage, size_t held_bytes, int64_t line_size_bytes);

  File& file_;
  const std::string path_;
  const int64_t line_bytes_max_;

  size_t usual_capacity() const;

  LineBuffer buffer_;
  int64_t buffer_offset_ = 0;  // of buffer_[0] in the file
  const char* at_;
  const char* committed_end_;
  const char* data_end_;     // behind it nothing is read; between is the beginning of a line
  size_t peeked_bytes_ = 0;  // at the buffer's end, without what comes before

  const ArchiveDamages* damages_ = nullptr;  // of an archive
  ArchiveDamages::Key damage_handed_out_ = ArchiveDamages::kBeforeAll;

  LongLine long_line_;
  int64_t torn_bytes_ = 0;
  absl::Status status_;
};

}  // namespace logslice::internal
