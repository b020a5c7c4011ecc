#include "archive_search.h"

#include <string.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "io_status.h"

namespace logslice::internal {

namespace {

constexpr size_t kComparedBlockBytes = size_t{256} << 10;

// As many bytes as there are, up to kComparedBlockBytes; -1: an error.
int64_t read_block(File& file, char* out, int64_t offset) {
  size_t done = 0;
  while (done < kComparedBlockBytes) {
    const IoResult read =
        file.read_at(out + done, kComparedBlockBytes - done, offset + static_cast<int64_t>(done));
    if (!read.ok()) return -1;
    if (read.value == 0) break;
    done += static_cast<size_t>(read.value);
  }
  return static_cast<int64_t>(done);
}

}  // namespace

absl::StatusOr<int64_t> find_start_in_archive(ArchiveFile& archive, const std::string& path,
                                              const SeekTarget& target) {
  const absl::StatusOr<std::vector<ArchiveFile::Member>> members = archive.list_members(path);
  if (!members.ok()) return members.status();
  if (members->empty()) return 0;
  size_t start = 0;
  for (size_t i = 0; i + 1 < members->size(); ++i) {
    const ArchiveMember& claim = (*members)[i].claim;
    if (target.is_behind({claim.last_seq, claim.last_ts})) start = i + 1;
  }
  while (start > 0 && (*members)[start].claim.begins_within_line) --start;
  return (*members)[start].plain_offset;
}

bool has_text_of(File& a, File& b) {
  const auto block_a = std::make_unique_for_overwrite<char[]>(kComparedBlockBytes);
  const auto block_b = std::make_unique_for_overwrite<char[]>(kComparedBlockBytes);
  for (int64_t offset = 0;; offset += static_cast<int64_t>(kComparedBlockBytes)) {
    const int64_t size_a = read_block(a, block_a.get(), offset);
    const int64_t size_b = read_block(b, block_b.get(), offset);
    if (size_a < 0 || size_a != size_b) return false;
    if (memcmp(block_a.get(), block_b.get(), static_cast<size_t>(size_a)) != 0) return false;
    if (size_a < static_cast<int64_t>(kComparedBlockBytes)) return true;
  }
}

}  // namespace logslice::internal
