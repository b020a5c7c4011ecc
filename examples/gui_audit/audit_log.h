// This header defines AuditLog, the log of a program that has a picture to draw every 16 ms. It is
// the part of this program that uses a logslice session, and the one to read first.
//
//   gui_audit::AuditLog log({.path = gui_audit::audit_log_path()});
//   log.session_start({{"version", "1.2"}});
//   log.log_event("file_opened", {{"name", name}, {"rows", 1200}});   // in any callback
//   const gui_audit::ShutdownReport report = log.shutdown();           // half a second at most
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit_event.h"
#include "extra.h"
#include "logslice/persistence/diagnostics.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_marks.h"
#include "logslice/persistence/persistence_status.h"
#include "logslice/session/session.h"
#include "logslice/session/slice_view.h"

namespace gui_audit {

// Events that wait for the disk at most. More, and the oldest is dropped: the newest are the ones
// that tell what went wrong.
inline constexpr int64_t kQueueEventsMax = 5000;

// What is in memory for a panel to show.
inline constexpr int64_t kRecentEventsMax = 100;

// What a shutdown gives the disk. A user who closes a window does not wait for longer.
inline constexpr absl::Duration kShutdownTimeout = absl::Milliseconds(500);

struct AuditLogOptions {
  std::filesystem::path path;

  // Must live as long as the process: the thread that writes is left behind if the disk hangs.
  logslice::FileSystem* file_system = &logslice::posix_file_system();

  // Where failures are told: once, and once more when writing works again. stderr unless given.
  logslice::DiagnosticsSink diagnostics = logslice::default_diagnostics_sink();
};

struct ShutdownReport {
  absl::Status status;
  int64_t unwritten_count = 0;  // events that are not known to be on disk, and are given up
  int64_t dropped_count = 0;    // events that had to make room for newer ones before
};

// AuditLog writes events as lines of JSON, in the order in which they are logged, from a thread of
// its own. Nothing here but flush() and shutdown() ever waits for a disk, the constructor included;
// those two have a time limit. Threads: any, the destructor last.
class AuditLog {
 public:
  // What is wrong with the path is found by the thread. Should there be no log at all (there is no
  // memory, no thread), diagnostics() is told once and events go nowhere: a GUI must not die of it.
  explicit AuditLog(AuditLogOptions options);

  // Microseconds, whatever the disk does.
  void log_event(std::string_view name, const Extras& extras = {});

  // An event of that name: the first time, and never again.
  void session_start(const Extras& extras = {});
  void session_end();

  // Waits until all that was logged is written, but not for longer than `timeout`.
  absl::Status flush(absl::Duration timeout = kShutdownTimeout);

  // Logs the end of the session, gives the disk `timeout` to take what waits, and ends the log:
  // what is logged later goes nowhere. Again: does nothing.
  ShutdownReport shutdown(absl::Duration timeout = kShutdownTimeout);

  // The newest events, written or not.
  logslice::SliceView<AuditEvent> recent_events() const {
    return session_.slice<AuditEvent>().all();
  }

  int64_t unwritten_count() const { return session_.unwritten_count(); }
  absl::StatusOr<logslice::LogMarks> marks() const { return session_.log_marks<AuditEvent>(); }
  absl::StatusOr<logslice::PersistenceStatus> status() const {
    return session_.persistence_status<AuditEvent>();
  }
  const logslice::Uuid& session_id() const { return session_.id(); }

 private:
  logslice::Session session_;
  absl::Status set_up_;
  std::atomic<bool> is_started_ = false;
  std::atomic<bool> is_ended_ = false;
};

}  // namespace gui_audit
