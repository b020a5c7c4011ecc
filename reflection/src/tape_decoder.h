// This header defines the general decoder: tokens of any JSON become a described value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json_tape.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// Decodes from one tape. Unknown members are ignored, or collected by ExtraMembers; missing ones
// keep what the value holds; of several with one name the last counts. Threads: one at a time.
class TapeDecoder {
 public:
  explicit TapeDecoder(const JsonTape& tape) : tape_(tape) {}

  // Decodes the value at `index` and returns true, or returns false: see `problem`.
  bool decode(const ValueType& type, uint32_t index, void* value);

  // Decodes the members of the object at `index`; members that begin with `__` are not the
  // struct's.
  // `*missing` counts the struct's members that were not there. A name in `required` must be.
  bool decode_members(const ObjectShape& shape, const std::vector<std::string_view>& required,
                      uint32_t index, void* value, int* missing);

  // What did not fit, beginning with the member's path.
  std::string problem() const { return path_ + " " + problem_; }

 private:
  class Elements;
  class Members;

  bool fail(std::string problem);
  bool expected(const ValueType& type, const char* what, const Token& got);
  bool decode_number(const ValueType& type, const Token& token, void* value);
  bool decode_text(const ValueType& type, const Token& token, void* value);
  bool decode_enum(const ValueType& type, const Token& token, void* value);
  bool decode_json(const Token& token, void* value);
  bool decode_variant(const ValueType& type, uint32_t index, void* value);

  const JsonTape& tape_;
  TimeParser times_;
  std::string path_;
  std::string problem_;
  int depth_ = 0;
};

}  // namespace logslice::internal
