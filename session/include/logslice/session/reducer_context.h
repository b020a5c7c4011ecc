// This header defines ReducerContext: what a reducer may look at beside its slice and its event.
#pragma once

#include "logslice/reflection/uuid.h"
#include "logslice/session/slice_accessor.h"

namespace logslice {

// Valid during the call of the reducer.
class ReducerContext {
 public:
  explicit ReducerContext(const internal::SessionCore& core) : core_(&core) {}

  // Other slices, as the reducers before this one left them.
  template <typename T>
  SliceAccessor<T> slice() const {
    return SliceAccessor<T>(*core_);
  }

  const Uuid& session_id() const { return internal::read_session_id(*core_); }

 private:
  const internal::SessionCore* core_;
};

}  // namespace logslice
