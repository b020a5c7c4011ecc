// This header defines AuditEvent, what one line of the audit log says, whichever program wrote it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/json_value.h"

namespace scout_audit {

// The members have the names, the order and the forms that the Python program gave them; its lines
// are read as this struct, and ours by it.
struct AuditEvent {
  std::string ts;  // as event_time.h writes it
  std::string event;
  std::string session_id;  // tells the events of one process from those of another

  std::optional<double> cost;
  std::optional<std::string> model;
  std::optional<int64_t> input_t;   // tokens in
  std::optional<int64_t> output_t;  // and out
  std::optional<std::vector<std::string>> files;
  std::optional<std::string> reason;
  std::optional<double> confidence;  // 0 to 100
  std::optional<int64_t> duration_ms;
  std::optional<logslice::JsonValue> config;
  std::optional<std::string> raw_brief_path;

  logslice::ExtraMembers extra;  // whatever else a line has, and a caller gives

  friend bool operator==(const AuditEvent&, const AuditEvent&) = default;
};

// Events that the metrics know. Any other name can be logged just as well.
inline constexpr std::string_view kNav = "nav";
inline constexpr std::string_view kValidationFail = "validation_fail";
inline constexpr std::string_view kGateCompress = "gate_compress";
inline constexpr std::string_view kGateEscalate = "gate_escalate";

}  // namespace scout_audit

template <>
struct logslice::EntryTraits<scout_audit::AuditEvent> {
  static constexpr std::string_view id = "scout_audit:AuditEvent";
  // What an event does not have is not in its line.
  static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
};
