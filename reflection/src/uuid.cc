#include "logslice/reflection/uuid.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "hex_block.h"
#include "uuid_text.h"

namespace logslice {

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
  std::array<uint8_t, 16> bytes;
  if (text.size() != kTextBytes || !internal::read_uuid(text.data(), &bytes)) return std::nullopt;
  return Uuid(bytes);
}

void Uuid::write_to(char* out) const {
  const std::array<uint64_t, 4> digits = internal::hex_digits(bytes_.data());
  const auto* const middle = reinterpret_cast<const char*>(&digits[1]);
  std::memcpy(out, &digits[0], 8);
  std::memcpy(out + 9, middle, 4);
  std::memcpy(out + 14, middle + 4, 4);
  std::memcpy(out + 19, middle + 8, 4);
  std::memcpy(out + 24, middle + 12, 4);
  std::memcpy(out + 28, &digits[3], 8);
  for (const size_t place : internal::kUuidDashPlaces) out[place] = '-';
}

std::string Uuid::to_string() const {
  std::string text(kTextBytes, '\0');
  write_to(text.data());
  return text;
}

}  // namespace logslice
