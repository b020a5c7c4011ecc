// This header defines the tables per aggregate: `ObjectShape` for its members, `TypeTable` for what
// a slice or an event type needs beyond them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "logslice/reflection/internal/value_type.h"

namespace logslice::internal {

class Program;

struct Field {
  std::string_view name;
  size_t offset_bytes = 0;
  const ValueType* type = nullptr;
  // A std::optional that is left out of the line while it holds nothing.
  bool is_omittable = false;
};

// The members of one aggregate and the program, flattened over nested aggregates, that writes and
// reads them in one go. Built once per type, never destroyed. Threads: immutable.
class ObjectShape {
 public:
  ObjectShape(std::string_view cpp_name, std::span<const Field> fields);
  ~ObjectShape();

  std::string_view cpp_name() const { return cpp_name_; }
  const std::vector<Field>& fields() const { return fields_; }
  // Writes `{"a":…,"b":…}`.
  const Program& program() const { return *program_; }
  // Index of a field, or -1. `hint` is tried first: members usually come in order.
  int find(std::string_view name, size_t hint) const;

 private:
  std::string_view cpp_name_;
  std::vector<Field> fields_;
  std::unique_ptr<Program> program_;
};

// How the entries of one type are made, moved, ended, and written as lines. One per type, found by
// `type_table<T>()` in describe.h; never destroyed. Threads: immutable.
struct TypeTable {
  std::string_view id;
  std::vector<std::string_view> aliases;
  std::vector<std::string_view> required;
  std::string_view cpp_name;
  const ObjectShape* shape;
  size_t size_bytes;
  size_t align_bytes;
  void (*default_construct)(void* at);
  void (*move_construct)(void* at, void* from);
  void (*copy_construct)(void* at, const void* from);  // null if the type cannot be copied
  void (*destroy)(void* at);
  // Writes the members of a whole line: `{"__type__":"…","a":…` up to `,"__seq__":`.
  const Program* line_program;

  // Whether lines of that `__type__` are read as this type: its id or an alias.
  bool matches(std::string_view type_id) const;
};

// What make_type_table() has to know of a type: constants, as in ShapeSource.
struct TypeSource {
  std::string_view id;
  std::string_view cpp_name;
  const ObjectShape& (*shape)();
  size_t size_bytes;
  size_t align_bytes;
  void (*default_construct)(void* at);
  void (*move_construct)(void* at, void* from);
  void (*copy_construct)(void* at, const void* from);  // may be null
  void (*destroy)(void* at);
  void (*add_names)(TypeTable& table);  // aliases and required; may be null
};

const TypeTable* make_type_table(const TypeSource& source);

}  // namespace logslice::internal
