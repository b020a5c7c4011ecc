// This header defines Session, the slices of one agent run, their reducers and their logs.
//
//   logslice::Session session;
//   session.register_slice<ToolInvoked>(logslice::SlicePolicy::kLog);
//   absl::Status opened = session.configure_persistence<ToolInvoked>({.path = "logs/tools.jsonl"});
//   session.dispatch(ToolInvoked{.name = "search"});
//   session.slice<ToolInvoked>().latest()->name;
//   absl::Status closed = session.close();
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/clock.h"
#include "logslice/persistence/diagnostics.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_marks.h"
#include "logslice/persistence/log_persistence_config.h"
#include "logslice/persistence/persistence_status.h"
#include "logslice/reflection/uuid.h"
#include "logslice/session/dispatch_result.h"
#include "logslice/session/event_bus.h"
#include "logslice/session/internal/erased_reducer.h"
#include "logslice/session/internal/event_type.h"
#include "logslice/session/slice_accessor.h"
#include "logslice/session/slice_policy.h"
#include "logslice/session/snapshot.h"

namespace logslice {

class Session;

struct SessionOptions {
  // Random unless given.
  std::optional<Uuid> id;

  // Free labels. `session_id` is added, and `parent_session_id` where there is a parent and no such
  // tag.
  std::map<std::string, std::string> tags;

  // The session that this one is a part of. Looked at by the constructor only: it may end first.
  const Session* parent = nullptr;

  // Where set, events published there that the session has reducers for are dispatched to it, until
  // it closes. dispatch() itself publishes nothing.
  std::shared_ptr<EventBus> event_bus;

  // How long flush_logs(), the snapshots, close() and the destructor wait for logs in background
  // mode, unless a timeout is given. Inline logs are written by the caller, however long that
  // takes.
  absl::Duration drain_timeout = absl::Seconds(5);

  // Clock and file system must outlive the session, and the process where a background log may be
  // left behind (close() returned DeadlineExceeded). The sink is called without any lock of the
  // library, maybe by several threads at once, and not after close() has returned; it may dispatch.
  // Events: specs/session.md, "What is reported".
  Clock* clock = &system_clock();
  FileSystem* file_system = &posix_file_system();
  DiagnosticsSink diagnostics = default_diagnostics_sink();
};

struct CloneOptions {
  std::optional<Uuid> id;                                  // random unless given
  std::optional<std::map<std::string, std::string>> tags;  // the source's unless given
  const Session* parent = nullptr;                         // the source's parent unless given
  std::shared_ptr<EventBus> event_bus;                     // none unless given
};

// Session keeps one slice per registered type, runs reducers over events, and writes the entries of
// persisted LOG slices to their logs.
//
// Ordering: events are applied one after the other; the entries of a log, over all its slices, are
// in the order of __seq__. Durability: an event is in memory when dispatch() returns, and in the
// file once flush_interval is reached (log_marks() tells); what cannot be written stays in memory
// and is tried again. Failure: nothing throws; what a reducer, predicate, handler or sink throws is
// caught, reported and isolated. Threads: all functions may be called by any thread at any time,
// the destructor alone must come last. No function but dispatch() and reads may be called from
// inside a reducer: they return FailedPrecondition. Spec: specs/session.md.
class Session {
 public:
  explicit Session(SessionOptions options = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  // Closes. What fails then goes to the diagnostics sink.
  ~Session();

  // Makes T a slice, with append_all for events of type T. Again with the same policy: OK, does
  // nothing. AlreadyExists: another type of the session has the same id or alias.
  // FailedPrecondition (kPolicy): T has another policy.
  template <typename T>
  absl::Status register_slice(SlicePolicy policy) {
    return register_slice_erased(internal::slice_type<T>(), policy);
  }

  // Adds a reducer of events of type E to slice S: a SliceOp<S>(SliceView<S>, const E&, const
  // ReducerContext&), run for each event in the order of registration, before the default
  // append_all. The first one for events of the slice's own type takes that one's place. It should
  // be pure; it may dispatch. FailedPrecondition: S is not registered.
  template <typename S, typename E, typename Reducer>
  absl::Status register_reducer(Reducer&& reducer) {
    return register_reducer_erased(internal::event_type<S>, internal::event_type<E>,
                                   internal::erase_reducer<S, E>(std::forward<Reducer>(reducer)));
  }

  // Runs the reducers of the event's type and applies what they answer, each operation at once.
  // Returns once it is applied and, where a log's flush_interval is reached, written. From inside a
  // reducer: the event is queued behind the current one, an empty result is returned, and what
  // becomes of it is part of the outer dispatch's result. An rvalue may be moved from. After
  // close(): a failure (kClosed).
  template <typename E>
  DispatchResult dispatch(E&& event) {
    return dispatch_erased(internal::EventRef::of(std::forward<E>(event)));
  }

  template <typename T>
  SliceAccessor<T> slice() const {
    return SliceAccessor<T>(*core_);
  }

  // Attaches a log to the LOG slice T: what is in the slice and what comes is written to it, and
  // only the newest max_memory_entries stay in memory. Slices that name the same log share it, its
  // writer and its sequence numbers.
  //
  // In background mode it touches no file: what opening says is in persistence_status().
  //
  // FailedPrecondition: T is not registered, or (kPolicy) no LOG slice. AlreadyExists: T has a log,
  // in which case nothing changes. InvalidArgument: a field out of range, or, for a log that
  // another slice has opened, one other than max_memory_entries that differs; named. Otherwise what
  // PersistentLogWriter::open() says.
  template <typename T>
  absl::Status configure_persistence(const LogPersistenceConfig& config) {
    return configure_persistence_erased(internal::slice_type<T>(), config);
  }

  // Whether the log of T takes what is written to it: opening, open or failed. FailedPrecondition:
  // T has none.
  template <typename T>
  absl::StatusOr<PersistenceStatus> persistence_status() const {
    return persistence_status_erased(internal::event_type<T>);
  }

  // Entries that were accepted by a log and are neither written (with sync_on_flush: synced) nor
  // dropped, over all logs.
  int64_t unwritten_count() const;

  // How far the log of T has come. FailedPrecondition: T has none.
  template <typename T>
  absl::StatusOr<LogMarks> log_marks() const {
    return log_marks_erased(internal::event_type<T>);
  }

  // Writes all that waits, of every log. The first error (kWrite); the others are tried all the
  // same. DeadlineExceeded (kWrite): background logs are not written that far in time; how many
  // entries are left is in the message and in unwritten_count(), and they go on being written.
  absl::Status flush_logs();  // with SessionOptions::drain_timeout
  absl::Status flush_logs(absl::Duration timeout);

  // flush_logs(), and makes what is written durable, whatever the settings of the logs: it then
  // survives power loss. Errors likewise.
  absl::Status sync_logs();  // with SessionOptions::drain_timeout
  absl::Status sync_logs(absl::Duration timeout);

  // Takes the slices and the positions of the logs at one moment between two events, then flushes
  // the logs that far. If a flush fails, Snapshot::unwritten_count says how many entries are
  // missing. InvalidArgument (kSnapshot): an entry that no JSON can hold, with type and member.
  absl::StatusOr<Snapshot> snapshot(const SnapshotOptions& options = {});

  // snapshot(), with the logs made durable first, written to `path` (0600) as a whole or not at
  // all: a temporary file beside it, synced, renamed over it, its directory synced. Unavailable
  // (kSnapshot): entries of a log could not be written or synced; `path` is as it was.
  absl::Status save_snapshot(const std::filesystem::path& path);

  // Puts the STATE slices back to the snapshot's; those that are not in it become empty. LOG slices
  // and logs are kept. Everything is checked first: on any error (kSnapshot) the session is as it
  // was. FailedPrecondition: a type that is not registered, another policy, another path.
  // InvalidArgument: an item that does not decode. DataLoss: a log that is missing or ends before
  // the snapshot's last_seq, unless log_behind = kAccept.
  absl::Status restore(const Snapshot& snapshot, const RestoreOptions& options = {});

  // Flushes, then fills the windows of the persisted slices with the newest max_memory_entries of
  // their types from disk. On an error the windows are as they were. Dispatchers wait meanwhile.
  absl::Status reload_logs();

  // Empties all slices in memory. Nothing on disk changes, what waits is still written.
  absl::Status reset();

  // A session with the same slices, entries, reducers, and, unless given, tags and parent; without
  // logs. FailedPrecondition: a slice of a type that cannot be copied is not empty.
  absl::StatusOr<std::unique_ptr<Session>> clone(const CloneOptions& options = {}) const;

  // Flushes and closes the logs and leaves the event bus. Slices can still be read. The first error
  // (kWrite); what could not be written is then lost to the logs. DeadlineExceeded (kWrite): the
  // device has not answered in time; says how many entries are not known to be written. The thread
  // that waits for it is left behind, holds the lock of its logs, and ends with the process or when
  // the device answers. Again: OK, does nothing. In a forked child: does nothing.
  absl::Status close();  // with SessionOptions::drain_timeout
  absl::Status close(absl::Duration timeout);

  const Uuid& id() const;
  absl::Time created_at() const;
  const std::map<std::string, std::string>& tags() const;
  std::optional<Uuid> parent_id() const;
  // Of the sessions that name this one as their parent and have not ended, oldest first.
  std::vector<Uuid> children_ids() const;

 private:
  explicit Session(std::shared_ptr<internal::SessionCore> core);

  absl::Status register_slice_erased(internal::SliceType slice, SlicePolicy policy);
  absl::Status register_reducer_erased(const internal::EventType& slice,
                                       const internal::EventType& event,
                                       internal::ErasedReducer reducer);
  DispatchResult dispatch_erased(internal::EventRef event);
  absl::Status configure_persistence_erased(internal::SliceType slice,
                                            const LogPersistenceConfig& config);
  absl::StatusOr<PersistenceStatus> persistence_status_erased(
      const internal::EventType& slice) const;
  absl::StatusOr<LogMarks> log_marks_erased(const internal::EventType& slice) const;

  const std::shared_ptr<internal::SessionCore> core_;
};

}  // namespace logslice
