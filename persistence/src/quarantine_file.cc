#include "quarantine_file.h"

#include <algorithm>
#include <memory>

#include "absl/status/statusor.h"
#include "io_status.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/json_conversion.h"
#include "text.h"

namespace logslice::internal {

// The line before a piece: the names are a contract, specs/command.md.
struct QuarantineHeader {
  std::string quarantined_from;
  int64_t offset = 0;
  int64_t bytes = 0;
  std::string reason;
};

absl::Status QuarantineFile::add(File& file, const std::string& path, int64_t offset_bytes,
                                 int64_t size_bytes, std::string_view reason) {
  if (!file_.is_created()) {
    if (absl::Status status = file_.create(); !status.ok()) return status;
  }
  const absl::StatusOr<JsonValue> header =
      to_json_value(QuarantineHeader{path, offset_bytes, size_bytes, std::string(reason)});
  if (!header.ok()) return header.status();
  absl::Status status = file_.append(concat(header->text(), "\n"));
  constexpr int64_t kBlockBytes = 64 << 10;
  const auto block = std::make_unique_for_overwrite<char[]>(
      static_cast<size_t>(std::min(size_bytes, kBlockBytes)));
  for (int64_t done = 0; status.ok() && done < size_bytes;) {
    const IoResult read =
        file.read_at(block.get(), static_cast<size_t>(std::min(size_bytes - done, kBlockBytes)),
                     offset_bytes + done);
    if (!read.ok()) return io_error(read.error, "cannot read", path);
    if (read.value == 0) return unavailable(concat(path, " shrinks while it is read"));
    status = file_.append({block.get(), static_cast<size_t>(read.value)});
    done += read.value;
  }
  if (status.ok()) status = file_.append("\n");
  ++piece_count_;
  bytes_ += size_bytes;
  return status;
}

}  // namespace logslice::internal
