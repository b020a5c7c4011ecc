// This header defines the check that a type is an aggregate whose members can be seen.
#pragma once

#include <boost/pfr/core.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace logslice::internal {

// What Boost.PFR's structured bindings are generated for.
inline constexpr size_t kMemberCountMax = 200;
// What takes_braces() is written for, but one.
inline constexpr size_t kEasyCountMax = 16;

// Converts to whatever a member is initialised with; never called.
struct AnyMember {
  template <typename U>
  operator U() const noexcept;
};

// The same for what is copied.
struct AnyReference {
  template <typename U>
  operator U&() const noexcept;
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

// Whether T{{}, …} takes N times `{}`. Such braces stand for exactly one member each.
template <typename T, size_t N>
constexpr bool takes_braces() {
  if constexpr (N == 1) {
    return requires { T{{}}; };
  } else if constexpr (N == 2) {
    return requires { T{{}, {}}; };
  } else if constexpr (N == 3) {
    return requires { T{{}, {}, {}}; };
  } else if constexpr (N == 4) {
    return requires { T{{}, {}, {}, {}}; };
  } else if constexpr (N == 5) {
    return requires { T{{}, {}, {}, {}, {}}; };
  } else if constexpr (N == 6) {
    return requires { T{{}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 7) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 8) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 9) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 10) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 11) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 12) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 13) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 14) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 15) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 16) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else if constexpr (N == 17) {
    return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };
  } else {
    return false;
  }
}

template <typename T, size_t... I>
constexpr bool takes_any(std::index_sequence<I...>) {
  if constexpr (std::is_copy_constructible_v<T>) {
    return requires { T{(I, AnyReference{})...}; };
  } else {
    return requires { T{(I, AnyMember{})...}; };
  }
}

// The largest N below `Last` for which takes_braces; it does for `First`.
template <typename T, size_t First, size_t Last>
constexpr size_t count_braces() {
  if constexpr (Last - First == 1) {
    return First;
  } else {
    constexpr size_t kMiddle = First + (Last - First) / 2;
    if constexpr (takes_braces<T, kMiddle>()) {
      return count_braces<T, kMiddle, Last>();
    } else {
      return count_braces<T, First, kMiddle>();
    }
  }
}

// How many members T has, if that is easily told: no more than 16, each made of `{}`, none an
// array. 0 if not. For most types it is, and many times faster than how Boost.PFR counts.
template <typename T>
constexpr size_t count_plain_members() {
  if constexpr (takes_braces<T, 1>()) {
    constexpr size_t kCount = count_braces<T, 1, kEasyCountMax + 2>();
    // One more that `{}` does not make, or elements of an array: left to who looks closely.
    return kCount <= kEasyCountMax && !takes_any<T>(std::make_index_sequence<kCount + 1>{}) ? kCount
                                                                                            : 0;
  } else {
    return 0;
  }
}
template <typename T>
inline constexpr size_t kPlainMemberCount = count_plain_members<T>();

template <typename T>
constexpr size_t count_members() {
  if constexpr (std::is_empty_v<T>) {
    return 0;
  } else if constexpr (kPlainMemberCount<T> > 0) {
    return kPlainMemberCount<T>;
  } else {
    return boost::pfr::tuple_size_v<T>;
  }
}
template <typename T>
inline constexpr size_t kMemberCount = count_members<T>();

// Whether Boost.PFR can see the members; it says so less plainly itself.
template <typename T>
constexpr bool has_plain_members() {
  if constexpr (!std::is_empty_v<T> && requires { T{AnyBase<T>{}}; }) {
    return false;
  } else if constexpr (std::is_empty_v<T> || kPlainMemberCount<T> > 0) {
    return true;
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
