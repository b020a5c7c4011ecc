// This header defines Extra, what an event may carry beside its name: anything.
//
//   log.log_event("filter_changed", {{"column", "price"},
//                                    {"below", std::numeric_limits<double>::infinity()},
//                                    {"thread", std::this_thread::get_id()},
//                                    {"rows", logslice::to_json_value(row_numbers)}});
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "logslice/reflection/json_value.h"

namespace gui_audit {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

template <typename T>
concept Text = std::is_constructible_v<std::string, const T&> && !std::is_pointer_v<T>;

// Extra is a JSON value made from any value that is text, a number, or can be streamed. An audit
// log is read when something odd has happened, so odd values must not cost the event that holds
// them: what no JSON can hold becomes a string.
//
//   true, 7, 0.5                 as they are
//   NaN, infinities              "nan", "inf"
//   text                         a string, with U+FFFD where it is no UTF-8
//   any type with operator<<     a string: what it prints
//   JsonValue                    as it is
//   StatusOr<JsonValue>          the value, or a string that says why there is none. What
//                                to_json_value() gives: for lists, maps and structs
class Extra {
 public:
  // Not explicit, so that a list of extras can be written down as such.
  Extra(const logslice::JsonValue& value) : json_(value) {}
  Extra(const absl::StatusOr<logslice::JsonValue>& value);
  Extra(std::nullptr_t) {}
  Extra(const char* value);  // null: null

  template <typename T>
  requires(!std::same_as<T, Extra> && Text<T>) Extra(const T& value)
      : Extra(of_text(std::string(value))) {}

  template <typename T>
  requires(!std::same_as<T, Extra> && !Text<T> && Streamable<T>) Extra(const T& value)
      : Extra(of(value)) {}

  const logslice::JsonValue& json() const { return json_; }

 private:
  template <typename T>
  static Extra of(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      return of_bool(value);
    } else if constexpr (std::unsigned_integral<T> && !std::same_as<T, char>) {
      return of_unsigned(value);
    } else if constexpr (std::signed_integral<T> && !std::same_as<T, char>) {
      return of_signed(value);
    } else if constexpr (std::floating_point<T>) {
      if (std::isfinite(static_cast<double>(value))) return of_number(static_cast<double>(value));
    }
    std::ostringstream out;
    out << value;
    return of_text(out.str());
  }

  static Extra of_bool(bool value);
  static Extra of_signed(int64_t value);
  static Extra of_unsigned(uint64_t value);
  static Extra of_number(double value);
  static Extra of_text(const std::string& value);

  logslice::JsonValue json_;
};

using Extras = std::map<std::string, Extra>;

}  // namespace gui_audit
