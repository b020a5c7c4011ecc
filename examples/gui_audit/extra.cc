#include "extra.h"

#include "logslice/reflection/json_conversion.h"

namespace gui_audit {
namespace {

// For values that always have a JSON form.
template <typename T>
logslice::JsonValue json_of(const T& value) {
  return logslice::to_json_value(value).value_or(logslice::JsonValue());
}

}  // namespace

Extra::Extra(const absl::StatusOr<logslice::JsonValue>& value)
    : json_(value.ok() ? *value : json_of(value.status().ToString())) {}

Extra::Extra(const char* value) {
  if (value != nullptr) json_ = json_of(std::string(value));
}

Extra Extra::of_bool(bool value) { return json_of(value); }
Extra Extra::of_signed(int64_t value) { return json_of(value); }
Extra Extra::of_unsigned(uint64_t value) { return json_of(value); }
Extra Extra::of_number(double value) { return json_of(value); }
Extra Extra::of_text(const std::string& value) { return json_of(value); }

}  // namespace gui_audit
