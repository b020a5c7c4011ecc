// This header defines ErrorKind, which tells the library's errors apart beyond their status code.
#pragma once

#include "absl/status/status.h"

namespace logslice {

enum class ErrorKind {
  kNone,      // OK, or an error of no particular kind
  kWrite,     // the log could not be written or opened; it is retried
  kParse,     // a line is not what it should be
  kLock,      // another writer holds the log
  kPolicy,    // the operation does not fit the slice's policy
  kSnapshot,  // a snapshot cannot be taken, read or restored
  kClosed,    // the session or log is closed, or belongs to the parent of this forked process
};

// The kind that `status` carries (as a payload); kNone for OK.
ErrorKind error_kind(const absl::Status& status);

// `status` with `kind` attached. OK stays as it is.
absl::Status with_error_kind(absl::Status status, ErrorKind kind);

}  // namespace logslice
