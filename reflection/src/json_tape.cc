#include "json_tape.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include "logslice/reflection/internal/json_support.h"
#include "utf8.h"

namespace logslice::internal {

// Collects the tokens. Walks over the original text at the same time to find where each begins and
// ends, which the events do not tell.
class JsonTape::Handler {
 public:
  explicit Handler(JsonTape* tape) : tape_(*tape) { tape_.tokens_.clear(); }

  bool Null() { return add_literal(TokenKind::kNull, 4); }
  bool Bool(bool value) {
    return value ? add_literal(TokenKind::kTrue, 4) : add_literal(TokenKind::kFalse, 5);
  }
  bool RawNumber(const char*, rapidjson::SizeType length, bool) {
    const size_t begin = skip_separators();
    at_ = begin + length;
    return add({TokenKind::kNumber, 0, tape_.text_.substr(begin, length), begin, at_});
  }
  // Numbers come as RawNumber; the reader's concept asks for these all the same.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return add_string(TokenKind::kString, {text, length});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return add_string(TokenKind::kKey, {text, length});
  }
  bool StartObject() { return start(TokenKind::kObject); }
  bool StartArray() { return start(TokenKind::kArray); }
  bool EndObject(rapidjson::SizeType) { return end_container(); }
  bool EndArray(rapidjson::SizeType) { return end_container(); }

  bool too_deep() const { return too_deep_; }

 private:
  size_t skip_separators() { return tape_.text_.find_first_not_of(" \t\r\n,:", at_); }

  bool add(Token token) {
    token.next = static_cast<uint32_t>(tape_.tokens_.size() + 1);
    tape_.tokens_.push_back(token);
    return true;
  }

  bool add_literal(TokenKind kind, size_t size_bytes) {
    const size_t begin = skip_separators();
    at_ = begin + size_bytes;
    return add({kind, 0, {}, begin, at_});
  }

  bool add_string(TokenKind kind, std::string_view text) {
    const size_t begin = skip_separators();
    at_ = begin + 1;
    while (tape_.text_[at_] != '"') at_ += tape_.text_[at_] == '\\' ? 2 : 1;
    ++at_;
    return add({kind, 0, text, begin, at_});
  }

  bool start(TokenKind kind) {
    if (open_.size() == static_cast<size_t>(kDepthMax)) {
      too_deep_ = true;
      return false;
    }
    const size_t begin = skip_separators();
    at_ = begin + 1;
    open_.push_back(static_cast<uint32_t>(tape_.tokens_.size()));
    return add({kind, 0, {}, begin, at_});
  }

  bool end_container() {
    at_ = skip_separators() + 1;
    Token& container = tape_.tokens_[open_.back()];
    open_.pop_back();
    container.next = static_cast<uint32_t>(tape_.tokens_.size());
    container.end = at_;
    return true;
  }

  JsonTape& tape_;
  std::vector<uint32_t> open_;
  size_t at_ = 0;
  bool too_deep_ = false;
};

bool JsonTape::parse(std::string_view text) {
  // RapidJSON's own check of UTF-8 reads beyond a text that ends within a sequence.
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  text_ = text;
  problem_.clear();
  if (!is_valid_utf8(text.data(), text.size())) {
    problem_ = "invalid UTF-8 at byte " + std::to_string(valid_utf8_prefix_bytes(text));
    return false;
  }
  scratch_.assign(text);
  if (text.find("\\u") != std::string_view::npos) replace_lone_surrogates(&scratch_);
  for (bool numbers_replaced = false;; numbers_replaced = true) {
    Handler handler(this);
    rapidjson::InsituStringStream stream(scratch_.data());
    rapidjson::Reader reader;
    reader.Parse<kFlags>(stream, handler);
    if (!reader.HasParseError()) {
      // RapidJSON takes a NUL for the end of the text.
      if (stream.Tell() == text.size()) return true;
      problem_ = "a NUL byte at byte " + std::to_string(stream.Tell());
      return false;
    }
    if (reader.GetParseErrorCode() == rapidjson::kParseErrorNumberTooBig && !numbers_replaced) {
      scratch_.assign(text);
      make_readable_by_rapidjson(&scratch_);
      continue;
    }
    if (handler.too_deep()) {
      problem_ = "nested deeper than " + std::to_string(kDepthMax) + " levels";
    } else {
      problem_ = rapidjson::GetParseError_En(reader.GetParseErrorCode());
    }
    problem_ += " at byte " + std::to_string(reader.GetErrorOffset());
    return false;
  }
}

const char* token_kind_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::kNull:
      return "null";
    case TokenKind::kTrue:
      return "true";
    case TokenKind::kFalse:
      return "false";
    case TokenKind::kNumber:
      return "a number";
    case TokenKind::kString:
    case TokenKind::kKey:
      return "a string";
    case TokenKind::kObject:
      return "an object";
    case TokenKind::kArray:
      return "an array";
  }
  return "nothing";
}

}  // namespace logslice::internal
