// This header defines which C++ types have a JSON form: the table of specs/reflection.md as
// concepts.
//
// Containers are recognised by what they can do, not by name, so that a program pays only for the
// standard headers that it includes itself.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace logslice::internal {

template <typename T>
concept Character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> ||
    std::is_same_v<T, char8_t> || std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

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
concept Map = Container<T> &&
    requires(T& map, typename T::key_type&& key, typename T::mapped_type&& mapped) {
  map.insert_or_assign(std::move(key), std::move(mapped));
};

template <typename T>
concept Sequence =
    Container<T> && !Map<T> && !std::is_same_v<T, std::string> && !FilesystemPath<T> &&
    (
        requires(T & t, typename T::value_type&& v) { t.push_back(std::move(v)); } ||
        requires(T & t, typename T::value_type&& v) { t.insert(std::move(v)); });

template <typename T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

template <typename T>
inline constexpr bool kIsArray = false;
template <typename T, size_t n>
inline constexpr bool kIsArray<std::array<T, n>> = true;

template <typename T>
inline constexpr bool kIsVariant = false;
template <typename... Ts>
inline constexpr bool kIsVariant<std::variant<Ts...>> = true;

template <typename T>
concept NamedEnum = std::is_enum_v<T> && requires {
  EnumTraits<T>::names;
};

// Types that are written by their own rule, whatever they look like.
template <typename T>
inline constexpr bool kIsScalar =
    std::is_same_v<T, bool> || Integer<T> || std::is_same_v<T, float> ||
    std::is_same_v<T, double> || std::is_same_v<T, std::string> || FilesystemPath<T> ||
    std::is_same_v<T, std::vector<std::byte>> || std::is_same_v<T, absl::Time> ||
    std::is_same_v<T, absl::Duration> || std::is_same_v<T, Uuid> || std::is_same_v<T, JsonValue> ||
    std::is_same_v<T, ExtraMembers> || std::is_enum_v<T>;

template <typename T>
concept PlainAggregate =
    std::is_class_v<T> && std::is_aggregate_v<T> && !kIsScalar<T> && !TupleLike<T> && !Container<T>;

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
    return (std::is_same_v<typename T::key_type, std::string> ||
            Integer<typename T::key_type>)&&is_supported<typename T::mapped_type>();
  } else if constexpr (Sequence<T> || kIsArray<T>) {
    return is_supported<typename T::value_type>();
  } else if constexpr (kIsVariant<T>) {
    return are_alternatives_supported(static_cast<const T*>(nullptr));
  } else if constexpr (TupleLike<T>) {
    return are_elements_supported<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    return PlainAggregate<T>;
  }
}

}  // namespace logslice::internal
