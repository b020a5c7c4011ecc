// This header defines the reducers that need not be written.
//
//   session.register_reducer<Plan, Plan>(logslice::replace_latest);
//   session.register_reducer<Step, Step>(logslice::upsert_by([](const Step& s) { return s.name;
//   }));
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "logslice/session/reducer_context.h"
#include "logslice/session/slice_op.h"
#include "logslice/session/slice_view.h"

namespace logslice {

// Every event becomes an entry. What a slice does with events of its own type unless told
// otherwise. Where it comes last, an event that was handed over with std::move is moved.
struct AppendAll {
  template <typename S>
  SliceOp<S> operator()(const SliceView<S>&, const S& event, const ReducerContext&) const {
    return Append<S>{event};
  }
};
inline constexpr AppendAll append_all;

// The event becomes the only entry.
struct ReplaceLatest {
  template <typename S>
  SliceOp<S> operator()(const SliceView<S>&, const S& event, const ReducerContext&) const {
    return Replace<S>{{event}};
  }
};
inline constexpr ReplaceLatest replace_latest;

// Entries with the event's key leave; the event stands last. Linear in the slice, which is copied.
template <typename Key>
struct ReplaceLatestBy {
  Key key;

  template <typename S>
  SliceOp<S> operator()(const SliceView<S>& view, const S& event, const ReducerContext&) const {
    const auto& event_key = key(event);
    Replace<S> op;
    op.items.reserve(view.size() + 1);
    for (const S& entry : view) {
      if (!(key(entry) == event_key)) op.items.push_back(entry);
    }
    op.items.push_back(event);
    return op;
  }
};

// `key(const S&)` gives a value with ==.
template <typename Key>
ReplaceLatestBy<std::decay_t<Key>> replace_latest_by(Key&& key) {
  return {std::forward<Key>(key)};
}

// The same as replace_latest_by, under the name for slices that are tables: the updated row goes
// to the end, as where it comes from.
template <typename Key>
ReplaceLatestBy<std::decay_t<Key>> upsert_by(Key&& key) {
  return {std::forward<Key>(key)};
}

}  // namespace logslice
