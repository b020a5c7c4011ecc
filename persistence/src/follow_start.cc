#include "follow_start.h"

#include <algorithm>
#include <utility>

#include "backward_line_reader.h"
#include "go_back.h"
#include "io_status.h"
#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

// Of the last line before `end` that has a number; lines of other programs have none, and nobody
// waits for them.
absl::StatusOr<LineStamp> last_stamp(LogFile& file, int64_t end, int64_t line_bytes_max) {
  constexpr int kLines = 16;
  BackwardLineReader lines(*file.file, file.path, end, line_bytes_max);
  for (int i = 0; i < kLines && lines.previous(); ++i) {
    if (lines.is_too_long()) continue;
    const LineMetadata metadata = read_line_metadata(lines.line());
    if (metadata.valid && metadata.stamp.seq > 0) return metadata.stamp;
  }
  if (!lines.status().ok()) return lines.status();
  return LineStamp{};
}

absl::StatusOr<LogReader::Start> find_end(const std::string& path, const ScanOptions& options) {
  LogReader::Start start;
  absl::StatusOr<std::vector<LogFileGroup>> groups =
      list_log_files(*options.file_system, path, options.line_bytes_max);
  if (absl::IsNotFound(groups.status())) return start;
  if (!groups.ok()) return groups.status();
  for (LogFileGroup& group : *groups) {
    for (LogFile& file : group) {
      if (file.sealed.has_value()) {
        start.passed.insert(*file.sealed);
        start.handed_out.seq = std::max(start.handed_out.seq, file.last_seq);
        continue;
      }
      if (file.kind == LogFile::Kind::kForeignArchive) continue;
      const StatResult stat = file.file->stat();
      if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
      absl::StatusOr<int64_t> end = find_committed_end(*file.file, path, stat.stat.size_bytes);
      if (!end.ok()) return end.status();
      absl::StatusOr<LineStamp> last = last_stamp(file, *end, options.line_bytes_max);
      if (!last.ok()) return last.status();
      start.last = *last;
      file.start_bytes = *end;
      start.files.emplace_back().push_back(std::move(file));
    }
  }
  // What the last segment has and the active file is still to get, is there already.
  if (start.handed_out.seq > start.last.seq) start.last = start.handed_out;
  return start;
}

absl::StatusOr<LogReader::Start> find_last(
    const std::string& path, const ScanOptions& options,
    const std::function<absl::Status(BackwardLogReader&)>& go_back) {
  absl::StatusOr<BackwardLogReader> lines =
      BackwardLogReader::open(*options.file_system, path, options.line_bytes_max);
  if (absl::IsNotFound(lines.status())) return LogReader::Start{};
  if (!lines.ok()) return lines.status();
  if (absl::Status status = go_back(*lines); !status.ok()) return status;
  BackwardLogReader::Rest rest = lines->take_rest();
  return LogReader::Start{.files = std::move(rest.files), .passed = std::move(rest.passed)};
}

}  // namespace

ScanOptions scan_from(ScanOptions options, const FollowStart& start) {
  if (start.at == FollowStart::At::kSeq) {
    options.start_seq = std::max(start.value, options.start_seq.value_or(0));
  }
  return options;
}

absl::StatusOr<LogReader> follow_from(
    const std::filesystem::path& path, const ScanOptions& options, const FollowStart& start,
    const std::function<absl::Status(BackwardLogReader&)>& go_back) {
  if (start.value < 0) {
    return invalid_argument(concat("start.value is ", start.value, "; it must be >= 0"));
  }
  if (options.line_bytes_max < 1) {
    return invalid_argument(
        concat("line_bytes_max is ", options.line_bytes_max, "; it must be >= 1"));
  }
  // A link that leads nowhere yet is followed when it does.
  absl::StatusOr<std::string> resolved = resolve_log_path(*options.file_system, path);
  if (absl::IsNotFound(resolved.status())) resolved = expand_home(path);
  if (!resolved.ok()) return resolved.status();

  using At = FollowStart::At;
  if (start.at == At::kSeq || start.at == At::kBeginning) {
    return LogReader::follow(*resolved, options, std::nullopt);
  }
  if (absl::Status status = check_needs_no_count(options); !status.ok()) return status;
  const bool is_at_end = start.at == At::kEnd || start.value == 0;
  absl::StatusOr<LogReader::Start> found =
      is_at_end ? find_end(*resolved, options) : find_last(*resolved, options, go_back);
  if (!found.ok()) return found.status();
  return LogReader::follow(*resolved, options, *std::move(found));
}

}  // namespace logslice::internal
