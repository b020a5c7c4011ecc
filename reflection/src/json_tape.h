// This header defines `JsonTape`, one JSON text as a flat list of tokens.
//
// RapidJSON's SAX reader pushes events; decoding into a struct wants to pull, in the struct's order
// of recursion. The tape stands between them: one array of tokens, each of which knows where its
// value ends, so that skipping costs nothing. Memory: about the size of the text, kept for the
// next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logslice::internal {

enum class TokenKind : uint8_t { kNull, kTrue, kFalse, kNumber, kString, kKey, kObject, kArray };

struct Token {
  TokenKind kind;
  // Behind the value: for a container, behind its last token. For a key, its value's index.
  uint32_t next;
  // Strings and keys: the text unescaped (a lone surrogate escape is U+FFFD). Numbers: as written.
  std::string_view text;
  // Where the value stands in the parsed text.
  size_t begin;
  size_t end;
};

class JsonTape {
 public:
  // Nesting beyond this is refused, so that nobody recurses further: an entry's own levels and a
  // JsonValue's together.
  static constexpr int kDepthMax = 600;

  // Parses the whole of `text` as one value. Valid until the next call; `text` must outlive it.
  // False if it is not JSON: `problem()` says what, at which byte.
  bool parse(std::string_view text);

  const std::string& problem() const { return problem_; }
  const std::vector<Token>& tokens() const { return tokens_; }
  const Token& token(uint32_t index) const { return tokens_[index]; }
  // The bytes of the value as they stood in the text.
  std::string_view raw(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

 private:
  class Handler;

  std::string_view text_;
  std::string scratch_;  // the text, unescaped in place
  std::vector<Token> tokens_;
  std::string problem_;
};

const char* token_kind_name(TokenKind kind);

}  // namespace logslice::internal
