// This header defines what other modules need of the grammar of JSON when they use RapidJSON
// themselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace logslice::internal {

// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, nothing above
// U+10FFFF). RapidJSON's own check reads beyond a text that ends within a sequence, so ask this
// first.
bool is_valid_utf8(const char* text, size_t size_bytes);

// How many bytes at the beginning are well-formed UTF-8. Slower: for messages.
size_t valid_utf8_prefix_bytes(std::string_view text);

// Replaces what is not UTF-8 by U+FFFD, as the text of entries is repaired.
std::string repaired_utf8(std::string_view text);

// Replaces what RapidJSON turns away although JSON allows it, byte for byte, so that offsets stay:
// a lone surrogate escape by that of U+FFFD, and a number of more than two digits, which may be
// beyond a double's range, by a harmless one. What the number was has to be taken from the
// original.
void make_readable_by_rapidjson(std::string* text);

// The first half of that alone.
void replace_lone_surrogates(std::string* text);

// Copies a valid value without the white space between its tokens.
std::string compact(std::string_view value);

}  // namespace logslice::internal
