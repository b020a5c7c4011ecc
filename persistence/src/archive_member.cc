#include "archive_member.h"

#include <zlib.h>

#include <limits>

namespace logslice::internal {

namespace {

// Magic, deflate, FEXTRA, no time, no flags, system unknown; 64 bytes of extra field, which is one
// subfield "LS" of 60 bytes, in version 1.
constexpr std::string_view kStart("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x40\0LS\x3c\0\x01", 17);
constexpr size_t kPayloadStart = 16;
constexpr size_t kCheckStart = kMemberHeaderBytes - 4;  // CRC-32 of the payload before it

constexpr uint8_t kLastFlag = 1;
constexpr uint8_t kWithinLineFlag = 2;

constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();
// Of what gzip needs around nothing.
constexpr int64_t kMemberBytesMin = kMemberHeaderBytes + kMemberTrailerBytes + 2;

void put(std::string& out, uint64_t value, int byte_count) {
  for (int i = 0; i < byte_count; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

uint64_t get(std::string_view bytes, size_t start, int byte_count) {
  uint64_t value = 0;
  for (int i = byte_count; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[start + static_cast<size_t>(i)]);
  }
  return value;
}

int64_t get_signed(std::string_view bytes, size_t start) {
  return static_cast<int64_t>(get(bytes, start, 8));
}

uint32_t crc_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

int64_t micros_of(const std::optional<absl::Time>& time, absl::Duration round_up) {
  if (!time.has_value()) return kNoTime;
  return absl::ToUnixMicros(*time + round_up);
}

std::optional<absl::Time> time_of(int64_t micros) {
  if (micros == kNoTime) return std::nullopt;
  return absl::FromUnixMicros(micros);
}

}  // namespace

std::string_view member_header_start() { return kStart; }

std::string encode_member_header(const ArchiveMember& member) {
  std::string header(kStart);
  put(header, (member.is_last ? kLastFlag : 0) | (member.begins_within_line ? kWithinLineFlag : 0),
      1);
  put(header, 0, 2);
  put(header, static_cast<uint64_t>(member.number), 4);
  put(header, static_cast<uint64_t>(member.plain_size_bytes), 4);
  put(header, static_cast<uint64_t>(member.size_bytes), 4);
  put(header, static_cast<uint64_t>(member.plain_offset), 8);
  put(header, static_cast<uint64_t>(member.first_seq), 8);
  put(header, static_cast<uint64_t>(member.last_seq), 8);
  // absl::ToUnixMicros rounds down.
  put(header, static_cast<uint64_t>(micros_of(member.first_ts, absl::ZeroDuration())), 8);
  put(header, static_cast<uint64_t>(micros_of(member.last_ts, absl::Nanoseconds(999))), 8);
  put(header, crc_of(std::string_view(header).substr(kPayloadStart)), 4);
  return header;
}

std::optional<ArchiveMember> parse_member_header(std::string_view bytes) {
  if (bytes.size() < kMemberHeaderBytes || !bytes.starts_with(kStart)) return std::nullopt;
  const std::string_view payload = bytes.substr(kPayloadStart, kCheckStart - kPayloadStart);
  if (get(bytes, kCheckStart, 4) != crc_of(payload)) return std::nullopt;
  ArchiveMember member;
  const auto flags = static_cast<uint8_t>(payload[1]);
  member.is_last = (flags & kLastFlag) != 0;
  member.begins_within_line = (flags & kWithinLineFlag) != 0;
  member.number = static_cast<int64_t>(get(payload, 4, 4));
  member.plain_size_bytes = static_cast<int64_t>(get(payload, 8, 4));
  member.size_bytes = static_cast<int64_t>(get(payload, 12, 4));
  member.plain_offset = get_signed(payload, 16);
  member.first_seq = get_signed(payload, 24);
  member.last_seq = get_signed(payload, 32);
  member.first_ts = time_of(get_signed(payload, 40));
  member.last_ts = time_of(get_signed(payload, 48));
  // Whoever made it: what readers rely on must be so.
  if (member.plain_size_bytes > kMemberPlainBytesMax || member.size_bytes > kMemberBytesMax ||
      member.size_bytes < kMemberBytesMin || member.plain_offset < 0 || member.first_seq < 0 ||
      member.last_seq < member.first_seq) {
    return std::nullopt;
  }
  return member;
}

}  // namespace logslice::internal
