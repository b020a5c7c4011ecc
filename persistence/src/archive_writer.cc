#include "archive_writer.h"

#include <string.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include "archive_member.h"
#include "line_counter.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

namespace {

constexpr int kRawDeflate = -15;  // the header is ours to write
constexpr int kMemoryLevel = 8;
constexpr size_t kOutBlockBytes = size_t{64} << 10;

void put32(std::string& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

}  // namespace

class ArchiveWriter::Impl {
 public:
  explicit Impl(int64_t member_bytes_wanted) : member_bytes_wanted_(member_bytes_wanted) {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { deflateEnd(&stream_); }

  void add(std::string_view text) {
    while (!text.empty()) {
      // Only now is it known that the member before is not the last.
      if (is_full_) end_member();
      const std::string_view piece = text.substr(0, room_in_member(text));
      text.remove_prefix(piece.size());
      note_lines(piece);
      deflate_all(piece, Z_NO_FLUSH);
      crc_ = static_cast<uint32_t>(crc32(crc_, bytes_of(piece), static_cast<uInt>(piece.size())));
      member_.plain_size_bytes += static_cast<int64_t>(piece.size());
      is_full_ = member_.plain_size_bytes == kMemberPlainBytesMax ||
                 (member_.plain_size_bytes >= member_bytes_wanted_ && piece.back() == '\n');
    }
  }

  void finish() {
    member_.is_last = true;
    end_member();
  }

  std::string take_members() { return std::exchange(members_, {}); }
  int64_t plain_size_bytes() const { return member_.plain_offset + member_.plain_size_bytes; }
  uint32_t plain_crc() const {
    return static_cast<uint32_t>(
        crc32_combine(crc_before_, crc_, static_cast<z_off_t>(member_.plain_size_bytes)));
  }

 private:
  // How much of the text the member at hand takes: up to a line's end where that is near enough.
  size_t room_in_member(std::string_view text) const {
    const auto room = static_cast<size_t>(kMemberPlainBytesMax - member_.plain_size_bytes);
    const auto unwanted = static_cast<size_t>(
        std::max<int64_t>(0, member_bytes_wanted_ - member_.plain_size_bytes - 1));
    const size_t newline = unwanted < text.size() ? text.find('\n', unwanted) : text.npos;
    return std::min({room, text.size(), newline == text.npos ? text.npos : newline + 1});
  }

  void note_lines(std::string_view piece) {
    while (!piece.empty()) {
      const size_t newline = piece.find('\n');
      const std::string_view part = piece.substr(0, newline);
      // What is known of a line stands at its end, but only a whole line can be parsed.
      if (line_.size() + part.size() <= static_cast<size_t>(kMemberPlainBytesMax)) {
        line_.append(part);
      } else {
        line_is_too_long_ = true;
      }
      if (newline == piece.npos) return;
      if (!line_is_too_long_) note_line(line_);
      line_.clear();
      line_is_too_long_ = false;
      piece.remove_prefix(newline + 1);
    }
  }

  void note_line(std::string_view line) {
    LineStamp stamp;
    if (!read_canonical_stamp(line, &stamp)) {
      if (is_blank(line)) return;
      const LineMetadata metadata = read_line_metadata(line);
      if (!metadata.valid) return;
      stamp = metadata.stamp;
    }
    if (stamp.seq > 0) {
      member_.first_seq =
          member_.first_seq == 0 ? stamp.seq : std::min(member_.first_seq, stamp.seq);
      member_.last_seq = std::max(member_.last_seq, stamp.seq);
    }
    if (stamp.ts.has_value()) {
      member_.first_ts = std::min(member_.first_ts.value_or(*stamp.ts), *stamp.ts);
      member_.last_ts = std::max(member_.last_ts.value_or(*stamp.ts), *stamp.ts);
    }
  }

  // The text must stay where it is until the call returns; zlib keeps no pointer to it.
  void deflate_all(std::string_view text, int flush) {
    stream_.next_in = const_cast<Bytef*>(bytes_of(text));
    stream_.avail_in = static_cast<uInt>(text.size());
    for (;;) {
      const size_t before = body_.size();
      body_.resize(before + kOutBlockBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(body_.data() + before);
      stream_.avail_out = kOutBlockBytes;
      const int outcome = deflate(&stream_, flush);
      body_.resize(body_.size() - stream_.avail_out);
      const bool is_done = flush == Z_FINISH ? outcome == Z_STREAM_END : stream_.avail_out > 0;
      if (is_done) return;
    }
  }

  void end_member() {
    deflate_all({}, Z_FINISH);
    deflateReset(&stream_);
    member_.size_bytes =
        static_cast<int64_t>(kMemberHeaderBytes + body_.size() + kMemberTrailerBytes);
    members_ += encode_member_header(member_);
    members_ += body_;
    put32(members_, crc_);
    put32(members_, static_cast<uint32_t>(member_.plain_size_bytes));

    crc_before_ = plain_crc();
    crc_ = 0;
    ArchiveMember next;
    next.number = member_.number + 1;
    next.plain_offset = plain_size_bytes();
    next.begins_within_line = !line_.empty() || line_is_too_long_;
    member_ = next;
    body_.clear();
    is_full_ = false;
  }

  const int64_t member_bytes_wanted_;
  z_stream stream_ = {};
  ArchiveMember member_;  // the one at hand
  bool is_full_ = false;
  std::string body_;         // of it, compressed
  uint32_t crc_ = 0;         // of its text
  uint32_t crc_before_ = 0;  // of all text before it
  std::string members_;      // whole ones

  std::string line_;  // the beginning of the line at hand
  bool line_is_too_long_ = false;
};

ArchiveWriter::ArchiveWriter(int64_t member_bytes_wanted)
    : impl_(std::make_unique<Impl>(member_bytes_wanted)) {}
ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::add(std::string_view text) { impl_->add(text); }
void ArchiveWriter::finish() { impl_->finish(); }
std::string ArchiveWriter::take_members() { return impl_->take_members(); }
int64_t ArchiveWriter::plain_size_bytes() const { return impl_->plain_size_bytes(); }
uint32_t ArchiveWriter::plain_crc() const { return impl_->plain_crc(); }

}  // namespace logslice::internal
