// This header defines how a string is written between the quotes of a JSON string.
#pragma once

#include <cstddef>
#include <cstdint>

namespace logslice::internal {

// A byte may become `\u001f`.
inline constexpr size_t kEscapedBytesPerByteMax = 6;
// Strings are copied a block at a time; so much beyond the escaped text may be overwritten.
inline constexpr size_t kEscapeSlackBytes = 16;

// Writes `text` escaped and returns the end. `out` has kEscapedBytesPerByteMax bytes per byte and
// kEscapeSlackBytes more. Invalid UTF-8 becomes U+FFFD, and then `*repaired_strings` grows by one.
char* write_escaped(const char* text, size_t size_bytes, char* out, int64_t* repaired_strings);

}  // namespace logslice::internal
