// This header defines `type_id<T>()`, the `__type__` that entries of a type are written with.
//
//   snapshot.log_files().at(std::string(logslice::type_id<ToolInvoked>())).last_seq
#pragma once

#include <string_view>

#include "logslice/reflection/internal/describe.h"

namespace logslice {

// The id that EntryTraits<T> states, or the one made from the type's C++ name. Does not compile for
// a type that has neither. Rules: specs/reflection.md, "Ids".
template <typename T>
constexpr std::string_view type_id() {
  return internal::type_id_of<T>();
}

}  // namespace logslice
