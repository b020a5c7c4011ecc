// This header defines ArchiveMember, what a member of one of our archives says about itself.
// Layout: specs/archives.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace logslice::internal {

// No member has more text, so that a reader may hold one as a whole.
inline constexpr int64_t kMemberPlainBytesMax = int64_t{1} << 20;
// A member ends at the first line end behind so much.
inline constexpr int64_t kMemberPlainBytesWanted = int64_t{512} << 10;
// What deflate can make of that at worst, with header and trailer.
inline constexpr int64_t kMemberBytesMax = kMemberPlainBytesMax + (int64_t{64} << 10);

inline constexpr size_t kMemberHeaderBytes = 76;
inline constexpr size_t kMemberTrailerBytes = 8;  // CRC-32 and size of the text, as gzip has them

// An archive is gzip members one behind the other. Each of ours carries this in its header, so that
// whoever seeks or reads backward can go from one to the next without inflating any. It is a claim:
// only inflating a member shows that it is true.
struct ArchiveMember {
  int64_t number = 0;        // in its archive, from 0
  int64_t size_bytes = 0;    // in the archive, header and trailer included
  int64_t plain_offset = 0;  // of its text in the text of the archive
  int64_t plain_size_bytes = 0;
  bool is_last = false;
  bool begins_within_line = false;  // only where a line is longer than a member may be

  // Of the entries that end in it: the lowest and the highest `__seq__` (0: none has one), and the
  // earliest and the latest `__ts__`, the former rounded down and the latter up to microseconds.
  int64_t first_seq = 0;
  int64_t last_seq = 0;
  std::optional<absl::Time> first_ts;
  std::optional<absl::Time> last_ts;
};

// The gzip header, kMemberHeaderBytes long.
std::string encode_member_header(const ArchiveMember& member);

// Nothing if `bytes` do not begin with a header of ours that is whole and possible.
std::optional<ArchiveMember> parse_member_header(std::string_view bytes);

// The bytes that every header of ours begins with.
std::string_view member_header_start();

}  // namespace logslice::internal
