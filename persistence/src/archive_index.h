// This header defines ArchiveIndex, which pieces an archive consists of.
// Rules: specs/archives.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive_damage.h"
#include "archive_member.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

inline constexpr int64_t kUnknown = -1;

// A piece of an archive, and the piece of text that it stands for.
struct ArchivePiece {
  // Of ours: it has a header of ours, and stands for as much text as that claims. Otherwise: gzip
  // members one behind the other, of which nothing is known until they have been inflated.
  bool is_ours = false;
  int64_t archive_start = 0;
  int64_t archive_end = kUnknown;
  int64_t plain_start = 0;
  int64_t plain_end = kUnknown;
  int64_t filler_bytes = 0;  // at the end of its text, if it is not ours and broken
  bool is_checked = false;   // its damage, if there is some, is known
  ArchiveMember member;      // of ours
};

// Finds the pieces by going from header to header, without inflating. What a header claims about
// its size is believed only if another header of ours begins there; if not, the next one is
// searched for. So behind damage it goes on with the next member. Memory: a bounded number of
// pieces. Threads: one.
class ArchiveIndex {
 public:
  // `raw` must outlive the index.
  ArchiveIndex(File& raw, ArchiveDamages& damages) : raw_(raw), damages_(damages) {}

  // Finds one more piece, or that there is none. The last one must not be open. The value is not
  // used; the error is that of a system call.
  IoResult extend();

  bool is_complete() const { return is_complete_; }
  // Whether the last piece is one whose end is not known yet.
  bool is_open() const { return !pieces_.empty() && pieces_.back().plain_end == kUnknown; }
  // Ends the last piece. `archive_end`: where to go on.
  void close(int64_t archive_end, int64_t plain_end);

  const std::vector<ArchivePiece>& pieces() const { return pieces_; }
  ArchivePiece& piece(size_t index) { return pieces_[index]; }
  // Of the text, as far as it is known.
  int64_t plain_end() const { return plain_end_; }

  // Whether a member of ours begins there, at which a piece that is not ours ends. Never if there
  // are so many pieces that the rest is one.
  bool is_member_at(int64_t offset);
  // Where the next member of ours begins, or the archive ends. Fails as read_at.
  IoResult find_member(int64_t from);
  IoResult size_bytes();

 private:
  // The header that begins there, in `header_`.
  IoResult read_header(int64_t offset);
  IoResult add_ours(int64_t at, const ArchiveMember& member);
  bool is_next(const ArchiveMember& member) const;
  void add_damage(int64_t archive_start, int64_t archive_end, std::string problem);
  void finish();

  File& raw_;
  ArchiveDamages& damages_;
  std::vector<ArchivePiece> pieces_;
  bool is_complete_ = false;
  int64_t size_bytes_ = kUnknown;
  int64_t next_at_ = 0;    // where the next piece begins
  int64_t plain_end_ = 0;  // of the pieces so far

  int64_t next_number_ = kUnknown;  // of the next member, if the one before tells
  bool needs_more_ = true;          // something must follow

  int64_t header_offset_ = kUnknown;
  std::optional<ArchiveMember> header_;
  bool has_magic_ = false;
};

}  // namespace logslice::internal
