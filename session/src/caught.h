// This header defines run_caught, the one place where what user code throws becomes a status.
#pragma once

#include <exception>
#include <new>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

// Runs `call`. OK, or Internal: "<who> threw: <what>"; out_of_memory() for std::bad_alloc, and if
// there is none for the text.
template <typename Call>
absl::Status run_caught(std::string_view who, Call&& call) {
  return or_out_of_memory([&] {
    try {
      call();
      return absl::OkStatus();
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    } catch (const std::exception& error) {
      return make_status(absl::StatusCode::kInternal, join_text({who, " threw: ", error.what()}));
    } catch (...) {
      return make_status(absl::StatusCode::kInternal,
                         join_text({who, " threw something that is no std::exception"}));
    }
  });
}

}  // namespace logslice::internal
