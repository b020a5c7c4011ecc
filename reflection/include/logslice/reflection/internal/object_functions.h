// This header defines how an object whose type is erased is made, moved, copied and ended. The
// tables of entries and those of events name the same functions, so that a program has them once.
#pragma once

#include <new>
#include <utility>

namespace logslice::internal {

template <typename T>
void default_construct_object(void* at) {
  ::new (at) T{};
}

template <typename T>
void move_construct_object(void* at, void* from) {
  ::new (at) T(std::move(*static_cast<T*>(from)));
}

template <typename T>
void copy_construct_object(void* at, const void* from) {
  ::new (at) T(*static_cast<const T*>(from));
}

template <typename T>
void destroy_object(void* at) {
  static_cast<T*>(at)->~T();
}

}  // namespace logslice::internal
