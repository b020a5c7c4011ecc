// This header defines the erased description of one C++ type's JSON form.
//
// Templates (describe.h) only fill these tables; everything that reads or writes JSON is compiled
// once and interprets them (specs/reflection.md, "One interpreter").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace logslice::internal {

struct ValueType;
class ObjectShape;
struct TypeTable;
struct NamedMember;

enum class ValueKind : uint8_t {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kString,
  kPath,
  kBytes,
  kTime,
  kDuration,
  kUuid,
  kJson,
  kExtraMembers,
  kEnum,
  kOptional,
  kSequence,  // vector, array, set, tuple, pair: a JSON array
  kMap,       // a JSON object with free keys
  kObject,    // a nested aggregate
  kVariant,   // an object that names its alternative by `__type__`
  kNamed,     // of steps only: a member that brings its comma and name along
};

// Receives the elements of a container that is being written.
class ElementVisitor {
 public:
  virtual void visit(const ValueType& type, const void* element) = 0;

 protected:
  ~ElementVisitor() = default;
};

// Receives the members of a map that is being written; `key` is not yet escaped.
class MemberVisitor {
 public:
  virtual void visit(std::string_view key, const ValueType& type, const void* value) = 0;

 protected:
  ~MemberVisitor() = default;
};

// Hands out the elements of a JSON array that is being read. `read` may be called once after each
// `next` that returned true; a false from `read` ends the reading.
class ElementSource {
 public:
  virtual bool next() = 0;
  virtual bool read(const ValueType& type, void* element) = 0;

 protected:
  ~ElementSource() = default;
};

// The same for the members of an object. `*key` is valid until the next call of `next`.
class MemberSource {
 public:
  virtual bool next(std::string_view* key) = 0;
  virtual bool read(const ValueType& type, void* value) = 0;

 protected:
  ~MemberSource() = default;
};

struct EnumShape {
  // Returns an empty view for a value that has no name.
  std::string_view (*name_of)(const void* value);
  bool (*set_by_name)(void* value, std::string_view name);
  ValueKind number_kind;  // the underlying integer, which has the same bytes
};

struct OptionalShape {
  const ValueType* value;
  const void* (*get)(const void* optional);  // null when empty
  void* (*emplace)(void* optional);          // a default-made value
  void (*reset)(void* optional);
};

struct SequenceShape {
  void (*for_each)(const void* sequence, ElementVisitor& visitor);
  // False if `source` failed, or held another number of elements than an array or tuple has.
  bool (*read_all)(void* sequence, ElementSource& source);
};

struct MapShape {
  void (*for_each)(const void* map, MemberVisitor& visitor);
  // False if `source` failed, or a key is not of the map's key type.
  bool (*read_all)(void* map, MemberSource& source);
};

struct VariantShape {
  size_t alternative_count;
  const TypeTable& (*table)(size_t index);
  size_t (*index)(const void* variant);
  const void* (*get)(const void* variant);
  void* (*emplace)(void* variant, size_t index);
};

struct ValueType {
  ValueKind kind;
  std::string_view cpp_name;
  // Set according to `kind`; function pointers so that a type may contain itself in a container.
  union {
    const void* none;
    const EnumShape* enumeration;
    const OptionalShape* optional;
    const SequenceShape* sequence;
    const MapShape* map;
    const VariantShape* variant;
    const NamedMember* named;
    const ObjectShape& (*object)();
  };
};

}  // namespace logslice::internal
