#include "adoption.h"

#include <vector>

#include "line_numbers.h"
#include "log_files.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

absl::StatusOr<int64_t> count_foreign_lines(FileSystem& file_system, const std::string& path,
                                            const SealedSegments& sealed,
                                            const AdoptionOptions& options,
                                            std::optional<RecoveredTail>& tail) {
  const bool counts_lines = tail.has_value() && tail->counts_lines;
  if (tail.has_value() && tail->last_seq > 0 && !counts_lines) return 0;
  if (sealed.count() > 0) {
    if (!counts_lines) return 0;
    tail->last_seq += sealed.last_seq();
    return tail->last_seq;
  }
  const absl::StatusOr<std::vector<std::string>> archives =
      list_foreign_archives(file_system, path);
  if (!archives.ok()) return archives.status();
  if (archives->empty()) return counts_lines ? tail->last_seq : 0;
  if (!options.adopt_foreign) {
    // Beside a log that we began they are in nobody's way.
    if (options.known_last_seq.has_value()) return 0;
    return failed_precondition(concat(archives->front(),
                                      " is an archive that another program made of ", path,
                                      "; give another path, or set adopt_foreign to go on"));
  }
  // All that is left of the log, maybe: if it was archived a moment ago.
  absl::StatusOr<int64_t> last = find_last_number(file_system, path, options.line_bytes_max);
  if (last.ok() && counts_lines) tail->last_seq = *last;
  return last;
}

}  // namespace logslice::internal
