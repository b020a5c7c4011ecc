// This header defines the two traits by which a type says what cannot be seen from its definition.
//
//   template <>
//   struct logslice::EntryTraits<ToolInvoked> {
//     static constexpr std::string_view id = "weakincentives.runtime.events:ToolInvoked";
//     static constexpr std::array<std::string_view, 1> aliases = {"old.module:ToolCalled"};
//     static constexpr std::array<std::string_view, 1> required = {"name"};
//     static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
//   };
//
//   template <>
//   struct logslice::EnumTraits<Outcome> {
//     static constexpr std::array<logslice::EnumName<Outcome>, 2> names = {
//         {{Outcome::kOk, "ok"}, {Outcome::kFailed, "failed"}}};
//   };
//
// Both are optional and each of their members is. specs/reflection.md has the rules.
#pragma once

#include <string_view>

namespace logslice {

// What stands in a line for a member of type std::optional that holds nothing.
enum class AbsentMembers {
  kNull,     // `"name":null`
  kOmitted,  // nothing; and a member that is not in a line reads back as holding nothing
};

// What a slice type states about itself. Members that a specialisation may have:
//   id        the `__type__` of its lines, instead of `package.module:Class` made from its C++
//   name.
//             Types that are templates, local, or in an unnamed namespace must state one.
//   aliases   other ids under which its lines are read; never written.
//   required  names of members without which a line does not parse.
//   absent    what is written for optional members without a value; kNull unless stated. A required
//             one is always written. Holds for the type's own members: nested aggregates and
//             alternatives of a variant state theirs.
template <typename T>
struct EntryTraits {};

template <typename E>
struct EnumName {
  E value;
  std::string_view name;
};

// The names of an enum's values: with `names`, values are written as strings; without, as numbers.
// Both forms are read. A value without a name is written as its number.
template <typename E>
struct EnumTraits {};

}  // namespace logslice
