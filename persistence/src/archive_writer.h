// This header defines ArchiveWriter, which turns the text of a segment into an archive.
// Layout: specs/archives.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "archive_member.h"

namespace logslice::internal {

// Text goes in piece by piece, and what is compressed of it comes out member by member. Each piece
// is compressed as it comes, so that no call takes longer than its piece. Memory: a compressed
// member, and the longest line up to kMemberPlainBytesMax. Throws std::bad_alloc. Threads: one.
class ArchiveWriter {
 public:
  // A member ends at the first line end behind so much text.
  explicit ArchiveWriter(int64_t member_bytes_wanted = kMemberPlainBytesWanted);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ~ArchiveWriter();

  void add(std::string_view text);
  // Ends the last member; there is one even if there is no text. Nothing is added behind it.
  void finish();

  // The whole members that are not taken yet.
  std::string take_members();

  // Of all text so far.
  int64_t plain_size_bytes() const;
  uint32_t plain_crc() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace logslice::internal
