// This header defines `Program`, an aggregate's members flattened into one list of steps.
//
// A step is a fused literal — everything that stands between two values, such as
// `"},"result":{"success":` — and the value that follows it. Nested aggregates are flattened in, so
// that a whole entry is written and read in one loop. specs/reflection.md, "One interpreter".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logslice/reflection/internal/type_table.h"
#include "logslice/reflection/internal/value_type.h"

namespace logslice::internal {

// Literals are copied 16 bytes at a time, so that this much may be written beyond the end.
inline constexpr size_t kLiteralSlackBytes = 16;

struct Step {
  const char* literal;  // followed by kLiteralSlackBytes readable bytes
  uint32_t literal_bytes;
  ValueKind kind;
  size_t offset_bytes;
  const ValueType* type;
};

// The value of a step that may write nothing, so that what stands before it is not known: its
// literal ends before the comma. All members of an object are such, up to the first that is always
// there and before which others may be missing.
struct NamedMember {
  std::string key;  // `"name":`
  const ValueType* value;
  bool is_omittable;  // `value` is an optional, which without a value writes nothing
  ValueType type;     // kNamed, with this
};

// Whether a comma has to come before the members of an object if something stands there already:
// not if there are none, or the first brings it along.
bool needs_comma_before(const std::vector<Field>& fields);

// The fields that a program is made from must outlive it.
class Program {
 public:
  // `{"a":…,"b":…}`.
  static std::unique_ptr<Program> for_object(const std::vector<Field>& fields);

  // A line up to its number: `{"__type__":"<id>","a":…,"__seq__":`.
  static std::unique_ptr<Program> for_line(std::string_view id, const std::vector<Field>& fields);

  const std::vector<Step>& steps() const { return steps_; }
  std::string_view tail() const { return tail_; }

  // The members beside the ExtraMembers at a step: names that are not extra.
  const std::vector<Field>& siblings_of_extra_members(size_t step) const;

  // An upper bound of what literals and values of fixed size need when written.
  size_t fixed_bytes_max() const { return fixed_bytes_max_; }

  // The steps whose values have no fixed bound.
  const std::vector<Step>& sized_steps() const { return sized_steps_; }

  // The steps whose values can be refused.
  const std::vector<Step>& refusable_steps() const { return refusable_steps_; }

 private:
  Program() = default;
  void add_fields(const std::vector<Field>& fields, size_t base_offset_bytes,
                  std::string_view separator, std::string* literal);
  void add_step(const ValueType& type, size_t offset_bytes, const std::string& literal);
  void add_named_step(const Field& field, size_t offset_bytes, const std::string& literal);
  void finish(const std::string& tail);

  std::vector<Step> steps_;
  std::vector<Step> sized_steps_;
  std::vector<Step> refusable_steps_;
  std::vector<std::pair<size_t, const std::vector<Field>*>> extra_members_steps_;
  std::vector<std::unique_ptr<NamedMember>> named_members_;
  std::vector<std::unique_ptr<char[]>> texts_;
  std::string_view tail_;
  size_t fixed_bytes_max_ = 0;
};

// Whether a value is written between quotes that belong to the literals around it.
constexpr bool is_quoted(ValueKind kind) {
  return kind == ValueKind::kString || kind == ValueKind::kPath || kind == ValueKind::kBytes ||
         kind == ValueKind::kTime || kind == ValueKind::kUuid;
}

// The most bytes that a value of the type needs, quotes aside; 0 if that depends on the value.
size_t fixed_value_bytes_max(const ValueType& type);

}  // namespace logslice::internal
