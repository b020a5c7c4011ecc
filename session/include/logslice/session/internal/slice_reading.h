// This header defines how typed accessors read the slices of a session: by the identity of the
// type.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "logslice/reflection/uuid.h"
#include "logslice/session/internal/event_type.h"
#include "logslice/session/internal/window_view.h"

namespace logslice::internal {

class SessionCore;

// All take the window lock for a few pointer copies. A type that is no slice of the session reads
// as empty and is reported once. Threads: any.
WindowView read_all(const SessionCore& core, const EventType& slice);
std::shared_ptr<const void> read_latest(const SessionCore& core, const EventType& slice);
size_t read_size(const SessionCore& core, const EventType& slice);
const Uuid& read_session_id(const SessionCore& core);

struct PickedEntries {
  WindowView view;
  std::vector<const void*> entries;
  absl::Status status;
};

// Calls `predicate` without any lock, for the oldest entry first. What it throws ends the walk.
PickedEntries read_where(const SessionCore& core, const EventType& slice,
                         const std::function<bool(const void*)>& predicate);

}  // namespace logslice::internal
