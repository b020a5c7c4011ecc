// What comes once an event is applied and the locks are released: writing, by whoever does it, and
// letting go of what is written.

#include <mutex>

#include "session_core.h"

namespace logslice::internal {

void SessionCore::finish(AfterLocks& after) {
  if (after.first_write.log != nullptr) {
    write_and_trim(*after.first_write.log, after.first_write.through_ticket);
    for (const AfterLocks::Write& write : after.more_writes) {
      write_and_trim(*write.log, write.through_ticket);
    }
  }
  for (const Diagnostic& diagnostic : after.reports) report(diagnostic);
}

void SessionCore::write_and_trim(SessionLog& log, int64_t through_ticket) {
  if (log.thread != nullptr) return leave_to_thread(log);
  // A failed write has been reported by the writer; the entries stay, and the next append or flush
  // tries again.
  log.writer->write_through(through_ticket).IgnoreError();
  if (log.over_full.load(std::memory_order_relaxed)) {
    AfterLocks after;
    trim(log, after);
  }
}

void SessionCore::leave_to_thread(SessionLog& log) {
  PersistentLogWriter& writer = *log.writer;
  if (log.thread->is_parked()) log.thread->wake();
  if (writer.config().overflow != OverflowPolicy::kBlock || !writer.is_past_bound()) return;
  if (log.thread->wait_for_room(writer, writer.config().overflow_timeout)) return;
  const std::lock_guard window_lock(window_mutex_);
  writer.drop_past_bound();
}

void SessionCore::trim(SessionLog& log, AfterLocks& after) {
  const std::lock_guard window_lock(window_mutex_);
  bool over_full = false;
  for (SliceState* const slice : log.slices) {
    slice->trim(after.retired);
    over_full |= slice->is_over_full();
  }
  log.over_full.store(over_full, std::memory_order_relaxed);
}

bool SessionCore::trim_in_background(PersistentLogWriter& writer) {
  for (bool has_more = true; has_more;) {
    // What leaves is freed at the end of each round, without the lock.
    RetiredMemory retired;
    has_more = false;
    // Not waited for: a caller who lets go of a lock that is waited for has to call the kernel. If
    // it is taken now, there is a next time.
    const std::unique_lock window_lock(window_mutex_, std::try_to_lock);
    if (!window_lock.owns_lock()) return false;
    const auto log = logs_by_writer_.find(&writer);
    if (log == logs_by_writer_.end()) return true;  // the thread is faster than who opens it
    for (SliceState* const slice : log->second->slices) {
      has_more |= slice->trim(retired, kEntriesPerTrim);
    }
  }
  return true;
}

void SessionCore::trim_for_reader(const EventType& slice) const {
  for (bool has_more = true; has_more;) {
    RetiredMemory retired;
    const std::lock_guard lock(window_mutex_);
    SliceState* const state = find_slice(slice);
    if (state == nullptr || state->log() == nullptr || state->log()->thread == nullptr) return;
    has_more = state->trim(retired, kEntriesPerTrim);
  }
}

}  // namespace logslice::internal
