// This header defines the grammar of JSON (RFC 8259) on bytes: finding the end of a value while
// checking it, and reading the texts of strings and numbers.
//
// Every function here relies on a sentinel: some byte below 0x20, other than white space within a
// value, must follow the text (the newline of a line; zeros behind a copy), and kReadPaddingBytes
// must be readable behind that. All return null for what is not JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "logslice/reflection/internal/json_support.h"

namespace logslice::internal {

// What a `\n` between tokens is.
enum class LineBreak { kEndsText, kIsSpace };

// What `skip_value` saw on its way.
struct ValueTraits {
  bool has_line_break = false;  // a carriage return or a newline between tokens
};

// Returns the end of the value at `text`, which is validated: tokens, nesting up to
// JsonValue::kDepthMax, escapes, UTF-8. Lone surrogate escapes are let through. Iterative.
const char* skip_value(const char* text, LineBreak line_break, ValueTraits* traits);

// Returns the first byte that is no white space. A line break is noted in `*traits`.
const char* skip_space(const char* text, LineBreak line_break, ValueTraits* traits);

// Returns the end of the number at `text`.
const char* skip_number(const char* text);

// `text` is behind the opening quote. Returns the position of the closing quote, validated.
const char* skip_string(const char* text);

// Reads a string whose opening quote is before `text`: unescapes it into `*out` and returns the
// position of the closing quote. A lone surrogate escape becomes U+FFFD.
const char* read_string(const char* text, std::string* out);

// The value of a valid number; false if it is out of range. Too small ones become zero.
bool read_float(std::string_view number, float* value);
bool read_float(std::string_view number, double* value);

// Whether a valid number has neither fraction nor exponent.
bool is_integer_text(std::string_view number);

}  // namespace logslice::internal
