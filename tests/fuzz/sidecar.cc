#include "sidecar.h"

#include <optional>
#include <string>

#include "sidecar_checksum.h"
#include "targets.h"

namespace logslice::fuzz {
namespace {

// Times are written to the microsecond.
bool equal(const internal::SidecarContent& a, const internal::SidecarContent& b) {
  return a.pid == b.pid && absl::ToUnixMicros(a.started_at) == absl::ToUnixMicros(b.started_at) &&
         a.last_seq == b.last_seq && a.log_bytes == b.log_bytes &&
         a.sealed_count == b.sealed_count && a.type_counts == b.type_counts;
}

void check(std::string_view text) {
  const std::optional<internal::SidecarContent> content = internal::decode_sidecar(text);
  if (!content.has_value()) return;
  require(content->pid >= 0 && content->last_seq >= 0 && content->log_bytes.value_or(0) >= 0,
          "a negative number was accepted");
  const std::string written = internal::encode_sidecar(*content);
  const std::optional<internal::SidecarContent> again = internal::decode_sidecar(written);
  require(again.has_value(), "what is encoded is not valid");
  require(equal(*again, *content), "decoding what is encoded gives something else");
  require(internal::encode_sidecar(*again) == written, "encoding again gives other bytes");
}

}  // namespace

void sidecar(std::string_view bytes) {
  check(bytes);
  check(with_right_checksum(bytes));
  // A rewrite that was torn: newer bytes over older, longer ones.
  check(std::string(bytes.substr(0, bytes.size() / 2)) + with_right_checksum(bytes));
}

}  // namespace logslice::fuzz
