// This header defines `JsonValue`, a member of any JSON shape that is carried as its text.
//
//   struct ToolInvoked {
//     std::string name;
//     logslice::JsonValue params;
//   };
//   auto params = logslice::JsonValue::parse(R"({"query":"x"})");   // StatusOr<JsonValue>
//
// See also json_conversion.h, which turns any describable C++ value into a JsonValue and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace logslice {

namespace internal {
struct ValidatedJson;
}

// One JSON value (RFC 8259), validated once and then kept as text, so that what was read from a log
// is written back byte for byte: number forms, member order, duplicate members and lone surrogate
// escapes included. Invariant: the text is one whole valid value without line breaks, no deeper
// than `kDepthMax`. Default: `null`. Format: specs/log-format.md. Threads: as std::string.
class JsonValue {
 public:
  static constexpr int kDepthMax = 256;

  JsonValue() : text_("null") {}

  // Validates `text` and keeps it without the white space around it; if a line break stands between
  // its tokens, all white space between tokens goes. InvalidArgument with the byte offset if it is
  // not one valid JSON value, is nested deeper than `kDepthMax`, or is not UTF-8.
  static absl::StatusOr<JsonValue> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool is_null() const { return text_ == "null"; }

  // Whether both mean the same: white space, escapes, the order of members and the form of numbers
  // do not matter; of members with one name the last counts. Linear in the text, but for the
  // sorting of members.
  bool equivalent(const JsonValue& other) const;

  // Equality is of the text.
  friend bool operator==(const JsonValue&, const JsonValue&) = default;

 private:
  friend struct internal::ValidatedJson;
  std::string text_;
};

namespace internal {

// How the decoders, which have validated the text already, fill a JsonValue.
struct ValidatedJson {
  static void assign(JsonValue& value, std::string_view text) { value.text_.assign(text); }
};

}  // namespace internal
}  // namespace logslice
