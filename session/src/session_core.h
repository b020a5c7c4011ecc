// SessionCore is what a Session is made of, compiled once and knowing types by their tables.
//
// Locks, always taken in this order:
//   dispatch_mutex_  one event, registration, snapshot or restore at a time; held while reducers
//                    run. An event that is only appended to its slice does without it.
//   window_mutex_    the entries of all slices and the giving of sequence numbers; held for a few
//                    pointer copies, never across user code or a system call
//   (the writer's)   inside PersistentLogWriter; what writes holds none of the two above
// The diagnostics sink is called with none of them held: what is to be said is gathered in an
// AfterLocks, which outlives the locks.
//
// One concept per file: session_core.cc registration, reads, life; dispatch.cc events; eviction.cc
// writing and letting go; session_logs.cc persistence; session_snapshots.cc snapshot, restore and
// clone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "logslice/persistence/internal/process_generation.h"
#include "logslice/session/session.h"
#include "owned_event.h"
#include "reporter.h"
#include "session_node.h"
#include "slice_state.h"
#include "writer_thread.h"

namespace logslice::internal {

// What is left to do once the locks are released. Its memory is freed last.
struct AfterLocks {
  struct Write {
    SessionLog* log;
    int64_t through_ticket;
  };

  RetiredMemory retired;
  std::vector<Diagnostic> reports;
  Write first_write{nullptr, 0};  // nearly every event touches one log: no allocation for that one
  std::vector<Write> more_writes;

  void add_write(SessionLog& log, int64_t through_ticket);
};

class SessionCore : public std::enable_shared_from_this<SessionCore> {
 public:
  static std::shared_ptr<SessionCore> make(SessionOptions options,
                                           std::shared_ptr<SessionNode> parent);

  SessionCore(SessionOptions options, std::shared_ptr<SessionNode> parent);
  SessionCore(const SessionCore&) = delete;
  SessionCore& operator=(const SessionCore&) = delete;
  ~SessionCore();

  // Each as the function of Session that it is named after.
  absl::Status register_slice(SliceType slice, SlicePolicy policy);
  absl::Status register_reducer(const EventType& slice, const EventType& event,
                                ErasedReducer reducer);
  DispatchResult dispatch(EventRef event);
  absl::Status configure_persistence(SliceType slice, const LogPersistenceConfig& config);
  absl::StatusOr<LogMarks> log_marks(const EventType& slice) const;
  absl::StatusOr<PersistenceStatus> persistence_status(const EventType& slice) const;
  int64_t unwritten_count() const;
  absl::Status flush_logs(absl::Duration timeout);
  absl::Status sync_logs(absl::Duration timeout);
  absl::StatusOr<Snapshot> snapshot(const SnapshotOptions& options);
  absl::Status save_snapshot(const std::filesystem::path& path);
  absl::Status restore(const Snapshot& snapshot, const RestoreOptions& options);
  absl::Status reload_logs();
  absl::Status reset();
  absl::StatusOr<std::shared_ptr<SessionCore>> clone(const CloneOptions& options,
                                                     std::shared_ptr<SessionNode> parent);
  absl::Status close(absl::Duration timeout);
  // As the destructor closes: an error is reported.
  void close_reporting();
  absl::Duration drain_timeout() const { return drain_timeout_; }
  void end() {
    if (!is_in_forked_child()) node_->end();
  }

  std::vector<Uuid> children_ids() const {
    return is_in_forked_child() ? std::vector<Uuid>() : node_->children_ids();
  }
  const SessionNode& node() const { return *node_; }
  const std::shared_ptr<SessionNode>& shared_node() const { return node_; }
  absl::Time created_at() const { return created_at_; }
  const std::map<std::string, std::string>& tags() const { return tags_; }

  // Reads, for slice_reading.h.
  WindowView view(const EventType& slice) const;
  std::shared_ptr<const void> latest(const EventType& slice) const;
  size_t size(const EventType& slice) const;
  PickedEntries where(const EventType& slice,
                      const std::function<bool(const void*)>& predicate) const;

 private:
  // One reducer of one event type.
  struct Registration {
    SliceState* slice;
    ErasedReducer reducer;    // null: append_all
    bool is_default = false;  // the append_all that every slice begins with
  };
  struct Route {
    std::vector<Registration> registrations;  // the default append_all last
  };
  using LogFlush = WriterThread::Drain;
  static constexpr int64_t kEntriesPerTrim = 1024;  // of a background log, with the lock held once
  class Exclusively;
  struct InsideReducer;
  struct ForgetNested;

  // session_core.cc
  // Whether this call is the one that closes.
  bool begin_close();
  absl::Status report_close_failed(const absl::Status& status) const;
  absl::Status check_callable(std::string_view what) const;
  // A forked child has the parent's locks as they were at the fork, maybe held by a thread that the
  // child does not have: ask this before any lock.
  bool is_in_forked_child() const { return process_generation() != generation_; }
  bool is_inside_reducer() const {
    return reducing_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  SliceState* find_slice(const EventType& slice) const;  // window lock or dispatch lock
  SliceState* find_slice(std::string_view type_id) const;
  absl::Status check_ids_free(const TypeTable& table) const;  // dispatch lock
  SliceState* add_slice(std::unique_ptr<SliceState> slice);   // both locks
  void add_registration(const EventType& event, Registration registration);
  void subscribe(const EventType& event);
  void report(const Diagnostic& diagnostic) const { reporter_->report(diagnostic); }
  void report_unregistered(const EventType& slice) const;

  // dispatch.cc. Under the dispatch lock, but for the first.
  // False: not an event for that, or not now.
  bool dispatch_directly(EventRef event, AfterLocks& after, DispatchResult& result);
  static size_t direct_index(const EventType& type) {
    return (reinterpret_cast<uintptr_t>(&type) / alignof(EventType)) % kDirectSlices;
  }
  void allow_direct(const EventType& event, const Route& route);
  void queue_nested(EventRef event, DispatchResult& result);
  const Route* find_route(const EventType* type);
  void run_route(EventRef event, AfterLocks& after, DispatchResult& result);
  void run_registration(const Registration& registration, EventRef event, bool is_last,
                        AfterLocks& after, DispatchResult& result);
  absl::Status run_reducer(const Registration& registration, EventRef event, AfterLocks& after,
                           DispatchResult& result);
  void report_unhandled(EventRef event, AfterLocks& after);
  void report_failed(const SliceState& slice, EventRef event, const absl::Status& status,
                     AfterLocks& after);
  void report_refused(const SliceState& slice, const absl::Status& status, AfterLocks& after);
  absl::Status apply(SliceState& slice, ErasedOp op, const WindowView& view, AfterLocks& after,
                     DispatchResult& result);
  absl::Status apply_clear(SliceState& slice, const std::function<bool(const void*)>& predicate,
                           const WindowView& view, AfterLocks& after);
  absl::Status append(SliceState& slice, const void* entry, void* movable, AfterLocks& after,
                      DispatchResult& result);
  void check_entry(SliceState& slice, NewEntry& added, AfterLocks& after, DispatchResult& result);
  void refuse(SliceState& slice, absl::Status status, AfterLocks& after, DispatchResult* result);

  // eviction.cc. No lock held.
  // Writes, trims, reports.
  void finish(AfterLocks& after);
  void write_and_trim(SessionLog& log, int64_t through_ticket);
  // In background mode: wakes the thread, waits for room where that is the policy.
  void leave_to_thread(SessionLog& log);
  void trim(SessionLog& log, AfterLocks& after);
  // By the thread after it has written, a bit at a time, so that no dispatcher waits for long.
  // False: somebody has the lock.
  bool trim_in_background(PersistentLogWriter& writer);
  // What a reader must not see any more.
  void trim_for_reader(const EventType& slice) const;

  // session_logs.cc
  absl::StatusOr<SessionLog*> open_log(const LogPersistenceConfig& config);
  absl::StatusOr<SessionLog*> find_log(const EventType& slice) const;
  absl::Status start_thread();
  absl::Status close_logs(absl::Duration timeout);
  absl::Status flush_open(LogFlush how, const char* name, absl::Duration timeout);
  absl::Status flush(LogFlush how, absl::Duration timeout);
  // Makes `exclusively` hold, at a moment in which everything is written.
  absl::Status flush_and_take(std::optional<Exclusively>& exclusively);
  absl::Status deadline_missed(std::string_view what, int64_t unwritten_count) const;

  // session_snapshots.cc
  absl::StatusOr<Snapshot> take_snapshot(const SnapshotOptions& options, LogFlush how);
  bool has_unopened_log() const;
  absl::Status check_restorable(const Snapshot& snapshot, const RestoreOptions& options) const;
  absl::Status check_log_file(const SliceState& slice, const SnapshotLogFile& log_file,
                              const RestoreOptions& options) const;

  const std::shared_ptr<SessionNode> node_;
  const std::map<std::string, std::string> tags_;
  Clock* const clock_;
  FileSystem* const file_system_;
  const std::shared_ptr<EventBus> event_bus_;
  const std::shared_ptr<Reporter> reporter_;
  const absl::Time created_at_;
  const uint64_t generation_;
  const absl::Duration drain_timeout_;

  mutable std::mutex dispatch_mutex_;
  // The thread whose reducers run; what it dispatches meanwhile waits in nested_.
  std::atomic<std::thread::id> reducing_thread_{};
  std::unordered_map<const EventType*, Route> routes_;       // dispatch lock
  const EventType* last_routed_type_ = nullptr;              // dispatch lock; mostly the next, too
  const Route* last_route_ = nullptr;                        // dispatch lock; routes_ never shrinks
  std::deque<OwnedEvent> nested_;                            // dispatch lock, by reducing_thread_
  int64_t nested_count_ = 0;                                 // of the current outer dispatch
  std::unordered_set<const EventType*> unhandled_reported_;  // dispatch lock
  std::unordered_map<const SliceState*, std::string> last_refusals_;  // dispatch lock
  std::vector<SubscriptionId> subscriptions_;                         // dispatch lock
  bool closed_ = false;                                               // dispatch lock

  mutable std::mutex window_mutex_;
  // Slices and logs are added under both locks, and never removed: either lock serves to look one
  // up, and a pointer once found stays good.
  std::unordered_map<const EventType*, std::unique_ptr<SliceState>> slices_;
  std::map<std::string_view, SliceState*> slices_by_id_;  // and by each alias; likewise
  std::vector<std::unique_ptr<SessionLog>> logs_;
  std::unordered_map<const PersistentLogWriter*, SessionLog*> logs_by_writer_;  // likewise
  std::unique_ptr<WriterThread> thread_;  // once a log needs it; likewise
  mutable std::unordered_set<const EventType*> unregistered_reported_;  // window lock

  // Slices to which events of their type are simply appended, by direct_index(): for those the
  // window lock is enough. Filled under both locks; emptied, under the window lock, by whoever
  // holds the dispatch lock for something that no event may come into.
  static constexpr size_t kDirectSlices = 16;
  mutable std::array<std::atomic<SliceState*>, kDirectSlices> direct_slices_{};
};

// Holds the dispatch lock and keeps events out that would do without it.
class SessionCore::Exclusively {
 public:
  explicit Exclusively(const SessionCore& core) : dispatch_lock_(core.dispatch_mutex_) {
    const std::lock_guard window_lock(core.window_mutex_);
    for (std::atomic<SliceState*>& slice : core.direct_slices_) slice = nullptr;
  }

 private:
  const std::lock_guard<std::mutex> dispatch_lock_;
};

}  // namespace logslice::internal
