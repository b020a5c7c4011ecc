#include "logslice/reflection/internal/member_list.h"

#include <cassert>
#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace logslice::internal {
namespace {

// Sets the names, which then lie in `text`: the signature of the type whose members `fields` are.
// From the end, since only there a name stands between what is the same for all members.
void take_spelled_names(std::string_view text, std::span<Field> fields) {
  // A program need not be compiled by the compiler of the library.
  const bool is_clang = !text.ends_with("))}}]");
  const std::string_view item_begin = is_clang ? "&" : "((const void*)(& ";
  const std::string_view item_end = is_clang ? "" : "))";
  const char before_name = is_clang ? '.' : ':';
  constexpr std::string_view kSeparator = ", ", kEnd = "}}]";

  text.remove_suffix(kEnd.size());
  size_t prefix_bytes = 0;
  for (size_t i = fields.size(); i-- > 0;) {
    assert(text.ends_with(item_end));
    text.remove_suffix(item_end.size());
    const size_t name_begin = text.rfind(before_name) + 1;
    fields[i].name = text.substr(name_begin);
    if (prefix_bytes == 0) prefix_bytes = name_begin - text.rfind(item_begin);
    assert(!fields[i].name.empty() && name_begin > prefix_bytes);
    text = text.substr(0, name_begin - prefix_bytes);
    assert(i == 0 ? text.ends_with('{') : text.ends_with(kSeparator));
    if (i > 0) text.remove_suffix(kSeparator.size());
  }
}

void take_offsets(const ShapeSource& source, std::span<Field> fields) {
  const std::align_val_t alignment{source.align_bytes};
  std::vector<const void*> addresses(source.count);
  void* const room = ::operator new(source.size_bytes, alignment);
  source.locate(room, addresses.data());
  for (size_t i = 0; i < source.count; ++i) {
    fields[i].offset_bytes = static_cast<size_t>(static_cast<const char*>(addresses[i]) -
                                                 static_cast<const char*>(room));
  }
  ::operator delete(room, alignment);
}

}  // namespace

const ObjectShape* make_object_shape(const ShapeSource& source) {
  std::vector<Field> fields(source.count);
  if (source.count > 0) {
    if (source.spelled_members != nullptr) take_spelled_names(source.spelled_members, fields);
    take_offsets(source, fields);
  }
  for (size_t i = 0; i < source.count; ++i) {
    Field& field = fields[i];
    if (source.names != nullptr) field.name = source.names[i];
    field.type = source.types[i];
    field.is_omittable = source.is_required != nullptr &&
                         field.type->kind == ValueKind::kOptional &&
                         !source.is_required(field.name);
  }
  return new ObjectShape(source.cpp_name, fields);
}

}  // namespace logslice::internal
