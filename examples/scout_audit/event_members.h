// This header defines how the members of an event are written on a command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit_event.h"

namespace scout_audit {

// `key=value` each. Where the event has a member of that name, the value is read as what it is;
// `files` is a JSON array, or names with commas between. Any other is an extra member: JSON if the
// value is, otherwise a string. InvalidArgument, for people: no `=`, a name that is given or
// reserved, a value of another kind.
absl::StatusOr<AuditEvent> parse_event_members(const std::vector<std::string>& texts);

}  // namespace scout_audit
