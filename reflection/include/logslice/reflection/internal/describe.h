// This header defines `type_table<T>()`, for which Boost.PFR tells an aggregate's members.
//
// This and the headers it stands on are the only templates that look into a type. They fill the
// tables of value_type.h and type_table.h and end there: no JSON, no lock, no file is handled in a
// template. The table of types: specs/reflection.md.
#pragma once

#include <boost/pfr/core_name.hpp>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/internal/aggregate_check.h"
#include "logslice/reflection/internal/member_list.h"
#include "logslice/reflection/internal/object_functions.h"
#include "logslice/reflection/internal/supported_types.h"
#include "logslice/reflection/internal/type_name.h"
#include "logslice/reflection/internal/type_table.h"
#include "logslice/reflection/internal/value_shapes.h"

namespace logslice::internal {

// A type that spells a member's name in the compiler's error messages. Compilers show different
// things: g++ the text of an array, clang only single characters.
#if defined(__clang__)
template <char... Name>
struct MemberName {};

template <typename T, size_t I, size_t... C>
constexpr auto make_member_name(std::index_sequence<C...>) {
  return MemberName<boost::pfr::get_name<I, T>()[C]...>{};
}

template <typename T, size_t I>
using MemberNameOf = decltype(make_member_name<T, I>(
    std::make_index_sequence<boost::pfr::get_name<I, T>().size()>{}));
#else
template <size_t N>
struct MemberText {
  char text[N]{};
  constexpr explicit MemberText(std::string_view name) {
    for (size_t i = 0; i < name.size(); ++i) text[i] = name[i];
  }
};

template <MemberText Name>
struct MemberName {};

template <typename T, size_t I>
using MemberNameOf =
    MemberName<MemberText<boost::pfr::get_name<I, T>().size() + 1>(boost::pfr::get_name<I, T>())>;
#endif

template <typename Struct, typename Name, typename Type>
inline constexpr bool kMemberHasJsonForm = is_supported<Type>();

template <typename Struct, typename Name>
inline constexpr bool kMemberNameIsFree = false;

template <typename Struct, typename Name>
inline constexpr bool kExtraMembersIsLast = false;

template <typename T>
constexpr bool is_required(std::string_view name) {
  if constexpr (requires { EntryTraits<T>::required; }) {
    for (const std::string_view required : EntryTraits<T>::required) {
      if (required == name) return true;
    }
  }
  return false;
}

template <typename T>
constexpr bool omits_absent_members() {
  if constexpr (requires { EntryTraits<T>::absent; }) {
    return EntryTraits<T>::absent == AbsentMembers::kOmitted;
  } else {
    return false;
  }
}

// Refuses what a member may not be, by its name.
template <typename T, size_t I>
constexpr void check_member() {
  using Member = boost::pfr::tuple_element_t<I, T>;
  if constexpr (boost::pfr::get_name<I, T>().starts_with("__")) {
    static_assert(kMemberNameIsFree<T, MemberNameOf<T, I>>,
                  "logslice: member names that begin with `__` are reserved; rename this member");
  }
  if constexpr (std::is_same_v<Member, ExtraMembers> && I + 1 != kMemberCount<T>) {
    static_assert(kExtraMembersIsLast<T, MemberNameOf<T, I>>,
                  "logslice: ExtraMembers must be the last member of its struct");
  }
  if constexpr (!is_supported<Member>()) {
    static_assert(
        kMemberHasJsonForm<T, MemberNameOf<T, I>, Member>,
        "logslice: this member's type has no JSON form; specs/reflection.md has the types");
  }
}

// Null for a type that has none.
template <typename Member>
constexpr const ValueType* find_value_type() {
  if constexpr (is_supported<Member>()) {
    return &kValueType<Member>;
  } else {
    return nullptr;
  }
}
template <typename Member>
inline constexpr const ValueType* kFoundValueType = find_value_type<Member>();
// Not by comparing with null: with the undefined-behaviour sanitiser g++ 12 calls that no constant.
template <typename Member>
inline constexpr bool kIsDoubtful = !is_supported<Member>() || std::is_same_v<Member, ExtraMembers>;

template <size_t N>
struct MemberTypes {
  const ValueType* at[N];
  // Whether some member has to be looked at closely: what is right for sure costs nothing.
  bool are_doubtful;
};

struct TakeTypes {
  template <typename... Member>
  constexpr MemberTypes<sizeof...(Member)> operator()(Member&...) const {
    return {{kFoundValueType<Member>...}, (kIsDoubtful<Member> || ...)};
  }
};

template <typename T, size_t... I>
constexpr void check_members(std::index_sequence<I...>) {
  (check_member<T, I>(), ...);
}

// Boost.PFR's, for where not all are spelled.
template <typename T>
inline constexpr auto kMemberNames = boost::pfr::names_as_array<T>();

template <typename T>
inline constexpr MemberTypes<kMemberCount<T>> kMemberTypes =
    with_members_never_made<T, TakeTypes>();

template <typename T>
constexpr ShapeSource make_shape_source() {
  ShapeSource source{};
  source.cpp_name = cpp_type_name<T>();
  if constexpr (check_aggregate<T>() && !std::is_empty_v<T>) {
    if constexpr (kMemberTypes<T>.are_doubtful || may_have_reserved_name<T>()) {
      check_members<T>(std::make_index_sequence<kMemberCount<T>>{});
    }
    if constexpr (are_all_spelled<T>()) {
      source.spelled_members = spelled_members<T>();
    } else {
      source.names = kMemberNames<T>.data();
    }
    source.types = kMemberTypes<T>.at;
    source.count = kMemberCount<T>;
    source.size_bytes = sizeof(T);
    source.align_bytes = alignof(T);
    source.locate = &locate_members<T>;
    if constexpr (omits_absent_members<T>()) source.is_required = &is_required<T>;
  }
  return source;
}
template <typename T>
inline constexpr ShapeSource kShapeSource = make_shape_source<T>();

template <typename T>
const ObjectShape& object_shape() {
  // Never destroyed: sessions may end during static destruction.
  static const ObjectShape& shape = *make_object_shape(kShapeSource<T>);
  return shape;
}

constexpr bool is_valid_id(std::string_view id) {
  if (id.empty()) return false;
  for (const char c : id) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\') return false;
  }
  return true;
}

// True if the type states an id or has a name that can become one.
template <typename T>
inline constexpr bool kTypeHasId = requires {
  EntryTraits<T>::id;
}
|| is_portable_name(cpp_type_name<T>());

template <typename T>
constexpr std::string_view type_id_of() {
  if constexpr (requires { EntryTraits<T>::id; }) {
    static_assert(is_valid_id(EntryTraits<T>::id),
                  "logslice: EntryTraits<T>::id must be printable ASCII without spaces, quotes and "
                  "backslashes");
    return EntryTraits<T>::id;
  } else {
    static_assert(kTypeHasId<T>,
                  "logslice: this type's name is not the same everywhere (a template, a local type "
                  "or an unnamed namespace); state EntryTraits<T>::id");
    return DefaultId<T>::value;
  }
}

template <typename T>
constexpr bool required_members_exist() {
  if constexpr (requires { EntryTraits<T>::required; }) {
    for (const std::string_view required : EntryTraits<T>::required) {
      bool found = false;
      for (const std::string_view name : boost::pfr::names_as_array<T>()) found |= name == required;
      if (!found) return false;
    }
  }
  return true;
}

template <typename T>
void add_names(TypeTable& table) {
  if constexpr (requires { EntryTraits<T>::aliases; }) {
    for (const std::string_view alias : EntryTraits<T>::aliases) table.aliases.push_back(alias);
  }
  if constexpr (requires { EntryTraits<T>::required; }) {
    for (const std::string_view name : EntryTraits<T>::required) table.required.push_back(name);
  }
}

template <typename T>
constexpr TypeSource make_type_source() {
  TypeSource source{type_id_of<T>(),
                    cpp_type_name<T>(),
                    &object_shape<T>,
                    sizeof(T),
                    alignof(T),
                    &default_construct_object<T>,
                    &move_construct_object<T>,
                    nullptr,
                    &destroy_object<T>,
                    nullptr};
  if constexpr (std::is_copy_constructible_v<T>) source.copy_construct = &copy_construct_object<T>;
  if constexpr (
      requires { EntryTraits<T>::aliases; } || requires { EntryTraits<T>::required; }) {
    source.add_names = &add_names<T>;
  }
  return source;
}
template <typename T>
inline constexpr TypeSource kTypeSource = make_type_source<T>();

template <typename T>
const TypeTable& type_table() {
  if constexpr (check_aggregate<T>()) {
    static_assert(required_members_exist<T>(),
                  "logslice: EntryTraits<T>::required names a member that the type does not have");
  }
  static const TypeTable& table = *make_type_table(kTypeSource<T>);
  return table;
}

}  // namespace logslice::internal
