#include "archive_index.h"

#include <algorithm>
#include <array>
#include <utility>

#include "text.h"

namespace logslice::internal {

namespace {

// 32 GiB of text in members as we make them. More is read as one piece, forward.
constexpr size_t kIndexPiecesMax = 65536;
constexpr size_t kSearchBlockBytes = size_t{64} << 10;
constexpr std::string_view kGzipMagic = "\x1f\x8b";

// As many bytes as there are, up to `size_bytes`.
IoResult read_all(File& file, char* out, size_t size_bytes, int64_t offset) {
  size_t done = 0;
  while (done < size_bytes) {
    const IoResult read =
        file.read_at(out + done, size_bytes - done, offset + static_cast<int64_t>(done));
    if (!read.ok()) return read;
    if (read.value == 0) break;
    done += static_cast<size_t>(read.value);
  }
  return {static_cast<int64_t>(done), 0};
}

std::string members_missing(int64_t from, int64_t to) {
  if (from == to) return concat("member ", from, " is missing");
  return concat("the members ", from, " to ", to, " are missing");
}

}  // namespace

IoResult ArchiveIndex::size_bytes() {
  if (size_bytes_ == kUnknown) {
    const StatResult stat = raw_.stat();
    if (!stat.ok()) return {0, stat.error};
    size_bytes_ = stat.stat.size_bytes;
  }
  return {size_bytes_, 0};
}

IoResult ArchiveIndex::read_header(int64_t offset) {
  if (header_offset_ == offset) return {};
  std::array<char, kMemberHeaderBytes> bytes;
  const IoResult read = read_all(raw_, bytes.data(), bytes.size(), offset);
  if (!read.ok()) return read;
  const std::string_view header(bytes.data(), static_cast<size_t>(read.value));
  header_ = parse_member_header(header);
  has_magic_ = header.starts_with(kGzipMagic);
  header_offset_ = offset;
  return {};
}

bool ArchiveIndex::is_member_at(int64_t offset) {
  if (pieces_.size() >= kIndexPiecesMax) return false;
  return read_header(offset).ok() && header_.has_value();
}

IoResult ArchiveIndex::find_member(int64_t from) {
  const IoResult size = size_bytes();
  if (!size.ok() || pieces_.size() >= kIndexPiecesMax) return size;
  const auto block = std::make_unique_for_overwrite<char[]>(kSearchBlockBytes);
  while (from < size.value) {
    const IoResult read = read_all(raw_, block.get(), kSearchBlockBytes, from);
    if (!read.ok()) return read;
    const std::string_view bytes(block.get(), static_cast<size_t>(read.value));
    for (size_t at = bytes.find(member_header_start()); at != std::string_view::npos;
         at = bytes.find(member_header_start(), at + 1)) {
      if (parse_member_header(bytes.substr(at)).has_value()) {
        return {from + static_cast<int64_t>(at), 0};
      }
    }
    if (bytes.size() < kSearchBlockBytes) break;
    // One may begin at the end of this block.
    from += static_cast<int64_t>(bytes.size() - (kMemberHeaderBytes - 1));
  }
  return size;
}

void ArchiveIndex::add_damage(int64_t archive_start, int64_t archive_end, std::string problem) {
  damages_.add({.plain_start = plain_end_,
                .plain_end = plain_end_,
                .archive_start = archive_start,
                .archive_end = archive_end,
                .problem = std::move(problem)});
}

void ArchiveIndex::close(int64_t archive_end, int64_t plain_end) {
  pieces_.back().archive_end = archive_end;
  pieces_.back().plain_end = plain_end;
  next_at_ = archive_end;
  plain_end_ = plain_end;
}

IoResult ArchiveIndex::extend() {
  const IoResult size = size_bytes();
  if (!size.ok()) return size;
  if (next_at_ >= size.value) {
    finish();
    return {};
  }
  if (const IoResult read = read_header(next_at_); !read.ok()) return read;
  if (header_.has_value() && pieces_.size() < kIndexPiecesMax) return add_ours(next_at_, *header_);
  next_number_ = kUnknown;
  needs_more_ = false;
  if (has_magic_) {
    ArchivePiece& piece = pieces_.emplace_back();
    piece.archive_start = next_at_;
    piece.plain_start = plain_end_;
    return {};
  }
  const IoResult next = find_member(next_at_ + 1);
  if (!next.ok()) return next;
  add_damage(next_at_, next.value,
             concat("no gzip member begins here, ", next.value - next_at_, " bytes are lost"));
  next_at_ = next.value;
  return {};
}

// Whether the header at hand is that of the member behind this one.
bool ArchiveIndex::is_next(const ArchiveMember& member) const {
  return header_.has_value() && header_->number == member.number + 1 &&
         header_->plain_offset - member.plain_size_bytes == member.plain_offset;
}

IoResult ArchiveIndex::add_ours(int64_t at, const ArchiveMember& claimed) {
  const ArchiveMember member = claimed;  // `claimed` is overwritten by the next header
  if (pieces_.empty() && next_number_ == kUnknown && needs_more_) next_number_ = 0;
  if (next_number_ != kUnknown && member.number > next_number_) {
    add_damage(at, at, members_missing(next_number_, member.number - 1));
  } else if (next_number_ != kUnknown && member.number < next_number_) {
    add_damage(at, at,
               concat("member ", member.number, " stands where member ", next_number_,
                      needs_more_ ? " should" : " might, behind the last,"));
  }
  // Where it ends: where it says, if the next one confirms that; else before the next there is.
  int64_t end = at + member.size_bytes;
  bool is_sure = end == size_bytes_ && member.is_last;
  if (end < size_bytes_) {
    if (const IoResult read = read_header(end); !read.ok()) return read;
    is_sure = is_next(member);
  }
  if (!is_sure) {
    const IoResult next = find_member(at + static_cast<int64_t>(kMemberHeaderBytes));
    if (!next.ok()) return next;
    end = std::min(end, next.value);
  }
  ArchivePiece& piece = pieces_.emplace_back();
  piece.is_ours = true;
  piece.archive_start = at;
  piece.plain_start = plain_end_;
  piece.member = member;
  close(end, plain_end_ + member.plain_size_bytes);
  next_number_ = member.number + 1;
  // Of one that is cut off its own text tells.
  needs_more_ = !member.is_last && end >= at + member.size_bytes;
  return {};
}

void ArchiveIndex::finish() {
  is_complete_ = true;
  if (!needs_more_) return;
  add_damage(next_at_, next_at_,
             next_at_ == 0
                 ? "it is empty"
                 : concat("it ends behind member ", next_number_ - 1, ", which is not the last"));
}

}  // namespace logslice::internal
