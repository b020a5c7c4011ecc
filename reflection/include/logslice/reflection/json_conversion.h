// This header defines how C++ values become JsonValues and back, by the same rules as entries:
//
//   struct SearchParams { std::string query; int limit = 10; };
//   absl::StatusOr<logslice::JsonValue> params = logslice::to_json_value(SearchParams{"x"});
//   absl::StatusOr<SearchParams> again = logslice::from_json_value<SearchParams>(*params);
//
// Any type of the table in specs/reflection.md will do. Threads: any.
#pragma once

#include "absl/status/statusor.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/json_value.h"

namespace logslice {

namespace internal {
absl::StatusOr<JsonValue> to_json_value_erased(const ValueType& type, const void* value);
}

// InvalidArgument naming the member for what no JSON can hold: NaN, infinities, nesting beyond
// JsonValue::kDepthMax.
template <typename T>
absl::StatusOr<JsonValue> to_json_value(const T& value) {
  return internal::to_json_value_erased(internal::kValueType<T>, &value);
}

// InvalidArgument naming the member whose JSON is of another shape. Unknown members are ignored,
// missing ones keep the struct's defaults.
template <typename T>
absl::StatusOr<T> from_json_value(const JsonValue& json) {
  T value{};
  if (absl::Status status = internal::decode_value(internal::kValueType<T>, json.text(), &value);
      !status.ok()) {
    return status;
  }
  return value;
}

}  // namespace logslice
