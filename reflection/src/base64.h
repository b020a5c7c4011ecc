// This header defines base64 (RFC 4648, with padding), the JSON form of bytes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace logslice::internal {

constexpr size_t base64_bytes(size_t size_bytes) { return (size_bytes + 2) / 3 * 4; }

// Writes base64_bytes(bytes.size()) characters and returns the end.
char* write_base64(const std::vector<std::byte>& bytes, char* out);

// False for any other alphabet, missing padding, or bits that are cut off.
bool read_base64(std::string_view text, std::vector<std::byte>* bytes);

}  // namespace logslice::internal
