// This header defines the check that a type is an aggregate whose members can be seen.
#pragma once

#include <boost/pfr/core.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace logslice::internal {

// What Boost.PFR's structured bindings are generated for.
inline constexpr size_t kMemberCountMax = 200;

// Converts to whatever a member is initialised with; never called.
struct AnyMember {
  template <typename U>
  operator U() const noexcept;
};

// Converts to base classes of T only.
template <typename T>
struct AnyBase {
  template <typename U>
  requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>) operator U() const noexcept;
};

template <typename T, size_t... Before, size_t... Behind>
constexpr bool takes_pair_at(std::index_sequence<Before...>, std::index_sequence<Behind...>) {
  return requires {
    T{(Before, AnyMember{})..., {AnyMember{}, AnyMember{}}, (Behind, AnyMember{})...};
  };
}

// Braces may be left out around a C array's elements, so Boost.PFR counts each as a member. If
// braces around two values can stand for member I, but then not all the other members behind it,
// they stand for more than one of what was counted.
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
    static_assert(
        boost::pfr::tuple_size_v<T> <= kMemberCountMax,
        "logslice: a struct has at most 200 members; put some of them into a nested struct");
    return []<size_t... I>(std::index_sequence<I...>) {
      return !(begins_array<T, sizeof...(I), I>() || ...);
    }
    (std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});
  }
}

template <typename T>
constexpr bool check_aggregate() {
  static_assert(
      std::is_class_v<T> && std::is_aggregate_v<T>,
      "logslice: a slice type is a plain aggregate: a struct without constructors, private "
      "members or virtual functions");
  static_assert(std::is_default_constructible_v<T> && std::is_move_constructible_v<T>,
                "logslice: a slice type must be default constructible and movable");
  if constexpr (std::is_class_v<T> && std::is_aggregate_v<T> &&
                std::is_default_constructible_v<T>) {
    static_assert(
        has_plain_members<T>(),
        "logslice: C arrays, bit-fields, references and base classes cannot be members of a "
        "slice type; use std::array, plain integers, values and nested structs");
    return has_plain_members<T>();
  }
  return false;
}

}  // namespace logslice::internal
