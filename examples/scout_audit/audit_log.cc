#include "audit_log.h"

#include <deque>
#include <utility>

#include "event_time.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/persistence/summary.h"
#include "logslice/reflection/uuid.h"

namespace scout_audit {
namespace {

absl::Status configure(logslice::Session& session, const AuditLogOptions& options) {
  absl::Status status = session.register_slice<AuditEvent>(logslice::SlicePolicy::kLog);
  if (!status.ok()) return status;
  return session.configure_persistence<AuditEvent>({
      .path = options.path,
      .max_memory_entries = 1,  // nobody looks at them here
      .sync_every_entries = kSyncEveryEvents,
      .sync_every = kSyncEvery,
      .rotate_at_bytes = options.rotate_at_bytes,
      .compression = logslice::SegmentCompression::kGzip,
      .adopt_foreign = true,
  });
}

// How the lines of the Python program are read: it stated no type, and `ts` is their time.
logslice::ScanOptions scan_options(const AuditLogOptions& options) {
  return {.untyped_as_entry = true, .time_member = "ts", .file_system = options.file_system};
}

}  // namespace

const std::string& process_session_id() {
  static const std::string& id = *new std::string(logslice::Uuid::random().to_string());
  return id;
}

AuditLog::AuditLog(AuditLogOptions options) : options_(std::move(options)) {}

// ---- Writing ------------------------------------------------------------------------------------

absl::StatusOr<logslice::Session*> AuditLog::open_session() {
  if (session_ != nullptr) return session_.get();
  auto session = std::make_unique<logslice::Session>(
      logslice::SessionOptions{.clock = options_.clock,
                               .file_system = options_.file_system,
                               .diagnostics = options_.diagnostics});
  if (absl::Status status = configure(*session, options_); !status.ok()) return status;
  session_ = std::move(session);
  return session_.get();
}

absl::StatusOr<AuditEvent> AuditLog::log(std::string_view event_type, AuditEvent members) {
  const std::lock_guard lock(mutex_);
  absl::StatusOr<logslice::Session*> session = open_session();
  if (!session.ok()) return session.status();
  members.ts = to_event_time(options_.clock->now());
  members.event = event_type;
  if (members.session_id.empty()) members.session_id = process_session_id();
  // A write that fails is told by the diagnostics, and tried again with the next event.
  const logslice::DispatchResult result = (*session)->dispatch(members);
  if (!result.ok()) return result.status();
  return members;
}

absl::Status AuditLog::flush() {
  const std::lock_guard lock(mutex_);
  return session_ == nullptr ? absl::OkStatus() : session_->sync_logs();
}

absl::Status AuditLog::close() {
  const std::lock_guard lock(mutex_);
  if (session_ == nullptr) return absl::OkStatus();
  absl::Status synced = session_->sync_logs();
  absl::Status closed = session_->close();
  session_.reset();
  return synced.ok() ? closed : synced;
}

// ---- Reading ------------------------------------------------------------------------------------

absl::Status AuditLog::for_each(const AuditQuery& query,
                                const std::function<void(AuditEvent& event)>& see) const {
  logslice::ScanOptions options = scan_options(options_);
  // A line of ours has the time of its writing, which is never before its `ts`: so this passes over
  // most of what is too old without decoding it, and nothing else.
  options.since = query.since;
  absl::StatusOr<logslice::LogScan<AuditEvent>> scan =
      logslice::scan_log<AuditEvent>(options_.path, options);
  if (absl::IsNotFound(scan.status())) return absl::OkStatus();
  if (!scan.ok()) return scan.status();
  for (AuditEvent& event : *scan) {
    if (query.event_type.has_value() && event.event != *query.event_type) continue;
    if (query.since.has_value()) {
      const std::optional<absl::Time> at = parse_event_time(event.ts);
      if (!at.has_value() || *at < *query.since) continue;
    }
    see(event);
  }
  warn_of_damage(scan->stats().damaged_count);
  return scan->status();
}

void AuditLog::warn_of_damage(int64_t damaged_count) const {
  if (damaged_count == 0 || !options_.diagnostics) return;
  options_.diagnostics({.severity = logslice::Severity::kWarning,
                        .event = "audit_lines_skipped",
                        .message = options_.path.native() + ": " + std::to_string(damaged_count) +
                                   (damaged_count == 1 ? " line is" : " lines are") +
                                   " no event and skipped; `logslice doctor` says where and why",
                        .path = options_.path.native(),
                        .entry_count = damaged_count});
}

absl::StatusOr<std::vector<AuditEvent>> AuditLog::query(const AuditQuery& query) {
  std::vector<AuditEvent> events;
  absl::Status status =
      for_each(query, [&events](AuditEvent& event) { events.push_back(std::move(event)); });
  if (!status.ok()) return status;
  return events;
}

absl::StatusOr<std::vector<AuditEvent>> AuditLog::last_events(int64_t count,
                                                              const std::string& event_type) {
  if (event_type.empty()) {
    // From the end, so that the length of the log does not matter.
    absl::StatusOr<std::vector<AuditEvent>> events =
        logslice::last_entries<AuditEvent>(options_.path, count, scan_options(options_));
    if (absl::IsNotFound(events.status())) return std::vector<AuditEvent>();
    return events;
  }
  if (count < 0) return absl::InvalidArgumentError("the number of events must be >= 0");
  std::deque<AuditEvent> last;
  absl::Status status = for_each({.event_type = event_type}, [&](AuditEvent& event) {
    last.push_back(std::move(event));
    if (last.size() > static_cast<size_t>(count)) last.pop_front();
  });
  if (!status.ok()) return status;
  return std::vector<AuditEvent>(std::move_iterator(last.begin()), std::move_iterator(last.end()));
}

absl::StatusOr<double> AuditLog::hourly_spend(int64_t hours) {
  if (hours <= 0) return 0.0;
  // Hours of UTC are whole hours since 1970.
  const absl::Time this_hour =
      absl::UnixEpoch() + absl::Floor(options_.clock->now() - absl::UnixEpoch(), absl::Hours(1));
  logslice::Summary cost({.has_quantiles = false});
  absl::Status status =
      for_each({.since = this_hour - absl::Hours(hours)},
               [&cost](const AuditEvent& event) { cost.add(event.cost.value_or(0)); });
  if (!status.ok()) return status;
  return cost.sum();
}

absl::StatusOr<AccuracyMetrics> AuditLog::accuracy_metrics(absl::Time since) {
  int64_t nav_count = 0;
  int64_t fail_count = 0;
  absl::Status status = for_each({.since = since}, [&](const AuditEvent& event) {
    nav_count += event.event == kNav;
    fail_count += event.event == kValidationFail;
  });
  if (!status.ok()) return status;
  return accuracy_of(nav_count, fail_count);
}

absl::StatusOr<GateMetrics> AuditLog::gate_metrics(absl::Time since, int64_t last_outcomes_max) {
  GateCounter counter(last_outcomes_max);
  absl::Status status =
      for_each({.since = since}, [&counter](const AuditEvent& event) { counter.add(event); });
  if (!status.ok()) return status;
  return counter.finish();
}

}  // namespace scout_audit
