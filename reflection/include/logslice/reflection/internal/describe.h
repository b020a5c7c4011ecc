// This header defines `type_table<T>()` and `kValueType<T>`, the only templates that look into a type.
//
// They fill the tables of value_type.h and type_table.h with Boost.PFR and end there: no JSON, no
// lock, no file is handled in a template. Containers are recognised by what they can do, not by
// name, so that a program pays only for the standard headers that it uses itself.
// The table of types: specs/reflection.md.
#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <boost/pfr/core_name.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/type_name.h"
#include "logslice/reflection/internal/type_table.h"
#include "logslice/reflection/internal/value_type.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace logslice::internal {

// --- Recognising types -------------------------------------------------------------------------

template <typename T>
concept Character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> ||
                    std::is_same_v<T, char8_t> || std::is_same_v<T, char16_t> ||
                    std::is_same_v<T, char32_t>;

template <typename T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !Character<T>;

template <typename T>
concept FilesystemPath = requires(const T& path) {
  { path.native() } -> std::same_as<const std::string&>;
  T::preferred_separator;
};

template <typename T>
concept Optional = requires(T& optional) {
  typename T::value_type;
  { optional.has_value() } -> std::same_as<bool>;
  optional.emplace();
  optional.reset();
};

template <typename T>
concept Container = requires(T& container) {
  typename T::value_type;
  container.begin() != container.end();
  container.clear();
};

template <typename T>
concept Map = Container<T> && requires { typename T::mapped_type; };

template <typename T>
concept Sequence =
    Container<T> && !Map<T> && !std::is_same_v<T, std::string> && !FilesystemPath<T> &&
    (requires(T& t, typename T::value_type&& v) { t.push_back(std::move(v)); } ||
     requires(T& t, typename T::value_type&& v) { t.insert(std::move(v)); });

template <typename T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <typename T>
inline constexpr bool kIsVariant = false;
template <typename... Ts>
inline constexpr bool kIsVariant<std::variant<Ts...>> = true;

template <typename T>
concept NamedEnum = std::is_enum_v<T> && requires { EnumTraits<T>::names; };

// Types that are written by their own rule, whatever they look like.
template <typename T>
inline constexpr bool kIsScalar =
    std::is_same_v<T, bool> || Integer<T> || std::is_same_v<T, float> ||
    std::is_same_v<T, double> || std::is_same_v<T, std::string> || FilesystemPath<T> ||
    std::is_same_v<T, std::vector<std::byte>> || std::is_same_v<T, absl::Time> ||
    std::is_same_v<T, absl::Duration> || std::is_same_v<T, Uuid> ||
    std::is_same_v<T, JsonValue> || std::is_same_v<T, ExtraMembers> || std::is_enum_v<T>;

template <typename T>
concept PlainAggregate = std::is_class_v<T> && std::is_aggregate_v<T> && !kIsScalar<T> &&
                         !TupleLike<T> && !Container<T>;

template <typename T>
constexpr bool is_supported();

template <typename T, size_t... I>
constexpr bool are_elements_supported(std::index_sequence<I...>) {
  return (is_supported<std::tuple_element_t<I, T>>() && ...);
}

template <typename... Ts>
constexpr bool are_alternatives_supported(const std::variant<Ts...>*) {
  return (PlainAggregate<Ts> && ...);
}

// Whether a member of the type has a JSON form. Members of aggregates are checked by themselves.
template <typename T>
constexpr bool is_supported() {
  if constexpr (!std::is_object_v<T> || std::is_const_v<T> || std::is_volatile_v<T>) {
    return false;
  } else if constexpr (kIsScalar<T>) {
    return true;
  } else if constexpr (Optional<T>) {
    // An empty optional in an optional would read back as an empty outer one.
    return is_supported<typename T::value_type>() && !Optional<typename T::value_type> &&
           !std::is_same_v<typename T::value_type, ExtraMembers>;
  } else if constexpr (Map<T>) {
    return (std::is_same_v<typename T::key_type, std::string> || Integer<typename T::key_type>) &&
           is_supported<typename T::mapped_type>();
  } else if constexpr (Sequence<T>) {
    return is_supported<typename T::value_type>();
  } else if constexpr (kIsVariant<T>) {
    return are_alternatives_supported(static_cast<const T*>(nullptr));
  } else if constexpr (TupleLike<T>) {
    return are_elements_supported<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    return PlainAggregate<T>;
  }
}

// --- Shapes ------------------------------------------------------------------------------------

template <typename T>
constexpr ValueType make_value_type();

template <typename T>
inline constexpr ValueType kValueType = make_value_type<T>();

template <typename T>
const ObjectShape& object_shape();

template <typename T>
const TypeTable& type_table();

template <typename E>
constexpr ValueKind integer_kind() {
  constexpr bool is_signed = std::is_signed_v<E>;
  if constexpr (sizeof(E) == 1) return is_signed ? ValueKind::kInt8 : ValueKind::kUint8;
  if constexpr (sizeof(E) == 2) return is_signed ? ValueKind::kInt16 : ValueKind::kUint16;
  if constexpr (sizeof(E) == 4) return is_signed ? ValueKind::kInt32 : ValueKind::kUint32;
  return is_signed ? ValueKind::kInt64 : ValueKind::kUint64;
}

template <typename E>
std::string_view enum_name_of([[maybe_unused]] const void* value) {
  if constexpr (NamedEnum<E>) {
    for (const auto& name : EnumTraits<E>::names) {
      if (name.value == *static_cast<const E*>(value)) return name.name;
    }
  }
  return {};
}

template <typename E>
bool set_enum_by_name([[maybe_unused]] void* value, [[maybe_unused]] std::string_view text) {
  if constexpr (NamedEnum<E>) {
    for (const auto& name : EnumTraits<E>::names) {
      if (name.name != text) continue;
      *static_cast<E*>(value) = name.value;
      return true;
    }
  }
  return false;
}

template <typename E>
inline constexpr EnumShape kEnumShape = {&enum_name_of<E>, &set_enum_by_name<E>,
                                         integer_kind<std::underlying_type_t<E>>()};

template <typename T>
struct OptionalOps {
  static const void* get(const void* optional) {
    const T& typed = *static_cast<const T*>(optional);
    return typed.has_value() ? &*typed : nullptr;
  }
  static void* emplace(void* optional) { return &static_cast<T*>(optional)->emplace(); }
  static void reset(void* optional) { static_cast<T*>(optional)->reset(); }
};

template <typename T>
inline constexpr OptionalShape kOptionalShape = {&kValueType<typename T::value_type>,
                                                 &OptionalOps<T>::get, &OptionalOps<T>::emplace,
                                                 &OptionalOps<T>::reset};

template <typename T>
struct SequenceOps {
  using Element = typename T::value_type;

  static void for_each(const void* sequence, ElementVisitor& visitor) {
    // By const reference, so that the proxies of vector<bool> become a bool first.
    for (const Element& element : *static_cast<const T*>(sequence)) {
      visitor.visit(kValueType<Element>, &element);
    }
  }

  static bool read_all(void* sequence, ElementSource& source) {
    T& typed = *static_cast<T*>(sequence);
    typed.clear();
    while (source.next()) {
      Element element{};
      if (!source.read(kValueType<Element>, &element)) return false;
      if constexpr (requires { typed.push_back(std::move(element)); }) {
        typed.push_back(std::move(element));
      } else {
        typed.insert(std::move(element));
      }
    }
    return true;
  }
};

// std::array, std::tuple, std::pair: a fixed number of elements.
template <typename T>
struct TupleOps {
  using Indexes = std::make_index_sequence<std::tuple_size_v<T>>;

  static void for_each(const void* tuple, ElementVisitor& visitor) {
    using std::get;
    [&]<size_t... I>(std::index_sequence<I...>) {
      (visitor.visit(kValueType<std::tuple_element_t<I, T>>, &get<I>(*static_cast<const T*>(tuple))),
       ...);
    }(Indexes{});
  }

  static bool read_all(void* tuple, ElementSource& source) {
    using std::get;
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return ((source.next() && source.read(kValueType<std::tuple_element_t<I, T>>,
                                            &get<I>(*static_cast<T*>(tuple)))) &&
              ...);
    }(Indexes{}) &&
           !source.next();
  }
};

template <typename T, template <typename> typename Ops>
inline constexpr SequenceShape kSequenceShape = {&Ops<T>::for_each, &Ops<T>::read_all};

template <typename T>
struct MapOps {
  using Key = typename T::key_type;
  using Mapped = typename T::mapped_type;

  static void for_each(const void* map, MemberVisitor& visitor) {
    for (const auto& [key, value] : *static_cast<const T*>(map)) {
      if constexpr (std::is_same_v<Key, std::string>) {
        visitor.visit(key, kValueType<Mapped>, &value);
      } else {
        char text[24];
        const char* end = std::to_chars(text, text + sizeof text, key).ptr;
        visitor.visit({text, static_cast<size_t>(end - text)}, kValueType<Mapped>, &value);
      }
    }
  }

  static bool read_all(void* map, MemberSource& source) {
    T& typed = *static_cast<T*>(map);
    typed.clear();
    std::string_view text;
    while (source.next(&text)) {
      Key key{};
      if constexpr (std::is_same_v<Key, std::string>) {
        key = text;
      } else {
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), key);
        if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return false;
      }
      Mapped value{};
      if (!source.read(kValueType<Mapped>, &value)) return false;
      typed.insert_or_assign(std::move(key), std::move(value));
    }
    return true;
  }
};

template <typename T>
inline constexpr MapShape kMapShape = {&MapOps<T>::for_each, &MapOps<T>::read_all};

template <typename T>
struct VariantOps;

template <typename... Ts>
struct VariantOps<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static const TypeTable& table(size_t index) {
    constexpr std::array<const TypeTable& (*)(), sizeof...(Ts)> tables = {&type_table<Ts>...};
    return tables[index]();
  }
  // An alternative that threw while it was assigned leaves a variant without value; it counts as
  // the first, which `get` then makes anew.
  static size_t index(const void* variant) {
    const Variant& typed = *static_cast<const Variant*>(variant);
    return typed.valueless_by_exception() ? 0 : typed.index();
  }
  static const void* get(const void* variant) {
    const Variant& typed = *static_cast<const Variant*>(variant);
    if (typed.valueless_by_exception()) {
      static const std::variant_alternative_t<0, Variant> first{};
      return &first;
    }
    return std::visit([](const auto& value) -> const void* { return &value; }, typed);
  }
  static void* emplace(void* variant, size_t index) {
    Variant& typed = *static_cast<Variant*>(variant);
    void* value = nullptr;
    [&]<size_t... I>(std::index_sequence<I...>) {
      ((I == index ? static_cast<void>(value = &typed.template emplace<I>()) : void()), ...);
    }(std::index_sequence_for<Ts...>{});
    return value;
  }
};

template <typename T>
inline constexpr VariantShape kVariantShape = {
    std::variant_size_v<T>, &VariantOps<T>::table, &VariantOps<T>::index, &VariantOps<T>::get,
    &VariantOps<T>::emplace};

template <typename T>
constexpr ValueType make_plain_type(ValueKind kind) {
  return ValueType{kind, cpp_type_name<T>(), {nullptr}};
}

template <typename T>
constexpr ValueType make_value_type() {
  constexpr std::string_view name = cpp_type_name<T>();
  if constexpr (std::is_same_v<T, bool>) {
    return make_plain_type<T>(ValueKind::kBool);
  } else if constexpr (Integer<T>) {
    return make_plain_type<T>(integer_kind<T>());
  } else if constexpr (std::is_same_v<T, float>) {
    return make_plain_type<T>(ValueKind::kFloat);
  } else if constexpr (std::is_same_v<T, double>) {
    return make_plain_type<T>(ValueKind::kDouble);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return make_plain_type<T>(ValueKind::kString);
  } else if constexpr (FilesystemPath<T>) {
    return make_plain_type<T>(ValueKind::kPath);
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    return make_plain_type<T>(ValueKind::kBytes);
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    return make_plain_type<T>(ValueKind::kTime);
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    return make_plain_type<T>(ValueKind::kDuration);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return make_plain_type<T>(ValueKind::kUuid);
  } else if constexpr (std::is_same_v<T, JsonValue>) {
    return make_plain_type<T>(ValueKind::kJson);
  } else if constexpr (std::is_same_v<T, ExtraMembers>) {
    return make_plain_type<T>(ValueKind::kExtraMembers);
  } else if constexpr (std::is_enum_v<T>) {
    return ValueType{ValueKind::kEnum, name, {.enumeration = &kEnumShape<T>}};
  } else if constexpr (Optional<T>) {
    return ValueType{ValueKind::kOptional, name, {.optional = &kOptionalShape<T>}};
  } else if constexpr (Map<T>) {
    return ValueType{ValueKind::kMap, name, {.map = &kMapShape<T>}};
  } else if constexpr (Sequence<T>) {
    return ValueType{ValueKind::kSequence, name, {.sequence = &kSequenceShape<T, SequenceOps>}};
  } else if constexpr (kIsVariant<T>) {
    return ValueType{ValueKind::kVariant, name, {.variant = &kVariantShape<T>}};
  } else if constexpr (TupleLike<T>) {
    return ValueType{ValueKind::kSequence, name, {.sequence = &kSequenceShape<T, TupleOps>}};
  } else {
    return ValueType{ValueKind::kObject, name, {.object = &object_shape<T>}};
  }
}

// --- Members -----------------------------------------------------------------------------------

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
    static_assert(kMemberHasJsonForm<T, MemberNameOf<T, I>, Member>,
                  "logslice: this member's type has no JSON form; specs/reflection.md has the types");
    return Field{name, 0, nullptr};
  } else {
    return Field{name, 0, &kValueType<Member>};
  }
}

// Converts to whatever a member is initialised with; never called.
struct AnyMember {
  template <typename U>
  operator U() const noexcept;
};

// Converts to base classes of T only.
template <typename T>
struct AnyBase {
  template <typename U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  operator U() const noexcept;
};

template <typename T, size_t... Before, size_t... Behind>
constexpr bool takes_pair_at(std::index_sequence<Before...>, std::index_sequence<Behind...>) {
  return requires { T{(Before, AnyMember{})..., {AnyMember{}, AnyMember{}}, (Behind, AnyMember{})...}; };
}

// Braces may be left out around a C array's elements, so Boost.PFR counts each as a member. If braces
// around two values can stand for member I, but then not all the other members behind it, they stand
// for more than one of what was counted.
template <typename T, size_t Count, size_t I>
constexpr bool begins_array() {
  if constexpr (I + 2 > Count) {
    return false;
  } else {
    using Before = std::make_index_sequence<I>;
    return takes_pair_at<T>(Before{}, std::index_sequence<>{}) &&
           !takes_pair_at<T>(Before{}, std::make_index_sequence<Count - I - 1>{});
  }
}

// Whether Boost.PFR can see the members; it says so less plainly itself.
template <typename T>
constexpr bool has_plain_members() {
  if constexpr (std::is_empty_v<T>) {
    return true;
  } else if constexpr (requires { T{AnyBase<T>{}}; }) {
    return false;
  } else {
    return []<size_t... I>(std::index_sequence<I...>) {
      return !(begins_array<T, sizeof...(I), I>() || ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});
  }
}

template <typename T>
constexpr bool check_aggregate() {
  static_assert(std::is_class_v<T> && std::is_aggregate_v<T>,
                "logslice: a slice type is a plain aggregate: a struct without constructors, private "
                "members or virtual functions");
  static_assert(std::is_default_constructible_v<T> && std::is_move_constructible_v<T>,
                "logslice: a slice type must be default constructible and movable");
  if constexpr (std::is_class_v<T> && std::is_aggregate_v<T> && std::is_default_constructible_v<T>) {
    static_assert(has_plain_members<T>(),
                  "logslice: C arrays, bit-fields, references and base classes cannot be members of a "
                  "slice type; use std::array, plain integers, values and nested structs");
    return has_plain_members<T>();
  }
  return false;
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
      }(std::make_index_sequence<count>{});
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

// --- Types of slices and events ----------------------------------------------------------------

constexpr bool is_valid_id(std::string_view id) {
  if (id.empty()) return false;
  for (const char c : id) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\') return false;
  }
  return true;
}

// True if the type states an id or has a name that can become one.
template <typename T>
inline constexpr bool kTypeHasId =
    requires { EntryTraits<T>::id; } || is_portable_name(cpp_type_name<T>());

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
    auto* made = new TypeTable;
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
    made->move_construct = [](void* at, void* from) { new (at) T(std::move(*static_cast<T*>(from))); };
    made->copy_construct = nullptr;
    if constexpr (std::is_copy_constructible_v<T>) {
      made->copy_construct = [](void* at, const void* from) {
        new (at) T(*static_cast<const T*>(from));
      };
    }
    made->destroy = [](void* at) { static_cast<T*>(at)->~T(); };
    made->finish();
    return made;
  }();
  return table;
}

}  // namespace logslice::internal
