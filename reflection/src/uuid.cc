#include "logslice/reflection/uuid.h"

#include <sys/random.h>

#include <cerrno>
#include <random>

namespace logslice {
namespace {

constexpr char kHex[] = "0123456789abcdef";

constexpr bool is_dash_position(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::random() {
  std::array<uint8_t, 16> bytes;
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got > 0) {
      filled += static_cast<size_t>(got);
    } else if (errno != EINTR) {
      // A kernel or a sandbox without getrandom: the library's own way to the same source.
      std::random_device device;
      for (; filled < bytes.size(); ++filled) bytes[filled] = static_cast<uint8_t>(device());
    }
  }
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);  // the variant of RFC 4122
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextBytes) return std::nullopt;
  std::array<uint8_t, 16> bytes;
  size_t filled = 0;
  for (size_t at = 0; at < kTextBytes;) {
    if (is_dash_position(at)) {
      if (text[at] != '-') return std::nullopt;
      ++at;
      continue;
    }
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[filled++] = static_cast<uint8_t>(high << 4 | low);
    at += 2;
  }
  return Uuid(bytes);
}

void Uuid::write_to(char* out) const {
  size_t at = 0;
  for (const uint8_t byte : bytes_) {
    if (is_dash_position(at)) out[at++] = '-';
    out[at++] = kHex[byte >> 4];
    out[at++] = kHex[byte & 15];
  }
}

std::string Uuid::to_string() const {
  std::string text(kTextBytes, '\0');
  write_to(text.data());
  return text;
}

}  // namespace logslice
