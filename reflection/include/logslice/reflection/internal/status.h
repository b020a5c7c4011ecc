// This header makes absl::Status values from std::string_view messages.
//
// Some Abseil builds have their own absl::string_view, which std::string_view does not convert to.
// Everything else in logslice speaks std::string_view; the one conversion stands here.
#pragma once

#include <new>
#include <string_view>

#include "absl/status/status.h"

namespace logslice::internal {

inline absl::Status make_status(absl::StatusCode code, std::string_view message) {
  return absl::Status(code, {message.data(), message.size()});
}

inline absl::Status invalid_argument(std::string_view message) {
  return make_status(absl::StatusCode::kInvalidArgument, message);
}

inline absl::Status data_loss(std::string_view message) {
  return make_status(absl::StatusCode::kDataLoss, message);
}

inline absl::Status failed_precondition(std::string_view message) {
  return make_status(absl::StatusCode::kFailedPrecondition, message);
}

inline absl::Status not_found(std::string_view message) {
  return make_status(absl::StatusCode::kNotFound, message);
}

inline absl::Status already_exists(std::string_view message) {
  return make_status(absl::StatusCode::kAlreadyExists, message);
}

inline absl::Status unavailable(std::string_view message) {
  return make_status(absl::StatusCode::kUnavailable, message);
}

inline absl::Status resource_exhausted(std::string_view message) {
  return make_status(absl::StatusCode::kResourceExhausted, message);
}

// ResourceExhausted. Allocates nothing but, where it can, a text, once: so it can be returned when
// there is no memory, where making any other status would throw.
inline absl::Status out_of_memory() noexcept {
  try {
    static const absl::Status status = resource_exhausted("out of memory");
    return status;
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, {});
  }
}

// What `call` returns, an absl::Status or StatusOr, or out_of_memory(): nothing throws across the
// interface.
template <typename Call>
auto or_out_of_memory(Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

// The message of a status as the string_view that the rest of the library uses.
inline std::string_view message_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace logslice::internal
