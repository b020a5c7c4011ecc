// This header defines `type_table<T>()`, for which Boost.PFR tells an aggregate's members.
//
// This and the headers it stands on are the only templates that look into a type. They fill the
// tables of value_type.h and type_table.h and end there: no JSON, no lock, no file is handled in a
// template. The table of types: specs/reflection.md.
#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <boost/pfr/core_name.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/internal/aggregate_check.h"
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

template <typename T, size_t I>
constexpr Field describe_member() {
  using Member = boost::pfr::tuple_element_t<I, T>;
  constexpr std::string_view name = boost::pfr::get_name<I, T>();
  if constexpr (name.starts_with("__")) {
    static_assert(kMemberNameIsFree<T, MemberNameOf<T, I>>,
                  "logslice: member names that begin with `__` are reserved; rename this member");
  }
  if constexpr (std::is_same_v<Member, ExtraMembers> && I + 1 != boost::pfr::tuple_size_v<T>) {
    static_assert(kExtraMembersIsLast<T, MemberNameOf<T, I>>,
                  "logslice: ExtraMembers must be the last member of its struct");
  }
  if constexpr (!is_supported<Member>()) {
    static_assert(
        kMemberHasJsonForm<T, MemberNameOf<T, I>, Member>,
        "logslice: this member's type has no JSON form; specs/reflection.md has the types");
    return Field{name, 0, nullptr};
  } else {
    const ValueType& type = kValueType<Member>;
    return Field{
        name, 0, &type,
        omits_absent_members<T>() && type.kind == ValueKind::kOptional && !is_required<T>(name)};
  }
}

template <typename T>
const ObjectShape& object_shape() {
  // Never destroyed: sessions may end during static destruction.
  static const ObjectShape& shape = *[] {
    if constexpr (!check_aggregate<T>() || std::is_empty_v<T>) {
      return new ObjectShape(cpp_type_name<T>(), {});
    } else {
      constexpr size_t count = boost::pfr::tuple_size_v<T>;
      std::array<Field, count> fields = []<size_t... I>(std::index_sequence<I...>) {
        return std::array<Field, count>{describe_member<T, I>()...};
      }
      (std::make_index_sequence<count>{});
      const T probe{};
      const char* base = reinterpret_cast<const char*>(&probe);
      boost::pfr::for_each_field(probe, [&](const auto& member, size_t index) {
        fields[index].offset_bytes =
            static_cast<size_t>(reinterpret_cast<const char*>(&member) - base);
      });
      return new ObjectShape(cpp_type_name<T>(), fields);
    }
  }();
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
const TypeTable& type_table() {
  if constexpr (check_aggregate<T>()) {
    static_assert(required_members_exist<T>(),
                  "logslice: EntryTraits<T>::required names a member that the type does not have");
  }
  static const TypeTable& table = *[] {
    auto made = std::make_unique<TypeTable>();
    made->id = type_id_of<T>();
    if constexpr (requires { EntryTraits<T>::aliases; }) {
      for (const std::string_view alias : EntryTraits<T>::aliases) made->aliases.push_back(alias);
    }
    if constexpr (requires { EntryTraits<T>::required; }) {
      for (const std::string_view name : EntryTraits<T>::required) made->required.push_back(name);
    }
    made->cpp_name = cpp_type_name<T>();
    made->shape = &object_shape<T>();
    made->size_bytes = sizeof(T);
    made->align_bytes = alignof(T);
    made->default_construct = [](void* at) { new (at) T{}; };
    made->move_construct = [](void* at, void* from) {
      new (at) T(std::move(*static_cast<T*>(from)));
    };
    made->copy_construct = nullptr;
    if constexpr (std::is_copy_constructible_v<T>) {
      made->copy_construct = [](void* at, const void* from) {
        new (at) T(*static_cast<const T*>(from));
      };
    }
    made->destroy = [](void* at) { static_cast<T*>(at)->~T(); };
    made->finish();
    return made.release();
  }();
  return table;
}

}  // namespace logslice::internal
