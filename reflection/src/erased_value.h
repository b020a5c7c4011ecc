// This header defines as<T>(), the value behind an untyped pointer, whose type its ValueType tells.
#pragma once

namespace logslice::internal {

template <typename T>
T& as(void* value) {
  return *static_cast<T*>(value);
}

template <typename T>
const T& as(const void* value) {
  return *static_cast<const T*>(value);
}

}  // namespace logslice::internal
