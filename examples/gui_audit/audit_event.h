// This header defines AuditEvent, what one line of the audit log says. A plain struct is all that
// logslice asks for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace gui_audit {

struct AuditEvent {
  std::string event;
  absl::Time at;  // when it happened; `__ts__` is when the disk took it, maybe much later
  logslice::Uuid session_id;  // tells the events of one process from those of the next
  // An object of its own, so that no name that a caller thinks of is in the way of ours.
  std::map<std::string, logslice::JsonValue> extras;
};

inline constexpr std::string_view kAuditEventId = "gui_audit:AuditEvent";

}  // namespace gui_audit

// Lines outlive the program that wrote them: a stated id lets the struct be renamed.
template <>
struct logslice::EntryTraits<gui_audit::AuditEvent> {
  static constexpr std::string_view id = gui_audit::kAuditEventId;
};
