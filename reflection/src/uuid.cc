#include "logslice/reflection/uuid.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <random>

namespace logslice {
namespace {

// Both digits of every byte.
constexpr std::array<std::array<char, 2>, 256> make_hex_pairs() {
  constexpr char kHex[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t byte = 0; byte < pairs.size(); ++byte)
    pairs[byte] = {kHex[byte >> 4], kHex[byte & 15]};
  return pairs;
}

constexpr std::array<std::array<char, 2>, 256> kHexPairs = make_hex_pairs();

// Where each byte's two digits stand in the text, and where the dashes do.
constexpr std::array<uint8_t, 16> kDigitPlaces = {0,  2,  4,  6,  9,  11, 14, 16,
                                                  19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<uint8_t, 4> kDashPlaces = {8, 13, 18, 23};

// 0xFF for what is no digit, so that the values of many characters can be checked at once.
constexpr std::array<uint8_t, 256> make_hex_values() {
  std::array<uint8_t, 256> values{};
  values.fill(0xFF);
  for (uint8_t i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
    values[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(10 + i);
  }
  return values;
}

constexpr std::array<uint8_t, 256> kHexValues = make_hex_values();

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
  for (const uint8_t place : kDashPlaces) {
    if (text[place] != '-') return std::nullopt;
  }
  std::array<uint8_t, 16> bytes;
  unsigned seen = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const unsigned high = kHexValues[static_cast<unsigned char>(text[kDigitPlaces[i]])];
    const unsigned low = kHexValues[static_cast<unsigned char>(text[kDigitPlaces[i] + 1u])];
    seen |= high | low;
    bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  if (seen > 0x0F) return std::nullopt;
  return Uuid(bytes);
}

void Uuid::write_to(char* out) const {
  for (size_t i = 0; i < bytes_.size(); ++i) {
    std::memcpy(out + kDigitPlaces[i], kHexPairs[bytes_[i]].data(), 2);
  }
  for (const uint8_t place : kDashPlaces) out[place] = '-';
}

std::string Uuid::to_string() const {
  std::string text(kTextBytes, '\0');
  write_to(text.data());
  return text;
}

}  // namespace logslice
