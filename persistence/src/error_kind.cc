#include "logslice/persistence/error_kind.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"

namespace logslice {

namespace {

// One digit, so that a kind survives a trip through whatever carries a status.
constexpr char kPayloadUrl[] = "logslice/error_kind";

}  // namespace

ErrorKind error_kind(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value() || payload->size() != 1) return ErrorKind::kNone;
  const int digit = (*payload)[0] - '0';
  if (digit < 0 || digit > static_cast<int>(ErrorKind::kClosed)) return ErrorKind::kNone;
  return static_cast<ErrorKind>(digit);
}

absl::Status with_error_kind(absl::Status status, ErrorKind kind) {
  if (status.ok()) return status;
  status.SetPayload(kPayloadUrl,
                    absl::Cord(std::string(1, static_cast<char>('0' + static_cast<int>(kind)))));
  return status;
}

}  // namespace logslice
