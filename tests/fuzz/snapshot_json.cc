#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/session/snapshot.h"
#include "targets.h"

namespace logslice::fuzz {

void snapshot_json(std::string_view bytes) {
  const absl::StatusOr<Snapshot> snapshot = Snapshot::from_json(bytes);
  if (!snapshot.ok()) {
    require(absl::IsInvalidArgument(snapshot.status()), "refused for another reason than its form");
    require(!snapshot.status().message().empty(), "refused without a reason");
    return;
  }
  const std::string written = snapshot->to_json();
  require(written.find('\n') == written.npos, "a snapshot is written on more than one line");
  const absl::StatusOr<Snapshot> again = Snapshot::from_json(written);
  require(again.ok(), "what is written is not a snapshot");
  require(*again == *snapshot, "what is written is another snapshot");
  require(again->to_json() == written, "writing again gives other bytes");
}

}  // namespace logslice::fuzz
