// This header defines `Uuid`, the 128-bit identifier of RFC 4122, as sessions and events carry it.
//
//   logslice::Uuid id = logslice::Uuid::random();
//   id.to_string();   // "1c04af8d-78ad-4935-b827-54b74c554137"
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace logslice {

// A value; the default is the nil UUID (all zeros). Threads: as any plain value.
class Uuid {
 public:
  static constexpr size_t kTextBytes = 36;

  constexpr Uuid() = default;
  explicit constexpr Uuid(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}

  // A random (version 4) UUID from the operating system's source. Any thread.
  static Uuid random();

  // Reads the 36-character form, in either case. Anything else, braces included, is nullopt.
  static std::optional<Uuid> parse(std::string_view text);

  // The 36-character form in lower case.
  std::string to_string() const;

  // Writes the same `kTextBytes` characters, without a terminator, to `out`.
  void write_to(char* out) const;

  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  bool is_nil() const { return bytes_ == std::array<uint8_t, 16>{}; }

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace logslice

template <>
struct std::hash<logslice::Uuid> {
  size_t operator()(const logslice::Uuid& id) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
  }
};
