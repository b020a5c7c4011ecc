// The errors that several parts of a session give.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

inline absl::Status closed_error() {
  return with_error_kind(failed_precondition("the session is closed"), ErrorKind::kClosed);
}

inline absl::Status cannot_copy_error(std::string_view cpp_name) {
  return failed_precondition(join_text({cpp_name, " cannot be copied"}));
}

inline absl::Status policy_error(std::string_view message) {
  return with_error_kind(failed_precondition(message), ErrorKind::kPolicy);
}

inline absl::Status snapshot_error(absl::StatusCode code, std::string_view message) {
  return with_error_kind(make_status(code, message), ErrorKind::kSnapshot);
}

}  // namespace logslice::internal
