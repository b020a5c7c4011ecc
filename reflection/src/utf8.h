// This header defines the check and the repair of UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

#include "logslice/reflection/internal/json_support.h"

namespace logslice::internal {

// is_valid_utf8() without vector instructions; the truth that tests hold the fast one against.
bool is_valid_utf8_scalar(const char* text, size_t size_bytes);

// The length of the well-formed sequence at the beginning of the text, or 0 if there is none.
size_t utf8_sequence_bytes(const char* text, size_t size_bytes);

// The length of the ill-formed piece at the beginning: the longest beginning of a well-formed
// sequence, at least one byte, as the Unicode standard recommends replacing it by one U+FFFD.
size_t utf8_broken_bytes(const char* text, size_t size_bytes);

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

}  // namespace logslice::internal
