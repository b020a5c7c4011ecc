#include "archive_stream.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kStreamBlockBytes = size_t{64} << 10;
constexpr size_t kChunkBytes = size_t{256} << 10;

// So that a line that broke off is none, and the next is not glued to it.
constexpr std::string_view kFiller("\0\n", 2);

}  // namespace

void ArchiveStream::begin(size_t piece) {
  piece_ = piece;
  const ArchivePiece& known = index_.pieces()[piece];
  is_at_end_ = false;
  inflater_.reset();
  if (block_ == nullptr) block_ = std::make_unique_for_overwrite<char[]>(kStreamBlockBytes);
  unread_ = {};
  read_offset_ = member_start_ = known.archive_start;
  chunks_.clear();
  kept_start_ = kept_end_ = known.plain_start;
  ends_in_newline_ = true;
}

IoResult ArchiveStream::read_at(size_t piece, char* out, size_t size_bytes, int64_t offset_bytes) {
  if (piece != piece_) begin(piece);
  if (offset_bytes < kept_start_) {
    bytes_kept_max_ = kStreamBytesKept;
    begin(piece);
  }
  while (offset_bytes >= kept_end_ && !is_at_end_) {
    if (const IoResult more = go_on(); !more.ok()) return more;
  }
  if (offset_bytes >= kept_end_) return {};
  const auto from = static_cast<size_t>(offset_bytes - kept_start_);
  size_t start = 0;
  for (const std::string& chunk : chunks_) {
    if (from < start + chunk.size()) {
      const size_t count = std::min(size_bytes, start + chunk.size() - from);
      memcpy(out, chunk.data() + (from - start), count);
      return {static_cast<int64_t>(count), 0};
    }
    start += chunk.size();
  }
  return {};
}

IoResult ArchiveStream::run_to_end(size_t piece) {
  bytes_kept_max_ = kStreamBytesKept;
  if (piece != piece_) begin(piece);
  while (!is_at_end_) {
    if (const IoResult more = go_on(); !more.ok()) return more;
  }
  return {};
}

void ArchiveStream::keep(std::string text) {
  if (text.empty()) return;
  ends_in_newline_ = text.back() == '\n';
  kept_end_ += static_cast<int64_t>(text.size());
  chunks_.push_back(std::move(text));
  while (kept_end_ - kept_start_ - static_cast<int64_t>(chunks_.front().size()) >=
         bytes_kept_max_) {
    kept_start_ += static_cast<int64_t>(chunks_.front().size());
    chunks_.pop_front();
  }
}

IoResult ArchiveStream::go_on() {
  const ArchivePiece& known = index_.pieces()[piece_];
  // 1. Where it has been read before, it ends where it ended then.
  if (known.plain_end != kUnknown && kept_end_ >= known.plain_end - known.filler_bytes) {
    keep(std::string(kFiller.substr(0, static_cast<size_t>(known.filler_bytes))));
    is_at_end_ = true;
    return {};
  }
  // 2. A chunk as full as the archive gives it, so that the number of chunks is bounded.
  const int64_t wanted =
      known.plain_end == kUnknown
          ? kChunkBytes
          : std::min<int64_t>(kChunkBytes, known.plain_end - known.filler_bytes - kept_end_);
  std::string chunk(static_cast<size_t>(wanted), '\0');
  size_t filled = 0;
  IoResult result;
  Inflater::Outcome outcome = Inflater::Outcome::kMore;
  bool is_cut = false;
  while (filled < chunk.size() && outcome == Inflater::Outcome::kMore) {
    if (unread_.empty()) {
      result = raw_.read_at(block_.get(), kStreamBlockBytes, read_offset_);
      if (!result.ok()) return result;
      is_cut = result.value == 0;
      if (is_cut) break;
      unread_ = {block_.get(), static_cast<size_t>(result.value)};
      read_offset_ += result.value;
    }
    const Inflater::Step step =
        inflater_.inflate(unread_, chunk.data() + filled, chunk.size() - filled);
    unread_.remove_prefix(step.taken_bytes);
    filled += step.given_bytes;
    outcome = step.outcome;
    if (outcome == Inflater::Outcome::kEnd) {
      result = end_member();
      if (!result.ok()) return result;
      if (result.value > 0) outcome = Inflater::Outcome::kMore;
    }
  }
  chunk.resize(filled);
  chunk.shrink_to_fit();
  keep(std::move(chunk));
  // 3. Its end, if this was it.
  if (outcome == Inflater::Outcome::kEnd) {
    end(archive_offset(), 0);
  } else if (is_cut) {
    return end_by_damage("it is cut off in the middle of a member", archive_offset());
  } else if (outcome == Inflater::Outcome::kDamage) {
    return end_by_damage(inflater_.problem(), archive_offset());
  }
  return {};
}

// The value is 1 if another member of this piece follows.
IoResult ArchiveStream::end_member() {
  const int64_t at = archive_offset();
  if (index_.is_member_at(at)) return {};
  char magic[2];
  const IoResult read = raw_.read_at(magic, sizeof(magic), at);
  if (!read.ok()) return read;
  if (std::string_view(magic, static_cast<size_t>(read.value)) != "\x1f\x8b") return {};
  inflater_.reset();
  member_start_ = at;
  return {1, 0};
}

IoResult ArchiveStream::end_by_damage(std::string problem, int64_t stopped_at) {
  const IoResult next = index_.find_member(member_start_ + 1);
  if (!next.ok()) return next;
  const bool is_first_time = index_.pieces()[piece_].plain_end == kUnknown;
  const int64_t plain_start = kept_end_;
  end(next.value, ends_in_newline_ ? 0 : static_cast<int64_t>(kFiller.size()));
  if (is_first_time) {
    damages_.add({.plain_start = plain_start,
                  .plain_end = kept_end_,
                  .archive_start = std::min(stopped_at, next.value),
                  .archive_end = next.value,
                  .problem = std::move(problem)});
  }
  return {};
}

void ArchiveStream::end(int64_t archive_end, int64_t filler_bytes) {
  is_at_end_ = true;
  keep(std::string(kFiller.substr(0, static_cast<size_t>(filler_bytes))));
  ArchivePiece& piece = index_.piece(piece_);
  if (piece.plain_end != kUnknown) return;
  piece.filler_bytes = filler_bytes;
  index_.close(archive_end, kept_end_);
}

}  // namespace logslice::internal
