// This header defines how the members of an aggregate are reached and named: all at once.
//
// Boost.PFR counts them, and gives those of large structs. It names them one by one, each in a
// dozen templates of its own; the addresses of all members in one template argument are one
// template for the whole struct, whose name the compiler spells (specs/weight.md has what that
// saves).
#pragma once

#include <boost/pfr/core.hpp>
#include <boost/pfr/core_name.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "logslice/reflection/internal/aggregate_check.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// visit(member…), in the order of declaration. The struct has at least one member.
template <typename T, typename Visit>
constexpr auto with_members(T& value, const Visit& visit) {
  constexpr size_t kCount = kMemberCount<T>;
  if constexpr (kCount == 1) {
    auto& [a] = value;
    return visit(a);
  } else if constexpr (kCount == 2) {
    auto& [a, b] = value;
    return visit(a, b);
  } else if constexpr (kCount == 3) {
    auto& [a, b, c] = value;
    return visit(a, b, c);
  } else if constexpr (kCount == 4) {
    auto& [a, b, c, d] = value;
    return visit(a, b, c, d);
  } else if constexpr (kCount == 5) {
    auto& [a, b, c, d, e] = value;
    return visit(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    auto& [a, b, c, d, e, f] = value;
    return visit(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    return visit(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    auto& [a, b, c, d, e, f, g, h] = value;
    return visit(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = value;
    return visit(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kCount == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = value;
    return visit(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kCount == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kCount == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kCount == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (kCount == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (kCount == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (kCount == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
    return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  } else {
    return std::apply(visit, boost::pfr::structure_tie(value));
  }
}

template <size_t N>
struct MemberAddresses {
  const void* at[N];
};

// Only declared: its members have addresses, it is never read.
template <typename T>
struct NeverMade {
  T value;
};
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <typename T>
extern NeverMade<T> kNeverMade;

// Visitors are structs: a lambda would be a type of its own, for every struct.
struct TakeAddresses {
  template <typename... Member>
  constexpr MemberAddresses<sizeof...(Member)> operator()(Member&... members) const {
    return {{std::addressof(members)...}};
  }
};

template <typename T, typename Visit>
constexpr auto with_members_never_made() {
  return with_members(kNeverMade<T>.value, Visit{});
}

// Where the members lie in an object at `room`. Nothing is read or made there.
struct WriteAddresses {
  const void** at;
  template <typename... Member>
  void operator()(Member&... members) const {
    size_t i = 0;
    ((at[i++] = std::addressof(members)), ...);
  }
};
template <typename T>
void locate_members(void* room, const void** addresses) {
  with_members(*static_cast<T*>(room), WriteAddresses{addresses});
}

// g++:   … A = …{((const void*)(& kNeverMade<T>.….T::first)), ((const void*)(& ….T::second))}}]
// clang: … A = {{&kNeverMade.value.first, &kNeverMade.value.second}}]
template <auto A>
constexpr const char* signature_with_members() {
  return __PRETTY_FUNCTION__;
}

// Whether this compiler spells as we think; if not, the names are Boost.PFR's.
struct SpellingProbe {
  int first, second;
};
constexpr bool is_spelling_known() {
  std::string_view text =
      signature_with_members<with_members_never_made<SpellingProbe, TakeAddresses>()>();
#if defined(__clang__)
  return text.ends_with("{{&kNeverMade.value.first, &kNeverMade.value.second}}]");
#else
  const auto remove = [&text](std::string_view end) {
    if (!text.ends_with(end)) return false;
    text.remove_suffix(end.size());
    return true;
  };
  if (!remove("second))}}]")) return false;
  const size_t begin = text.rfind("((const void*)(& ");
  if (begin == std::string_view::npos || !text.ends_with("::")) return false;
  const std::string_view prefix = text.substr(begin);
  return remove(prefix) && remove("first)), ") && remove(prefix) && text.ends_with('{');
#endif
}
inline constexpr bool kIsSpellingKnown = is_spelling_known();

// The compiler's text that has the names of all members. Taking them out of it is for the running
// program: a compiler that interprets that takes longer than for all else about a type.
template <typename T>
constexpr const char* spelled_members() {
  return signature_with_members<with_members_never_made<T, TakeAddresses>()>();
}

// Whether spelled_members<T>() has them all: clang writes `...` for those behind the tenth.
template <typename T>
constexpr bool are_all_spelled() {
  return kIsSpellingKnown && !std::string_view(spelled_members<T>()).ends_with("...}}]");
}

// Whether a member's name may begin with `__`. Rather yes, where the compiler cannot search
// quickly.
template <typename T>
constexpr bool may_have_reserved_name() {
#if defined(__clang__)
  return !are_all_spelled<T>() ||
         std::string_view(spelled_members<T>()).find(".__") != std::string_view::npos;
#else
  return !are_all_spelled<T>() || __builtin_strstr(spelled_members<T>(), "::__") != nullptr;
#endif
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// What make_object_shape() has to know of an aggregate: constants, so that there is no code for it.
struct ShapeSource {
  std::string_view cpp_name;
  const char* spelled_members;    // null: `names` has them
  const std::string_view* names;  // null: `spelled_members` has them
  const ValueType* const* types;
  size_t count;
  size_t size_bytes;
  size_t align_bytes;
  void (*locate)(void* room, const void** addresses);
  bool (*is_required)(std::string_view name);  // null: all members are always written
};

const ObjectShape* make_object_shape(const ShapeSource& source);

}  // namespace logslice::internal
