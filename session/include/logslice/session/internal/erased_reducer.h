// This header defines how a typed reducer becomes one that the session's core can call.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "logslice/reflection/internal/describe.h"
#include "logslice/session/internal/entry_chunk.h"
#include "logslice/session/internal/event_type.h"
#include "logslice/session/reducer_context.h"
#include "logslice/session/reducers.h"
#include "logslice/session/slice_op.h"
#include "logslice/session/slice_view.h"

namespace logslice::internal {

// What a slice is known by: its identity, and how its entries are made and encoded.
struct SliceType {
  const EventType* type;
  const TypeTable* table;
};

template <typename S>
SliceType slice_type() {
  return {&event_type<S>, &type_table<S>()};
}

struct ErasedOp {
  enum class Kind { kAppend, kReplace, kClear };

  Kind kind;
  std::unique_ptr<EntryChunk> items;                     // kAppend, kReplace; null: none
  std::function<bool(const void*)> predicate = nullptr;  // kClear; null: all
};

// Null stands for append_all, which the core does itself, without a view and without an operation.
using ErasedReducer =
    std::function<ErasedOp(const WindowView&, const void* event, const ReducerContext&)>;

template <typename S>
std::unique_ptr<EntryChunk> erase_items(S* items, size_t count) {
  if (count == 0) return nullptr;
  auto chunk = std::make_unique<EntryChunk>(type_table<S>(), count);
  for (size_t i = 0; i < count; ++i) chunk->append_moved(&items[i]);
  return chunk;
}

template <typename S>
ErasedOp erase_op(SliceOp<S> op) {
  struct Eraser {
    ErasedOp operator()(Append<S>& append) const {
      return {ErasedOp::Kind::kAppend, erase_items(&append.item, 1)};
    }
    ErasedOp operator()(Extend<S>& extend) const {
      return {ErasedOp::Kind::kAppend, erase_items(extend.items.data(), extend.items.size())};
    }
    ErasedOp operator()(Replace<S>& replace) const {
      return {ErasedOp::Kind::kReplace, erase_items(replace.items.data(), replace.items.size())};
    }
    ErasedOp operator()(Clear<S>& clear) const {
      if (clear.predicate == nullptr) return {ErasedOp::Kind::kClear, nullptr};
      return {ErasedOp::Kind::kClear, nullptr,
              [predicate = std::move(clear.predicate)](const void* entry) {
                return predicate(*static_cast<const S*>(entry));
              }};
    }
  };
  return std::visit(Eraser{}, op);
}

template <typename S, typename E, typename Reducer>
ErasedReducer erase_reducer(Reducer&& reducer) {
  if constexpr (std::is_same_v<std::remove_cvref_t<Reducer>, AppendAll>) {
    static_assert(std::is_same_v<S, E>, "logslice: append_all takes events of the slice's type");
    return nullptr;
  } else {
    static_assert(
        std::is_invocable_r_v<SliceOp<S>, Reducer&, SliceView<S>, const E&, const ReducerContext&>,
        "logslice: a reducer is SliceOp<S>(SliceView<S>, const E&, const ReducerContext&)");
    return [reducer = std::forward<Reducer>(reducer)](const WindowView& view, const void* event,
                                                      const ReducerContext& context) mutable {
      return erase_op<S>(reducer(SliceView<S>(view), *static_cast<const E*>(event), context));
    };
  }
}

}  // namespace logslice::internal
