// This header defines ArchiveStream, the text of a piece of an archive that is not ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "archive_damage.h"
#include "archive_index.h"
#include "inflater.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// How much of the newest text is kept for whoever reads backward.
inline constexpr int64_t kStreamBytesKept = int64_t{64} << 20;

// Nothing is known of such a piece before it is inflated, from its start on. So the newest text is
// kept: a little for those who read on, kStreamBytesKept once somebody has gone back, or is about
// to. Only who goes back farther makes it begin again. Memory: what is kept. Threads: one.
class ArchiveStream {
 public:
  // All must outlive the stream.
  ArchiveStream(File& raw, ArchiveIndex& index, ArchiveDamages& damages)
      : raw_(raw), index_(index), damages_(damages) {}

  // Reads text of that piece, from `offset_bytes` in the archive's text on, at least a byte if the
  // piece has one there. If it ends before, that is known to the index now, and the value is 0.
  IoResult read_at(size_t piece, char* out, size_t size_bytes, int64_t offset_bytes);

  // Inflates the piece to its end, for whoever reads backward.
  IoResult run_to_end(size_t piece);

 private:
  void begin(size_t piece);
  // Inflates some more, or ends the piece.
  IoResult go_on();
  IoResult end_member();
  IoResult end_by_damage(std::string problem, int64_t stopped_at);
  void end(int64_t archive_end, int64_t filler_bytes);
  void keep(std::string text);
  int64_t archive_offset() const { return read_offset_ - static_cast<int64_t>(unread_.size()); }

  File& raw_;
  ArchiveIndex& index_;
  ArchiveDamages& damages_;
  int64_t bytes_kept_max_ = 1 << 20;

  size_t piece_ = static_cast<size_t>(-1);
  bool is_at_end_ = false;
  Inflater inflater_;
  std::unique_ptr<char[]> block_;
  std::string_view unread_;   // in block_
  int64_t read_offset_ = 0;   // in the archive, behind unread_
  int64_t member_start_ = 0;  // in the archive
  std::deque<std::string> chunks_;
  int64_t kept_start_ = 0;  // in the archive's text
  int64_t kept_end_ = 0;
  bool ends_in_newline_ = true;
};

}  // namespace logslice::internal
