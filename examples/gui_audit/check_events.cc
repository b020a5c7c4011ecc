#include "check_events.h"

#include <string>

#include "audit_event.h"
#include "logslice/persistence/scan_log.h"

namespace gui_audit {

absl::StatusOr<CheckedEvents> check_events(const std::filesystem::path& log,
                                           const logslice::Uuid& session_id) {
  absl::StatusOr<logslice::LogScan<AuditEvent>> scan = logslice::scan_log<AuditEvent>(log);
  if (!scan.ok()) return scan.status();
  CheckedEvents checked;
  for (const AuditEvent& event : *scan) {
    if (event.session_id != session_id) continue;
    ++checked.event_count;
    const auto n = event.extras.find("n");
    if (n == event.extras.end()) continue;
    checked.is_whole &= n->second.text() == std::to_string(checked.next_n);
    ++checked.next_n;
  }
  if (!scan->status().ok()) return scan->status();
  return checked;
}

}  // namespace gui_audit
