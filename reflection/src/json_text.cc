#include "json_text.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "logslice/reflection/json_value.h"
#include "string_block.h"
#include "utf8.h"

namespace logslice::internal {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The value of four hexadecimal digits, or -1.
int read_hex4(const char* text) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// `text` is at a backslash. Returns the end of the escape.
const char* skip_escape(const char* text) {
  switch (text[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return text + 2;
    case 'u':
      return read_hex4(text + 2) < 0 ? nullptr : text + 6;
    default:
      return nullptr;
  }
}

// The first byte that is not plain ASCII text of a string.
const char* find_special(const char* text) {
  for (;; text += kBlockBytes) {
    const unsigned mask = StringBlock::load(text).special_mask();
    if (mask != 0) return text + std::countr_zero(mask);
  }
}

// The first quote, backslash or control.
const char* find_escape(const char* text) {
  for (;; text += kBlockBytes) {
    const unsigned mask = StringBlock::load(text).escape_mask();
    if (mask != 0) return text + std::countr_zero(mask);
  }
}

void append_utf8(uint32_t code_point, std::string* out) {
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | code_point >> 6));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | code_point >> 12));
    out->push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | code_point >> 18));
    out->push_back(static_cast<char>(0x80 | (code_point >> 12 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  }
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

// `text` is at a backslash. Returns the end of the escape (of both, for a surrogate pair).
const char* read_escape(const char* text, std::string* out) {
  switch (text[1]) {
    case '"':
    case '\\':
    case '/':
      out->push_back(text[1]);
      return text + 2;
    case 'b':
      out->push_back('\b');
      return text + 2;
    case 'f':
      out->push_back('\f');
      return text + 2;
    case 'n':
      out->push_back('\n');
      return text + 2;
    case 'r':
      out->push_back('\r');
      return text + 2;
    case 't':
      out->push_back('\t');
      return text + 2;
    case 'u':
      break;
    default:
      return nullptr;
  }
  const int unit = read_hex4(text + 2);
  if (unit < 0) return nullptr;
  if (is_high_surrogate(unit) && text[6] == '\\' && text[7] == 'u') {
    const int low = read_hex4(text + 8);
    if (is_low_surrogate(low)) {
      append_utf8(static_cast<uint32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), out);
      return text + 12;
    }
  }
  if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
    out->append(kReplacementCharacter);
  } else {
    append_utf8(static_cast<uint32_t>(unit), out);
  }
  return text + 6;
}

// Which containers are open, a bit each: set for an object, clear for an array.
class OpenContainers {
 public:
  bool empty() const { return depth_ == 0; }
  bool full() const { return depth_ == JsonValue::kDepthMax; }
  bool in_object() const { return (bits_[index(depth_ - 1)] >> ((depth_ - 1) & 63) & 1) != 0; }
  void push(bool object) {
    uint64_t& word = bits_[index(depth_)];
    const uint64_t bit = uint64_t{1} << (depth_ & 63);
    word = object ? word | bit : word & ~bit;
    ++depth_;
  }
  void pop() { --depth_; }

 private:
  static size_t index(int depth) { return static_cast<size_t>(depth) >> 6; }

  uint64_t bits_[JsonValue::kDepthMax / 64] = {};
  int depth_ = 0;
};

// A value that is not a container.
const char* skip_scalar(const char* text) {
  switch (*text) {
    case '"':
      text = skip_string(text + 1);
      return text == nullptr ? nullptr : text + 1;
    case 't':
      return std::memcmp(text, "true", 4) == 0 ? text + 4 : nullptr;
    case 'f':
      return std::memcmp(text, "false", 5) == 0 ? text + 5 : nullptr;
    case 'n':
      return std::memcmp(text, "null", 4) == 0 ? text + 4 : nullptr;
    default:
      return skip_number(text);
  }
}

// A member's name up to its value.
const char* skip_key(const char* text, LineBreak line_break, ValueTraits* traits) {
  if (*text != '"') return nullptr;
  text = skip_string(text + 1);
  if (text == nullptr) return nullptr;
  text = skip_space(text + 1, line_break, traits);
  return *text == ':' ? skip_space(text + 1, line_break, traits) : nullptr;
}

template <typename Number>
bool read_floating(std::string_view number, Number* value) {
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), *value);
  if (parsed.ec == std::errc{}) return true;
  // from_chars says only that the number is out of range; a negative exponent tells that it is too
  // small rather than too large.
  const size_t exponent = number.find_first_of("eE");
  if (exponent == std::string_view::npos || exponent > 300 || number[exponent + 1] != '-') {
    return false;
  }
  *value = number.front() == '-' ? -Number{0} : Number{0};
  return true;
}

}  // namespace

const char* skip_space(const char* text, LineBreak line_break, ValueTraits* traits) {
  for (;; ++text) {
    if (*text == ' ' || *text == '\t') continue;
    if (*text != '\r' && (*text != '\n' || line_break == LineBreak::kEndsText)) return text;
    traits->has_line_break = true;
  }
}

const char* skip_string(const char* text) {
  const char* const begin = text;
  text = find_special(text);
  if (*text == '"') return text;
  bool ascii = true;
  for (;;) {
    const auto c = static_cast<unsigned char>(*text);
    if (c >= 0x80) {
      ascii = false;
      text = find_escape(text);
    } else if (c == '\\') {
      text = skip_escape(text);
      if (text == nullptr) return nullptr;
      text = ascii ? find_special(text) : find_escape(text);
    } else if (c == '"') {
      break;
    } else {
      return nullptr;
    }
  }
  return ascii || is_valid_utf8(begin, static_cast<size_t>(text - begin)) ? text : nullptr;
}

const char* read_string(const char* text, std::string* out) {
  // Without escapes, in one piece.
  const char* end = find_special(text);
  if (static_cast<unsigned char>(*end) >= 0x80) {
    end = find_escape(end);
    if (*end == '"' && !is_valid_utf8(text, static_cast<size_t>(end - text))) return nullptr;
  }
  if (*end == '"') {
    out->assign(text, static_cast<size_t>(end - text));
    return end;
  }
  end = skip_string(text);
  if (end == nullptr) return nullptr;
  out->clear();
  while (text != end) {
    const char* const plain = find_escape(text);
    out->append(text, static_cast<size_t>(plain - text));
    text = plain == end ? end : read_escape(plain, out);
  }
  return end;
}

const char* skip_number(const char* text) {
  if (*text == '-') ++text;
  if (*text == '0') {
    ++text;
  } else {
    if (!is_digit(*text)) return nullptr;
    while (is_digit(*text)) ++text;
  }
  if (*text == '.') {
    if (!is_digit(*++text)) return nullptr;
    while (is_digit(*text)) ++text;
  }
  if (*text == 'e' || *text == 'E') {
    ++text;
    if (*text == '+' || *text == '-') ++text;
    if (!is_digit(*text)) return nullptr;
    while (is_digit(*text)) ++text;
  }
  return text;
}

const char* skip_value(const char* text, LineBreak line_break, ValueTraits* traits) {
  OpenContainers open;
  for (;;) {
    // At the beginning of a value.
    if (*text == '{' || *text == '[') {
      if (open.full()) return nullptr;
      const bool object = *text == '{';
      open.push(object);
      text = skip_space(text + 1, line_break, traits);
      if (*text != (object ? '}' : ']')) {
        if (object) text = skip_key(text, line_break, traits);
        if (text == nullptr) return nullptr;
        continue;
      }
      open.pop();
      ++text;
    } else {
      text = skip_scalar(text);
      if (text == nullptr) return nullptr;
    }
    // Behind a value: close what ends here, until a comma leads to the next one.
    for (;;) {
      if (open.empty()) return text;
      text = skip_space(text, line_break, traits);
      const bool object = open.in_object();
      if (*text == ',') {
        text = skip_space(text + 1, line_break, traits);
        if (object) text = skip_key(text, line_break, traits);
        if (text == nullptr) return nullptr;
        break;
      }
      if (*text != (object ? '}' : ']')) return nullptr;
      open.pop();
      ++text;
    }
  }
}

bool read_float(std::string_view number, float* value) { return read_floating(number, value); }
bool read_float(std::string_view number, double* value) { return read_floating(number, value); }

bool is_integer_text(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

std::string compact(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  bool in_string = false;
  for (size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    if (!in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) continue;
    out.push_back(c);
    if (in_string && c == '\\') out.push_back(value[++at]);
    if (c == '"') in_string = !in_string;
  }
  return out;
}

}  // namespace logslice::internal
