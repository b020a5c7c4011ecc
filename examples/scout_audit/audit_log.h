// This header defines AuditLog, an audit log that goes on where another program's ends. It is the
// part of this program that uses logslice, and the one to read first.
//
//   scout_audit::AuditLog log;                                     // ~/.scout/audit.jsonl
//   log.log("nav", {.cost = 0.0125, .model = "small"});
//   log.hourly_spend(24);
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit_event.h"
#include "logslice/persistence/clock.h"
#include "logslice/persistence/diagnostics.h"
#include "logslice/persistence/file_system.h"
#include "logslice/session/session.h"
#include "metrics.h"

namespace scout_audit {

inline constexpr const char* kDefaultPath = "~/.scout/audit.jsonl";

// The file is sealed and compressed when it is this long.
inline constexpr int64_t kRotateAtBytes = int64_t{10} << 20;

// So many events, or this long, is what power loss costs at most.
inline constexpr int64_t kSyncEveryEvents = 10;
inline constexpr absl::Duration kSyncEvery = absl::Seconds(1);

// One for each process, made at the first call: 36 characters.
const std::string& process_session_id();

struct AuditLogOptions {
  std::filesystem::path path = kDefaultPath;  // a leading `~` is the home directory
  int64_t rotate_at_bytes = kRotateAtBytes;

  // Must outlive the log.
  logslice::Clock* clock = &logslice::system_clock();
  logslice::FileSystem* file_system = &logslice::posix_file_system();

  // Where failed writes, and lines that cannot be read, are told. stderr unless given.
  logslice::DiagnosticsSink diagnostics = logslice::default_diagnostics_sink();
};

struct AuditQuery {
  std::optional<absl::Time> since;        // by `ts`; an event without one does not pass
  std::optional<std::string> event_type;  // as it is written
};

// AuditLog appends events, each with one write, and reads them back: those of this process, of
// others, of the Python program that had the log before, and of all its archives. Lines that are
// damaged are passed over, and told as one warning for each reading. A log that is not there has no
// events.
//
// The file is opened at the first log(), so that reading needs no lock; then this is the only one
// that writes. Threads: any, the destructor last. The destructor closes.
class AuditLog {
 public:
  explicit AuditLog(AuditLogOptions options = {});

  // Writes the event now, with its `ts`, and with the session id of this process unless `members`
  // has another. Returns it as it was written. InvalidArgument: members that no JSON can hold, or
  // extra ones with a name that is taken. Unavailable: another process writes; named.
  absl::StatusOr<AuditEvent> log(std::string_view event_type, AuditEvent members = {});

  // In the order of the log.
  absl::StatusOr<std::vector<AuditEvent>> query(const AuditQuery& query = {});
  absl::StatusOr<std::vector<AuditEvent>> last_events(int64_t count = 20,
                                                      const std::string& event_type = {});

  // The sum of `cost` since the beginning of this hour less so many hours; 0 for none or less.
  absl::StatusOr<double> hourly_spend(int64_t hours = 1);
  absl::StatusOr<AccuracyMetrics> accuracy_metrics(absl::Time since);
  absl::StatusOr<GateMetrics> gate_metrics(absl::Time since, int64_t last_outcomes_max = 10);

  // What was logged survives power loss then.
  absl::Status flush();

  // Flushes. The next log() opens the file again.
  absl::Status close();

 private:
  absl::StatusOr<logslice::Session*> open_session();
  absl::Status for_each(const AuditQuery& query,
                        const std::function<void(AuditEvent& event)>& see) const;
  void warn_of_damage(int64_t damaged_count) const;

  const AuditLogOptions options_;
  std::mutex mutex_;
  std::unique_ptr<logslice::Session> session_;  // null until there is something to write
};

}  // namespace scout_audit
