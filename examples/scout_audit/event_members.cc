#include "event_members.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/reflection/json_value.h"

namespace scout_audit {
namespace {

constexpr std::array<std::string_view, 4> kTextMembers = {"session_id", "model", "reason",
                                                          "raw_brief_path"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  return parts;
}

// The JSON that stands for `value`.
absl::StatusOr<logslice::JsonValue> json_of(std::string_view name, const std::string& value) {
  const bool is_text =
      std::find(kTextMembers.begin(), kTextMembers.end(), name) != kTextMembers.end();
  if (is_text) return logslice::to_json_value(value);
  absl::StatusOr<logslice::JsonValue> json = logslice::JsonValue::parse(value);
  if (name == "files" && !value.starts_with('[')) return logslice::to_json_value(split(value));
  return json.ok() ? json : logslice::to_json_value(value);
}

}  // namespace

absl::StatusOr<AuditEvent> parse_event_members(const std::vector<std::string>& texts) {
  std::string object = "{";
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(text + " is not key=value");
    }
    const std::string name = text.substr(0, equals);
    if (name == "ts" || name == "event" || name.starts_with("__")) {
      return absl::InvalidArgumentError(name + " is not for the caller to give");
    }
    const absl::StatusOr<logslice::JsonValue> key = logslice::to_json_value(name);
    const absl::StatusOr<logslice::JsonValue> value = json_of(name, text.substr(equals + 1));
    if (!key.ok()) return key.status();
    if (!value.ok()) return value.status();
    if (object.size() > 1) object += ',';
    object += key->text() + ":" + value->text();
  }
  const absl::StatusOr<logslice::JsonValue> json = logslice::JsonValue::parse(object + "}");
  if (!json.ok()) return json.status();
  return logslice::from_json_value<AuditEvent>(*json);
}

}  // namespace scout_audit
