// This header defines EventType, how an event whose type is erased is known, named, kept and ended,
// and EventRef, an event on its way into a session. An event need not be describable.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logslice/reflection/internal/object_functions.h"
#include "logslice/reflection/internal/type_name.h"

namespace logslice::internal {

// One per type. Its address is the type's identity: a look-up hashes one pointer.
struct EventType {
  std::string_view cpp_name;
  size_t size_bytes;
  size_t align_bytes;
  void (*move_construct)(void* at, void* from);        // null if it cannot be moved
  void (*copy_construct)(void* at, const void* from);  // null if it cannot be copied
  void (*destroy)(void* at);
};

template <typename E>
constexpr EventType make_event_type() {
  static_assert(std::is_same_v<E, std::remove_cvref_t<E>>);
  EventType type{cpp_type_name<E>(), sizeof(E), alignof(E), nullptr, nullptr, nullptr};
  if constexpr (std::is_move_constructible_v<E>) type.move_construct = &move_construct_object<E>;
  if constexpr (std::is_copy_constructible_v<E>) type.copy_construct = &copy_construct_object<E>;
  type.destroy = &destroy_object<E>;
  return type;
}

template <typename E>
inline constexpr EventType event_type = make_event_type<E>();

struct EventRef {
  const EventType* type;
  const void* event;
  void* movable;  // the same object if it may be moved from, else null

  // An rvalue may be moved from, an lvalue is copied where a copy is needed.
  template <typename E>
  static EventRef of(E&& event) {
    using Event = std::remove_cvref_t<E>;
    constexpr bool kMovable =
        !std::is_lvalue_reference_v<E> && !std::is_const_v<std::remove_reference_t<E>>;
    static_assert(kMovable || std::is_copy_constructible_v<Event>,
                  "logslice: an event that cannot be copied is handed over with std::move");
    EventRef ref{&event_type<Event>, &event, nullptr};
    if constexpr (kMovable) ref.movable = &event;
    return ref;
  }
};

}  // namespace logslice::internal
