#include "safe_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace logslice::command {

namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kCutMark = "\xE2\x80\xA6";      // …, one column

struct Decoded {
  char32_t code_point = kInvalid;
  size_t size_bytes = 1;  // of an invalid sequence: the one byte to pass over
};

// The first code point of `text`, which is not empty. RFC 3629: no overlong forms, no surrogates.
Decoded decode_first(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size_bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size_bytes) return {};
  char32_t code_point = lead & (0x7Fu >> size_bytes);
  for (size_t i = 1; i < size_bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLowest[size_bytes] || code_point > 0x10FFFF || is_surrogate) return {};
  return {code_point, size_bytes};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <size_t kCount>
bool is_in(const Range (&ranges)[kCount], char32_t code_point) {
  const Range* const found =
      std::find_if(std::begin(ranges), std::end(ranges),
                   [code_point](const Range& range) { return code_point <= range.last; });
  return found != std::end(ranges) && code_point >= found->first;
}

constexpr Range kActing[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x061C, 0x061C}, {0x200E, 0x200F},
    {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF},
};
constexpr Range kNoColumn[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},   {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D},   {0x20D0, 0x20FF},
    {0x302A, 0x302D}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0100, 0xE01EF},
};
constexpr Range kTwoColumns[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x2728, 0x2728},
    {0x274C, 0x274E},   {0x2753, 0x2757},   {0x2795, 0x2797},   {0x2B50, 0x2B55},
    {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},   {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x16FE0, 0x18DFF}, {0x1B000, 0x1B2FF}, {0x1F18E, 0x1F19A}, {0x1F200, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF},
    {0x20000, 0x3FFFD},
};

int columns_of_one(char32_t code_point) {
  if (code_point < 0x300) return 1;
  if (is_in(kNoColumn, code_point)) return 0;
  return is_in(kTwoColumns, code_point) ? 2 : 1;
}

// All that act are below 0x10000.
void append_escape(std::string& out, char32_t code_point) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[code_point >> shift & 0xF];
}

// What of the text can be shown: all of it, or what fits before the mark.
std::string_view fitting_part(std::string_view safe, int columns) {
  int used = 0;
  size_t with_mark = 0;  // what may stay if a mark must follow
  for (size_t at = 0; at < safe.size();) {
    const Decoded first = decode_first(safe.substr(at));
    used += columns_of_one(first.code_point);
    if (used > columns) return safe.substr(0, with_mark);
    at += first.size_bytes;
    if (used < columns) with_mark = at;
  }
  return safe;
}

bool is_plain(char byte) { return byte >= 0x20 && byte < 0x7F; }

}  // namespace

void append_safe_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    // Runs of plain ASCII are most of what there is.
    const size_t plain =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Decoded first = decode_first(text);
    if (first.code_point == kInvalid) {
      out += kReplacement;
    } else if (is_in(kActing, first.code_point)) {
      append_escape(out, first.code_point);
    } else {
      out.append(text.substr(0, first.size_bytes));
    }
    text.remove_prefix(first.size_bytes);
  }
}

std::string safe_text(std::string_view text) {
  std::string out;
  append_safe_text(out, text);
  return out;
}

int columns_of(std::string_view safe) {
  int columns = 0;
  while (!safe.empty()) {
    const Decoded first = decode_first(safe);
    columns += columns_of_one(first.code_point);
    safe.remove_prefix(first.size_bytes);
  }
  return columns;
}

void append_cut(std::string& out, std::string_view safe, int columns) {
  const std::string_view part = fitting_part(safe, columns);
  out.append(part);
  if (part.size() < safe.size()) out += kCutMark;
}

}  // namespace logslice::command
