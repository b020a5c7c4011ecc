// This header defines how values are found in a line by JSON pointers (RFC 6901), without a type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace logslice::internal {

// `/usage/tokens`, `/files/0/name`: names behind slashes, `~1` for a slash in a name, `~0` for `~`.
// The empty pointer is the whole line.
class JsonPointer {
 public:
  static constexpr size_t kDepthMax = 256;

  // InvalidArgument says what is expected, and what was perhaps meant.
  static absl::StatusOr<JsonPointer> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::string text_;
  std::vector<std::string> names_;
};

// What stands at a pointer.
struct FoundValue {
  enum class Kind { kMissing, kNull, kTrue, kFalse, kNumber, kString, kObject, kArray };

  Kind kind = Kind::kMissing;
  std::string_view json;  // its text

  // Of a number, rounded to the nearest double; nothing if it is beyond their range.
  std::optional<double> number() const;
  // Appends a string's text, unescaped.
  void append_string(std::string& out) const;
};

// JsonFinder looks up several pointers in one pass over a line. Of members with one name the last
// counts, as everywhere in the library. Memory: a copy of the line; of lines nested deeper than 256
// levels also a tape of tokens. Threads: one.
class JsonFinder {
 public:
  explicit JsonFinder(std::vector<JsonPointer> pointers);

  // One for each pointer, all missing if the line is no JSON. Valid until the next call.
  const std::vector<FoundValue>& find(std::string_view line);

  // Adds a pointer, for the next call, and returns its place among the values; that of an equal one
  // if there is one.
  size_t add(const JsonPointer& pointer);

 private:
  // The pointers as a tree, so that each name in the line is compared once.
  struct Node {
    std::string name;
    std::optional<uint64_t> index;  // the name, where an array is met
    std::vector<size_t> children;
    std::optional<size_t> place;  // in found_
  };

  size_t child_of(size_t node, const std::string& name);
  const char* read_value(const char* text, size_t node);
  const char* read_object(const char* text, size_t node);
  const char* read_array(const char* text, size_t node);
  const char* skip(const char* text);
  void forget(size_t node);
  void find_on_tape(std::string_view line);

  std::vector<Node> nodes_;
  std::vector<JsonPointer> pointers_;
  std::vector<FoundValue> found_;
  std::string padded_;
  std::string name_;  // unescaped
};

}  // namespace logslice::internal
