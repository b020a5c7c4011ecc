// This header defines SliceAccessor, how one slice of a session is read.
//
//   logslice::SliceAccessor<ToolInvoked> tools = session.slice<ToolInvoked>();
//   if (std::shared_ptr<const ToolInvoked> last = tools.latest()) …
//   for (const ToolInvoked& call : tools.where([](const auto& c) { return !c.success; })) …
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "logslice/session/internal/slice_reading.h"
#include "logslice/session/slice_selection.h"
#include "logslice/session/slice_view.h"

namespace logslice {

// SliceAccessor reads what is in memory; scan_log reads what is on disk. No entry is copied, and
// what was handed out stays valid whatever the session does next. Every call sees the slice at one
// moment, between two operations on it. A slice that is not registered reads as empty, and the
// diagnostics sink is told once (slice_unregistered). Valid as long as the session. Threads: any.
// Spec: specs/session.md, "Reading".
template <typename S>
class SliceAccessor {
 public:
  explicit SliceAccessor(const internal::SessionCore& core) : core_(&core) {}

  // All entries, oldest first. Its cost does not grow with their bytes.
  SliceView<S> all() const { return SliceView<S>(internal::read_all(*core_, kType)); }

  // The newest entry, or null. Pins the chunk of at most 256 entries that it lies in.
  std::shared_ptr<const S> latest() const {
    return std::static_pointer_cast<const S>(internal::read_latest(*core_, kType));
  }

  // The entries for which `predicate(const S&)` holds, oldest first. No lock is held while it runs.
  // If it throws, the selection's status() says so and the diagnostics sink is told.
  template <typename Predicate>
  SliceSelection<S> where(Predicate&& predicate) const {
    return SliceSelection<S>(internal::read_where(*core_, kType, [&](const void* entry) {
      return predicate(*static_cast<const S*>(entry));
    }));
  }

  size_t size() const { return internal::read_size(*core_, kType); }
  bool empty() const { return size() == 0; }

 private:
  static constexpr const internal::EventType& kType = internal::event_type<S>;

  const internal::SessionCore* core_;
};

}  // namespace logslice
