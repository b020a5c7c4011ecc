// This header defines PersistentLogWriter, which appends entries to a log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/log_environment.h"
#include "logslice/persistence/log_marks.h"
#include "logslice/persistence/log_persistence_config.h"
#include "logslice/persistence/persistence_status.h"

namespace logslice {

namespace internal {
struct TypeTable;
class LogWriterCore;
}  // namespace internal

// PersistentLogWriter appends the entries of LOG slices to one log.
//
// Format: specs/log-format.md. Ordering: __seq__ grows by exactly one per entry, across types, for
// the life of the log. Durability: written survives the process, synced survives power loss; see
// marks(). Failure: a failed write keeps the entry and is retried; a failed sync is final for the
// file (specs/recovery.md). Memory: what waits is bounded, past the bound the oldest is dropped and
// reported. Threads: any, but accept(), reserve() and drop_past_bound() are serialised by the
// caller, and so is settled_ticket() unless the thread that steps asks; the writer owns no thread
// and works only when stepped. One writer per log, in this process or another, enforced by a lock.
// Fork: a child is refused. Lifetime: the destructor closes; entries must outlive their stay in the
// queue.
//
// Inline (open()) it is stepped by write_through(), flush(), sync() and close(), by whoever calls
// them. In background mode (open_in_background()) all I/O, opening included, is in step(), flush(),
// sync() and close(), which one thread calls; nothing else ever waits for it. Spec:
// specs/background.md.
class PersistentLogWriter {
 public:
  // Takes the lock, mends the end of the file if a crash tore it, and finds the next __seq__. The
  // time this takes does not depend on the size of the log. Creates missing directories and the
  // sidecar, but the data file only at the first write.
  //
  // InvalidArgument: a field out of range, or something at the path that is no regular file.
  // Unavailable (kLock): another writer, named by pid and start time. FailedPrecondition: a second
  // hard link, or lines without any __seq__ and no adopt_foreign. Otherwise (kWrite) what the
  // operating system said.
  static absl::StatusOr<std::shared_ptr<PersistentLogWriter>> open(
      const LogPersistenceConfig& config, LogEnvironment environment = {});

  // Only looks at the config, which must say kBackground: InvalidArgument for a field out of range.
  // What open() may say is said by step(), as a failure that is tried again.
  static absl::StatusOr<std::shared_ptr<PersistentLogWriter>> open_in_background(
      const LogPersistenceConfig& config, LogEnvironment environment = {});

  PersistentLogWriter(const PersistentLogWriter&) = delete;
  PersistentLogWriter& operator=(const PersistentLogWriter&) = delete;
  ~PersistentLogWriter();

  // The index by which accept() knows the type; the same for the same table. The table lives as
  // long as the writer.
  int register_type(const internal::TypeTable& table);

  // Makes room, so that the next accept() does not fail for want of memory. ResourceExhausted.
  // Serialised by the caller like accept().
  absl::Status reserve();

  // Gives `entry` the next __seq__ and queues a reference to it: no copy, no I/O, no lock. The
  // entry must stay alive, in place and unchanged until settled_ticket() has reached the returned
  // ticket, and check_encodable() must have passed it. Inline the ticket is the __seq__; in
  // background mode they count from 1, and __seq__ is base_seq() + ticket.
  //
  // ResourceExhausted: __seq__ is at 2^63-1 and does not wrap, or no memory to queue it.
  // FailedPrecondition (kClosed): after close(), or in a forked child.
  //
  // `memory_bytes` is what check_encodable() has told: what waits is bounded by it.
  absl::StatusOr<int64_t> accept(int type_index, const void* entry, size_t memory_bytes);
  // For a caller who did not keep it.
  absl::StatusOr<int64_t> accept(int type_index, const void* entry);

  // Whether flush_interval entries, or the bytes that may wait, are gathered. Call it where
  // accept() is called, and write_through() once the locks are released.
  bool wants_flush() const noexcept;

  // Writes what was accepted up to `seq` (and maybe more), and syncs it where that is configured.
  // OK: all of it is written, or was dropped and reported. An error (kWrite) has been reported to
  // the diagnostics sink already; what failed stays queued and is tried again by the next call.
  // Never call it with a lock held that the diagnostics sink may want.
  absl::Status write_through(int64_t seq);

  // Writes all that is accepted, and checks that the file underneath is still ours.
  absl::Status flush();

  // flush(), then makes the log durable, whatever sync_on_flush says.
  absl::Status sync();

  // Every accepted entry up to it is written (and synced, with sync_on_flush) or dropped, and is
  // not referred to any more. In background mode also those that are being written, once an entry
  // after them had to be dropped: their lines are kept, not they.
  int64_t settled_ticket() const noexcept;
  int64_t last_ticket() const noexcept;

  // What is added to a ticket; 0 inline, and until a background log is open.
  int64_t base_seq() const noexcept;

  // Accepted, and neither written (with sync_on_flush: synced) nor dropped. In background mode any
  // thread may ask; what is on its way meanwhile may be counted twice.
  int64_t unsettled_count() const noexcept;

  // False in background mode until a step could open the log.
  bool is_open() const noexcept;

  // Background mode. Opens the log if it is not open, and writes what was accepted before the call.
  // An error (kWrite, or what open() says) has been reported; it is tried again by the next call.
  absl::Status step();
  // By the clock, how long until a step is due although nothing is accepted: a sync whose time
  // comes (sync_every), a file that gets old enough (rotate_every), a segment that does
  // (retain_for), or one that is being compressed. Zero or less if it has come; infinite if there
  // is nothing of that. Waits for a step under way.
  absl::Duration time_to_step();
  // Whether there is anything that no step has looked at. Sequentially consistent with accept().
  bool has_waiting() const noexcept;
  // Whether more waits than may.
  bool is_past_bound() const noexcept;
  // Drops the oldest until it does not, as accept() does itself unless the policy is kBlock.
  void drop_past_bound();
  // Gives up what waits, counted as dropped, because step() hangs: after it returns, no entry is
  // referred to. A step that goes on after all writes what it has at hand; then close() is to be
  // called as ever. Not while accept() runs.
  void abandon();

  // Whether writing works.
  PersistenceStatus status() const;

  LogMarks marks() const;

  // Canonical: absolute, without symlinks in its directory; as configured until the log is open.
  const std::string& path() const;
  const LogPersistenceConfig& config() const;

  // The highest __seq__ given, by this writer or found on open; 0 for a new log. While a background
  // log is not open, it is counted as if the log were new.
  int64_t last_accepted_seq() const noexcept;

  // Entries of the type that this writer accepted and did not drop.
  int64_t accepted_count(int type_index) const noexcept;

  // Entries of the type (its id or an alias) that the log had on open. From the sidecar; where a
  // crash left that stale, the file is read once, without any lock held.
  absl::StatusOr<int64_t> entry_count_at_open(int type_index);

  // entry_count_at_open() + accepted_count().
  absl::StatusOr<int64_t> entry_count(int type_index);

  // The caller refused an entry before accept(): it shows in marks().
  void note_refused() noexcept;

  // Not while accept() runs. Flushes, writes the sidecar, releases the lock. The first error, which
  // is final: what could not be written is then lost, and reported with its count. Again: OK, does
  // nothing. In a forked child: does nothing. No diagnostic is delivered after it returns.
  absl::Status close();

 private:
  explicit PersistentLogWriter(std::unique_ptr<internal::LogWriterCore> core);

  std::unique_ptr<internal::LogWriterCore> core_;
};

}  // namespace logslice
