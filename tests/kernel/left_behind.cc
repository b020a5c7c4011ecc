#include "tests/kernel/left_behind.h"

#include <algorithm>

#include "logslice/persistence/scan_log.h"

namespace logslice::testing {

LeftBehind look_at(const std::string& path, CrashEntry (*entry)(int64_t seq)) {
  LeftBehind found;
  absl::StatusOr<LogScan<CrashEntry>> scan = scan_log<CrashEntry>(path, {.strict = true});
  if (absl::IsNotFound(scan.status())) return found;
  if (!scan.ok()) {
    found.problems.push_back(scan.status().ToString());
    return found;
  }
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    const int64_t seq = it.seq();
    if (seq <= found.last_seq) {
      ++found.doubled_count;
      found.problems.push_back("seq " + std::to_string(seq) + " comes after " +
                               std::to_string(found.last_seq));
    } else {
      found.missing_count += seq - found.last_seq - 1;
    }
    const CrashEntry expected = entry(seq);
    if (it->number != expected.number || it->text != expected.text) {
      found.problems.push_back("seq " + std::to_string(seq) + " is not what was written");
    }
    ++found.entry_count;
    found.last_seq = std::max(found.last_seq, seq);
  }
  if (!scan->status().ok()) found.problems.push_back(scan->status().ToString());
  found.torn_bytes = scan->stats().torn_bytes;
  return found;
}

}  // namespace logslice::testing
