// The way of an event: reducers, operations, window and sequence number, write, evict.

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "caught.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/status.h"
#include "session_core.h"
#include "session_errors.h"
#include "text.h"

namespace logslice::internal {
namespace {

// Events that reducers may dispatch, in turn, while one event is dispatched: reducers that answer
// each other for ever are a mistake, and would keep dispatch() from returning.
constexpr int64_t kNestedEventCountMax = 10'000;

}  // namespace

void AfterLocks::add_write(SessionLog& log, int64_t through_ticket) {
  if (first_write.log == nullptr) {
    first_write = {&log, through_ticket};
    return;
  }
  if (first_write.log == &log) {
    first_write.through_ticket = std::max(first_write.through_ticket, through_ticket);
    return;
  }
  for (Write& write : more_writes) {
    if (write.log != &log) continue;
    write.through_ticket = std::max(write.through_ticket, through_ticket);
    return;
  }
  more_writes.push_back({&log, through_ticket});
}

namespace {

// That there was no memory to tell something is told all the same.
template <typename Tell>
void tell_or_note(DispatchResult* result, Tell&& tell) {
  try {
    tell();
  } catch (const std::bad_alloc&) {
    if (result != nullptr) result->is_incomplete = true;
  }
}

void note_failure(EventRef event, std::string_view slice_type, absl::Status status,
                  DispatchResult& result) {
  tell_or_note(&result, [&] {
    result.failures.push_back(
        {std::string(event.type->cpp_name), std::string(slice_type), std::move(status)});
  });
}

}  // namespace

// Marks this thread as the one whose reducers run.
struct SessionCore::InsideReducer {
  explicit InsideReducer(SessionCore& session) : core(session) {
    core.reducing_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  ~InsideReducer() { core.reducing_thread_.store({}, std::memory_order_relaxed); }
  SessionCore& core;
};

// Whatever ends a dispatch, the next one begins without the nested events of this one.
struct SessionCore::ForgetNested {
  ~ForgetNested() {
    core.nested_.clear();
    core.nested_count_ = 0;
  }
  SessionCore& core;
};

DispatchResult SessionCore::dispatch(EventRef event) {
  DispatchResult result;  // returned at every end, so that it is never moved
  if (is_in_forked_child()) {
    note_failure(event, "", or_out_of_memory(closed_error), result);
    return result;
  }
  if (is_inside_reducer()) {
    queue_nested(event, result);
    return result;
  }
  AfterLocks after;
  if (dispatch_directly(event, after, result)) {
    finish(after);
    return result;
  }
  {
    const std::lock_guard dispatch_lock(dispatch_mutex_);
    if (closed_) {
      note_failure(event, "", or_out_of_memory(closed_error), result);
      return result;
    }
    const ForgetNested forget_nested{*this};
    run_route(event, after, result);
    if (const Route* const route = find_route(event.type)) allow_direct(*event.type, *route);
    while (!nested_.empty()) {
      const OwnedEvent next = std::move(nested_.front());
      nested_.pop_front();
      run_route(next.ref(), after, result);
    }
  }
  // Whatever there was no memory for: what was accepted is written.
  finish(after);
  return result;
}

bool SessionCore::dispatch_directly(EventRef event, AfterLocks& after, DispatchResult& result) {
  SliceState* const slice =
      direct_slices_[direct_index(*event.type)].load(std::memory_order_acquire);
  if (slice == nullptr || &slice->type() != event.type) return false;
  if (event.movable == nullptr && slice->table().copy_construct == nullptr) return false;
  SessionLog* const log = slice->log();
  // What is refused is told under the dispatch lock.
  NewEntry added{event.event, event.movable};
  if (log != nullptr) {
    const absl::StatusOr<size_t> memory_bytes =
        check_encodable(slice->table(), event.event, log->writer->config().line_bytes_max);
    if (!memory_bytes.ok()) return false;
    added.memory_bytes = *memory_bytes;
  }
  SliceState::Appended appended;
  bool is_allowed = false;
  absl::Status status = run_caught("adding the entry", [&] {
    const std::lock_guard window_lock(window_mutex_);
    // Still? And is that the log for which it was checked?
    is_allowed =
        direct_slices_[direct_index(*event.type)].load(std::memory_order_relaxed) == slice &&
        slice->log() == log;
    if (is_allowed) appended = slice->append(added, after.retired);
  });
  if (!is_allowed) return false;
  if (!status.ok()) {
    tell_or_note(&result, [&] { report_failed(*slice, event, status, after); });
    note_failure(event, slice->table().id, std::move(status), result);
    return true;
  }
  ++result.reducers_run;
  if (!appended.not_accepted.ok()) {
    const std::lock_guard dispatch_lock(dispatch_mutex_);
    refuse(*slice, std::move(appended.not_accepted), after, &result);
  }
  if (appended.write_through_ticket != 0) {
    tell_or_note(&result, [&] { after.add_write(*log, appended.write_through_ticket); });
  }
  return true;
}

void SessionCore::allow_direct(const EventType& event, const Route& route) {
  if (route.registrations.size() != 1) return;
  const Registration& only = route.registrations.front();
  std::atomic<SliceState*>& place = direct_slices_[direct_index(event)];
  // Two types that want one place do not take turns: that would cost both.
  if (!only.is_default || !only.slice->is_append_only() ||
      place.load(std::memory_order_relaxed) != nullptr) {
    return;
  }
  const std::lock_guard window_lock(window_mutex_);
  place.store(only.slice, std::memory_order_release);
}

void SessionCore::queue_nested(EventRef event, DispatchResult& result) {
  absl::Status status = or_out_of_memory([&] {
    if (event.movable == nullptr && event.type->copy_construct == nullptr) {
      return cannot_copy_error(event.type->cpp_name);
    }
    if (nested_count_ == kNestedEventCountMax) {
      return resource_exhausted(join_text({"more than ", std::to_string(kNestedEventCountMax),
                                           " events were dispatched from inside reducers"}));
    }
    ++nested_count_;
    return run_caught("keeping a nested event", [&] { nested_.emplace_back(event); });
  });
  if (!status.ok()) note_failure(event, "", std::move(status), result);
}

const SessionCore::Route* SessionCore::find_route(const EventType* type) {
  if (type == last_routed_type_) return last_route_;
  const auto found = routes_.find(type);
  if (found == routes_.end()) return nullptr;
  last_routed_type_ = type;
  last_route_ = &found->second;
  return last_route_;
}

void SessionCore::run_route(EventRef event, AfterLocks& after, DispatchResult& result) {
  const Route* const route = find_route(event.type);
  if (route == nullptr) {
    tell_or_note(nullptr, [&] { report_unhandled(event, after); });
    return;
  }
  // A reducer cannot register another, so that the route stays as it is.
  const std::vector<Registration>& registrations = route->registrations;
  for (size_t i = 0; i < registrations.size(); ++i) {
    run_registration(registrations[i], event, i + 1 == registrations.size(), after, result);
  }
}

void SessionCore::report_unhandled(EventRef event, AfterLocks& after) {
  if (!unhandled_reported_.insert(event.type).second) return;
  Diagnostic diagnostic{.severity = Severity::kWarning, .event = "event_unhandled"};
  diagnostic.message =
      join_text({"nobody takes events of type ", event.type->cpp_name, ": they are lost"});
  after.reports.push_back(std::move(diagnostic));
}

void SessionCore::run_registration(const Registration& registration, EventRef event, bool is_last,
                                   AfterLocks& after, DispatchResult& result) {
  SliceState& slice = *registration.slice;
  absl::Status status = or_out_of_memory([&] {
    return registration.reducer == nullptr
               ? append(slice, event.event, is_last ? event.movable : nullptr, after, result)
               : run_reducer(registration, event, after, result);
  });
  if (status.ok()) {
    ++result.reducers_run;
    return;
  }
  tell_or_note(&result, [&] { report_failed(slice, event, status, after); });
  note_failure(event, slice.table().id, std::move(status), result);
}

absl::Status SessionCore::run_reducer(const Registration& registration, EventRef event,
                                      AfterLocks& after, DispatchResult& result) {
  SliceState& slice = *registration.slice;
  WindowView view;
  {
    const std::lock_guard window_lock(window_mutex_);
    view = slice.window().view();
  }
  std::optional<ErasedOp> op;
  const InsideReducer inside_reducer{*this};
  absl::Status status = run_caught(
      "the reducer", [&] { op = registration.reducer(view, event.event, ReducerContext(*this)); });
  // The predicate of a Clear is the user's code too.
  return status.ok() ? apply(slice, *std::move(op), view, after, result) : status;
}

void SessionCore::report_failed(const SliceState& slice, EventRef event, const absl::Status& status,
                                AfterLocks& after) {
  Diagnostic diagnostic{.severity = Severity::kError, .event = "session_reducer_failed"};
  diagnostic.message = join_text({"slice ", slice.table().id, " did not take an event of type ",
                                  event.type->cpp_name, ": ", message_of(status)});
  diagnostic.slice_type = slice.table().id;
  diagnostic.status = status;
  after.reports.push_back(std::move(diagnostic));
}

absl::Status SessionCore::apply(SliceState& slice, ErasedOp op, const WindowView& view,
                                AfterLocks& after, DispatchResult& result) {
  switch (op.kind) {
    case ErasedOp::Kind::kAppend:
      for (size_t i = 0; op.items != nullptr && i < op.items->count(); ++i) {
        void* const item = op.items->mutable_at(i);
        if (absl::Status status = append(slice, item, item, after, result); !status.ok()) {
          return status;
        }
      }
      return absl::OkStatus();
    case ErasedOp::Kind::kReplace: {
      Window fresh(slice.table(), slice.chunk_entries_log2(), slice.memory());
      absl::Status status = run_caught("moving the items", [&] {
        for (size_t i = 0; op.items != nullptr && i < op.items->count(); ++i) {
          fresh.append_moved(op.items->mutable_at(i));
        }
      });
      if (!status.ok()) return status;
      const std::lock_guard window_lock(window_mutex_);
      slice.replace(std::move(fresh), after.retired);
      return absl::OkStatus();
    }
    case ErasedOp::Kind::kClear:
      return apply_clear(slice, op.predicate, view, after);
  }
  return absl::OkStatus();
}

absl::Status SessionCore::apply_clear(SliceState& slice,
                                      const std::function<bool(const void*)>& predicate,
                                      const WindowView& view, AfterLocks& after) {
  Window fresh(slice.table(), slice.chunk_entries_log2(), slice.memory());
  std::vector<size_t> kept;
  if (predicate != nullptr) {
    if (slice.table().copy_construct == nullptr) return cannot_copy_error(slice.table().cpp_name);
    absl::Status status = run_caught("the predicate of Clear", [&] {
      for (size_t i = 0; i < view.size(); ++i) {
        if (predicate(view.at(i))) continue;
        kept.push_back(i);
        fresh.append_copied(view.at(i));
      }
    });
    if (!status.ok()) return status;
    if (kept.size() == view.size()) return absl::OkStatus();
  }
  const std::lock_guard window_lock(window_mutex_);
  slice.keep_only(std::move(fresh), kept, view.size(), after.retired);
  return absl::OkStatus();
}

absl::Status SessionCore::append(SliceState& slice, const void* entry, void* movable,
                                 AfterLocks& after, DispatchResult& result) {
  if (movable == nullptr && slice.table().copy_construct == nullptr) {
    return cannot_copy_error(slice.table().cpp_name);
  }
  NewEntry added{entry, movable};
  if (slice.log() != nullptr) check_entry(slice, added, after, result);
  SliceState::Appended appended;
  absl::Status status = run_caught("adding the entry", [&] {
    const std::lock_guard window_lock(window_mutex_);
    appended = slice.append(added, after.retired);
  });
  if (!status.ok()) return status;
  if (!appended.not_accepted.ok()) {
    refuse(slice, std::move(appended.not_accepted), after, &result);
  }
  if (appended.write_through_ticket != 0) {
    tell_or_note(&result, [&] { after.add_write(*slice.log(), appended.write_through_ticket); });
  }
  return absl::OkStatus();
}

void SessionCore::check_entry(SliceState& slice, NewEntry& added, AfterLocks& after,
                              DispatchResult& result) {
  const int64_t line_bytes_max = slice.log()->writer->config().line_bytes_max;
  absl::StatusOr<size_t> memory_bytes = check_encodable(slice.table(), added.entry, line_bytes_max);
  if (memory_bytes.ok()) {
    added.memory_bytes = *memory_bytes;
    return;
  }
  added.encodable = Encodable::kNo;
  refuse(slice, std::move(memory_bytes).status(), after, &result);
}

void SessionCore::refuse(SliceState& slice, absl::Status status, AfterLocks& after,
                         DispatchResult* result) {
  slice.log()->writer->note_refused();
  tell_or_note(result, [&] { report_refused(slice, status, after); });
  if (result == nullptr) return;
  tell_or_note(result, [&] {
    result->refusals.push_back({std::string(slice.table().id), std::move(status)});
  });
}

void SessionCore::report_refused(const SliceState& slice, const absl::Status& status,
                                 AfterLocks& after) {
  // An agent that logs a NaN logs many: the same refusal is reported once until it changes.
  std::string& last = last_refusals_[&slice];
  if (const std::string_view message = message_of(status); last != message) {
    Diagnostic diagnostic{.severity = Severity::kError, .event = "log_entry_refused"};
    diagnostic.message =
        join_text({"an entry of slice ", slice.table().id, " stays in memory only: ", message});
    diagnostic.slice_type = slice.table().id;
    diagnostic.path = slice.log()->writer->path();
    diagnostic.entry_count = 1;
    diagnostic.status = status;
    std::string text(message);
    after.reports.push_back(std::move(diagnostic));
    last = std::move(text);
  }
}

}  // namespace logslice::internal
