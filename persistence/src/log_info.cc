#include "logslice/persistence/log_info.h"

#include <algorithm>
#include <string>

#include "log_holder.h"
#include "log_paths.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/internal/status.h"
#include "scan_filter.h"

namespace logslice {

namespace {

void add_line(const LogLine& line, LogInfo& info) {
  ++info.line_count;
  if (info.first_conflict.empty()) info.first_conflict = line.conflict;
  if (!line.damage.empty()) {
    if (info.damaged_count++ == 0) {
      const absl::Status error =
          internal::line_error(line.path, line.line_number, line.offset_bytes, line.damage);
      info.first_damage = std::string(error.message().data(), error.message().size());
    }
    return;
  }
  ++info.entry_count;
  ++info.type_counts[std::string(line.type)];
  if (line.seq > 0) {
    info.first_seq = info.first_seq == 0 ? line.seq : std::min(info.first_seq, line.seq);
    info.last_seq = std::max(info.last_seq, line.seq);
  }
  if (line.ts.has_value()) {
    if (!info.first_ts.has_value()) info.first_ts = line.ts;
    info.last_ts = line.ts;
  }
}

}  // namespace

absl::StatusOr<LogInfo> read_log_info(const std::filesystem::path& path,
                                      const ScanOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogInfo> {
    absl::StatusOr<std::string> resolved = internal::resolve_log_path(*options.file_system, path);
    if (!resolved.ok()) return resolved.status();
    LineScanOptions line_options;
    line_options.scan.time_member = options.time_member;
    line_options.scan.line_bytes_max = options.line_bytes_max;
    line_options.scan.file_system = options.file_system;
    absl::StatusOr<LogLines> lines = scan_lines(*resolved, line_options);
    if (!lines.ok()) return lines.status();
    LogInfo info;
    while (lines->next()) add_line(lines->line(), info);
    if (!lines->status().ok()) return lines->status();
    const ScanStats& stats = lines->stats();
    info.torn_bytes = stats.torn_bytes;
    info.bytes = stats.bytes + stats.torn_bytes + stats.overlap_bytes;
    info.segment_count = stats.file_count;
    info.overlap_count = stats.overlap_count;
    info.conflict_count = stats.conflict_count;
    info.holder = internal::find_log_holder(*options.file_system, *resolved);
    return info;
  });
}

}  // namespace logslice
