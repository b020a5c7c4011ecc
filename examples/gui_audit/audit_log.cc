#include "audit_log.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"

namespace gui_audit {
namespace {

absl::Status set_up(logslice::Session& session, const std::filesystem::path& path) {
  absl::Status status = session.register_slice<AuditEvent>(logslice::SlicePolicy::kLog);
  if (!status.ok()) return status;
  return session.configure_persistence<AuditEvent>({
      .path = path,
      .max_memory_entries = kRecentEventsMax,
      .write_mode = logslice::WriteMode::kBackground,
      .max_pending_entries = kQueueEventsMax,
      .overflow = logslice::OverflowPolicy::kDropOldest,
  });
}

}  // namespace

AuditLog::AuditLog(AuditLogOptions options)
    : session_({.drain_timeout = kShutdownTimeout,
                .file_system = options.file_system,
                .diagnostics = options.diagnostics}),
      set_up_(set_up(session_, options.path)) {
  if (set_up_.ok() || !options.diagnostics) return;
  options.diagnostics({.severity = logslice::Severity::kError,
                       .event = "audit_log_missing",
                       .message = "there is no audit log: " + std::string(set_up_.message()),
                       .path = options.path,
                       .status = set_up_});
}

void AuditLog::log_event(std::string_view name, const Extras& extras) {
  // Without a log the slice would keep every event in memory.
  if (!set_up_.ok()) return;
  AuditEvent event{.event = std::string(name), .at = absl::Now(), .session_id = session_.id()};
  for (const auto& [key, extra] : extras) event.extras.emplace(key, extra.json());
  session_.dispatch(std::move(event));
}

void AuditLog::session_start(const Extras& extras) {
  if (!is_started_.exchange(true)) log_event("session_start", extras);
}

void AuditLog::session_end() {
  if (!is_ended_.exchange(true)) log_event("session_end");
}

absl::Status AuditLog::flush(absl::Duration timeout) {
  return set_up_.ok() ? session_.flush_logs(timeout) : set_up_;
}

ShutdownReport AuditLog::shutdown(absl::Duration timeout) {
  if (!set_up_.ok()) return {.status = set_up_};
  session_end();
  // Asked for before, as closing gives up what is left. If closing succeeds, all of it was written.
  const int64_t unwritten_count = session_.unwritten_count();
  const int64_t dropped_count = marks().value_or(logslice::LogMarks{}).dropped_count;
  ShutdownReport report{.status = session_.close(timeout), .dropped_count = dropped_count};
  if (!report.status.ok()) report.unwritten_count = unwritten_count;
  return report;
}

}  // namespace gui_audit
