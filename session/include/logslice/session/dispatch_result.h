// This header defines DispatchResult: what became of a dispatched event.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "logslice/reflection/internal/status.h"

namespace logslice {

// A reducer that threw, an operation that its slice could not take, or an event that the session
// did not take at all (then `slice_type` is empty).
struct DispatchFailure {
  std::string event_type;  // C++ name
  std::string slice_type;  // type id
  absl::Status status;
};

// An entry that its log does not take: it is in memory, without a sequence number, and may be
// evicted. The status names the member that no JSON can hold.
struct DispatchRefusal {
  std::string slice_type;  // type id
  absl::Status status;
};

// A failed write is none of it: the entry is kept and retried, the diagnostics sink and
// Session::log_marks() tell. Spec: specs/session.md, "Dispatch".
struct DispatchResult {
  // Reducers that ran and whose operation was applied, of nested events too. 0 and ok(): nobody
  // takes events of this type.
  int reducers_run = 0;
  std::vector<DispatchFailure> failures;
  std::vector<DispatchRefusal> refusals;
  // There was no memory for a failure or a refusal to be told above.
  bool is_incomplete = false;

  bool ok() const { return failures.empty() && refusals.empty() && !is_incomplete; }

  // OK, or the first failure, or else the first refusal, or else ResourceExhausted.
  absl::Status status() const {
    if (!failures.empty()) return failures.front().status;
    if (!refusals.empty()) return refusals.front().status;
    return is_incomplete ? internal::out_of_memory() : absl::OkStatus();
  }
};

}  // namespace logslice
