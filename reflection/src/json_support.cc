#include "logslice/reflection/internal/json_support.h"

#include <cstring>

#include "json_text.h"
#include "logslice/reflection/internal/line_decoder.h"

namespace logslice::internal {
namespace {

// RapidJSON computes every number's value and turns away those beyond a double's range, which
// JSON's grammar allows. Each long number is replaced in the copy by a harmless one of the same
// length; the token's text is taken from the original.
void replace_numbers(std::string* text) {
  text->append(kReadPaddingBytes, '\0');
  for (char* at = text->data(); *at != '\0';) {
    if (*at == '"') {
      const char* end = skip_string(at + 1);
      if (end == nullptr) break;
      at = text->data() + (end - text->data()) + 1;
    } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
      const char* end = skip_number(at);
      if (end == nullptr) break;
      const bool negative = *at == '-';
      const size_t digits = static_cast<size_t>(end - at) - (negative ? 1 : 0);
      at += negative ? 1 : 0;
      if (digits > 2) {
        std::memset(at, '0', digits);
        at[1] = '.';
      }
      at += digits;
    } else {
      ++at;
    }
  }
  text->resize(text->size() - kReadPaddingBytes);
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

// RapidJSON turns away lone surrogate escapes, which other writers' logs do hold. Each is replaced
// in the copy by the escape of U+FFFD, which has the same length.
void replace_lone_surrogates(std::string* text) {
  const auto unit_at = [text](size_t at) {
    // "\uXXXX" with D800 to DFFF, or 0. What is no escape must stay one that nobody takes.
    if (at + 6 > text->size() || (*text)[at] != '\\' || (*text)[at + 1] != 'u') return 0;
    if (!is_hex_digit((*text)[at + 4]) || !is_hex_digit((*text)[at + 5])) return 0;
    const char first = (*text)[at + 2];
    const char second = static_cast<char>((*text)[at + 3] | 0x20);  // lower case; digits stay
    if (first != 'd' && first != 'D') return 0;
    if (second == '8' || second == '9' || second == 'a' || second == 'b') return 0xD800;
    if (second == 'c' || second == 'd' || second == 'e' || second == 'f') return 0xDC00;
    return 0;
  };
  for (size_t at = text->find('\\'); at < text->size(); at = text->find('\\', at)) {
    const int unit = unit_at(at);
    if (unit == 0xD800 && unit_at(at + 6) == 0xDC00) {
      at += 12;
    } else if (unit != 0) {
      std::memcpy(text->data() + at + 2, "FFFD", 4);
      at += 6;
    } else {
      at += 2;
    }
  }
}

void make_readable_by_rapidjson(std::string* text) {
  replace_lone_surrogates(text);
  replace_numbers(text);
}

}  // namespace logslice::internal
