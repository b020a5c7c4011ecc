// This header defines the four operations that a reducer may answer an event with.
#pragma once

#include <functional>
#include <variant>
#include <vector>

namespace logslice {

// The item becomes the newest entry.
template <typename S>
struct Append {
  S item;
};

// The items become the newest entries, in order. None is fine and does nothing.
template <typename S>
struct Extend {
  std::vector<S> items;
};

// The items become the whole slice. Of a LOG slice only the memory changes: nothing in its file
// does, what waits to be written is still written, and the items themselves are never written.
template <typename S>
struct Replace {
  std::vector<S> items;
};

// The entries for which `predicate` holds leave; all of them if there is none. Of a LOG slice only
// the memory changes. With a predicate the rest is copied: a slice of a type that cannot be copied
// refuses it.
template <typename S>
struct Clear {
  std::function<bool(const S&)> predicate = nullptr;
};

template <typename S>
using SliceOp = std::variant<Append<S>, Extend<S>, Replace<S>, Clear<S>>;

}  // namespace logslice
