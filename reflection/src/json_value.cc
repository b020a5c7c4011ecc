#include "logslice/reflection/json_value.h"

#include <algorithm>
#include <string>
#include <vector>

#include "json_tape.h"
#include "json_text.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/json_conversion.h"

namespace logslice {
namespace {

using internal::JsonTape;
using internal::Token;
using internal::TokenKind;

constexpr std::string_view kJsonSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kJsonSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kJsonSpace) - begin + 1);
}

// The members of an object by name; of several with one name, the last.
std::vector<std::pair<std::string_view, uint32_t>> members_of(const JsonTape& tape,
                                                              uint32_t object) {
  std::vector<std::pair<std::string_view, uint32_t>> members;
  for (uint32_t key = object + 1; key < tape.token(object).next; key = tape.token(key + 1).next) {
    members.emplace_back(tape.token(key).text, key + 1);
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<std::string_view, uint32_t>> last;
  for (const auto& member : members) {
    if (!last.empty() && last.back().first == member.first) {
      last.back() = member;
    } else {
      last.push_back(member);
    }
  }
  return last;
}

bool numbers_equal(std::string_view a, std::string_view b) {
  if (a == b) return true;
  // Two different integers are different even where doubles cannot tell them apart.
  if (internal::is_integer_text(a) && internal::is_integer_text(b)) return false;
  double a_value = 0;
  double b_value = 0;
  return internal::read_float(a, &a_value) && internal::read_float(b, &b_value) &&
         a_value == b_value;
}

// Recursion ends at the depth that every JsonValue keeps.
bool values_equal(const JsonTape& a, uint32_t a_index, const JsonTape& b, uint32_t b_index) {
  const Token& a_token = a.token(a_index);
  const Token& b_token = b.token(b_index);
  if (a_token.kind != b_token.kind) return false;
  switch (a_token.kind) {
    case TokenKind::kNumber:
      return numbers_equal(a_token.text, b_token.text);
    case TokenKind::kString:
      return a_token.text == b_token.text;
    case TokenKind::kArray: {
      uint32_t a_at = a_index + 1;
      uint32_t b_at = b_index + 1;
      while (a_at < a_token.next && b_at < b_token.next) {
        if (!values_equal(a, a_at, b, b_at)) return false;
        a_at = a.token(a_at).next;
        b_at = b.token(b_at).next;
      }
      return a_at == a_token.next && b_at == b_token.next;
    }
    case TokenKind::kObject: {
      const auto a_members = members_of(a, a_index);
      const auto b_members = members_of(b, b_index);
      return a_members.size() == b_members.size() &&
             std::equal(a_members.begin(), a_members.end(), b_members.begin(),
                        [&](const auto& left, const auto& right) {
                          return left.first == right.first &&
                                 values_equal(a, left.second, b, right.second);
                        });
    }
    default:
      return true;
  }
}

}  // namespace

absl::StatusOr<JsonValue> JsonValue::parse(std::string_view text) {
  const std::string_view trimmed = trim(text);
  std::string padded(trimmed);
  padded.append(internal::kReadPaddingBytes, '\0');
  internal::ValueTraits traits;
  const char* const end =
      internal::skip_value(padded.data(), internal::LineBreak::kIsSpace, &traits);
  if (end == padded.data() + trimmed.size()) {
    JsonValue value;
    value.text_ = traits.has_line_break ? internal::compact(trimmed) : std::string(trimmed);
    return value;
  }
  // Only now is it worth finding out what is wrong, and where.
  JsonTape tape;
  if (!tape.parse(text)) return internal::invalid_argument("not a JSON value: " + tape.problem());
  return internal::invalid_argument("not a JSON value: nested deeper than " +
                                    std::to_string(kDepthMax) + " levels");
}

bool JsonValue::equivalent(const JsonValue& other) const {
  if (text_ == other.text_) return true;
  JsonTape mine;
  JsonTape theirs;
  return mine.parse(text_) && theirs.parse(other.text_) && values_equal(mine, 0, theirs, 0);
}

namespace internal {

absl::StatusOr<JsonValue> to_json_value_erased(const ValueType& type, const void* value) {
  if (absl::Status status = check_value_encodable(type, value); !status.ok()) return status;
  ByteBuffer buffer;
  encode_value(type, value, buffer);
  return JsonValue::parse(buffer.view());
}

}  // namespace internal
}  // namespace logslice
