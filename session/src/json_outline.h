// JsonOutline is a JSON document opened down to a given depth: below it, a value is its text.
//
// A snapshot's envelope is looked at member by member, while its items go to the decoder of their
// type as they stand, numbers and escapes untouched.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace logslice::internal {

struct JsonOutline {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  std::string_view text;  // kArray, kObject: the whole value, in the document
  std::string string;     // kString: its characters; kNumber: its digits
  struct Member;
  std::vector<Member> members;     // kObject, down to the depth
  std::vector<JsonOutline> items;  // kArray, down to the depth

  // The last member of that name, or null.
  const JsonOutline* find(std::string_view name) const;

  // Opens objects and arrays that are nested less than `open_depth` deep, the document itself being
  // 0 deep. The outline refers to `json`. InvalidArgument with the byte offset if it is not one
  // JSON value in UTF-8, or is nested deeper than `depth_max`.
  static absl::StatusOr<JsonOutline> parse(std::string_view json, int open_depth, int depth_max);
};

struct JsonOutline::Member {
  std::string name;
  JsonOutline value;
};

}  // namespace logslice::internal
