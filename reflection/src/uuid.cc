#include "logslice/reflection/uuid.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <type_traits>

#include "hex_block.h"

namespace logslice {
namespace {

constexpr size_t kDashPlaces[] = {8, 13, 18, 23};

// Calls `copy` for each group of digits with its place in the text, its first digit among all, and
// how many there are: as a constant, so that each is copied by an instruction or two.
template <typename Copy>
void for_each_group(Copy copy) {
  copy(0, 0, std::integral_constant<size_t, 8>());
  copy(9, 8, std::integral_constant<size_t, 4>());
  copy(14, 12, std::integral_constant<size_t, 4>());
  copy(19, 16, std::integral_constant<size_t, 4>());
  copy(24, 20, std::integral_constant<size_t, 12>());
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
  for (const size_t place : kDashPlaces) {
    if (text[place] != '-') return std::nullopt;
  }
  char digits[internal::kHexBlockDigits];
  for_each_group([&](size_t place, size_t digit, auto count) {
    std::memcpy(digits + digit, text.data() + place, count);
  });
  std::array<uint8_t, 16> bytes;
  if (!internal::read_hex_block(digits, bytes.data())) return std::nullopt;
  return Uuid(bytes);
}

void Uuid::write_to(char* out) const {
  char digits[internal::kHexBlockDigits];
  internal::write_hex_block(bytes_.data(), digits);
  for_each_group([&](size_t place, size_t digit, auto count) {
    std::memcpy(out + place, digits + digit, count);
  });
  for (const size_t place : kDashPlaces) out[place] = '-';
}

std::string Uuid::to_string() const {
  std::string text(kTextBytes, '\0');
  write_to(text.data());
  return text;
}

}  // namespace logslice
