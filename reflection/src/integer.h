// This header defines integers by kind: eight types that differ in width and sign only.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "logslice/reflection/internal/value_type.h"

namespace logslice::internal {

// Calls `use` with a null pointer to the integer type of the kind.
template <typename Use>
auto with_integer_type(ValueKind kind, Use use) {
  switch (kind) {
    case ValueKind::kInt8:
      return use(static_cast<int8_t*>(nullptr));
    case ValueKind::kInt16:
      return use(static_cast<int16_t*>(nullptr));
    case ValueKind::kInt32:
      return use(static_cast<int32_t*>(nullptr));
    case ValueKind::kUint8:
      return use(static_cast<uint8_t*>(nullptr));
    case ValueKind::kUint16:
      return use(static_cast<uint16_t*>(nullptr));
    case ValueKind::kUint32:
      return use(static_cast<uint32_t*>(nullptr));
    case ValueKind::kUint64:
      return use(static_cast<uint64_t*>(nullptr));
    default:
      return use(static_cast<int64_t*>(nullptr));
  }
}

// Writes up to 20 characters and returns the end.
inline char* write_integer(ValueKind kind, const void* value, char* out) {
  if (kind == ValueKind::kInt64) {  // mostly
    return std::to_chars(out, out + 20, *static_cast<const int64_t*>(value)).ptr;
  }
  return with_integer_type(kind, [&]<typename T>(T*) {
    return std::to_chars(out, out + 20, *static_cast<const T*>(value)).ptr;
  });
}

// Reads the integer at the beginning of the text; returns the end, or null if there is none of the
// type's range. JSON's grammar (no leading zeros) is the caller's to check.
inline const char* read_integer(ValueKind kind, const char* text, const char* end, void* value) {
  return with_integer_type(kind, [&]<typename T>(T*) -> const char* {
    T& typed = *static_cast<T*>(value);
    // from_chars takes no minus for unsigned types; JSON's -0 is zero there, too.
    if (std::is_unsigned_v<T> && end - text == 2 && text[0] == '-' && text[1] == '0') {
      typed = 0;
      return end;
    }
    const auto parsed = std::from_chars(text, end, typed);
    return parsed.ec == std::errc{} ? parsed.ptr : nullptr;
  });
}

// Reads a JSON number that is not negative and has neither fraction nor exponent, of up to 18
// digits; returns its end. Null for any other text, of which nothing is said then. What ends the
// number must be readable.
inline const char* read_short_integer(const char* text, int64_t* value) {
  constexpr int kDigitsMax = 18;
  const auto digit_at = [](const char* at) { return static_cast<unsigned>(*at) - unsigned{'0'}; };
  uint64_t sum = digit_at(text);
  if (sum > 9) return nullptr;
  const bool begins_with_zero = sum == 0;
  const char* at = text + 1;
  for (unsigned digit; (digit = digit_at(at)) <= 9; ++at) {
    if (begins_with_zero || at - text == kDigitsMax) return nullptr;
    sum = sum * 10 + digit;
  }
  if (*at == '.' || *at == 'e' || *at == 'E') return nullptr;
  *value = static_cast<int64_t>(sum);
  return at;
}

}  // namespace logslice::internal
