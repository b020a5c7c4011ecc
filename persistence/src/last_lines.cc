#include <string>
#include <utility>

#include "go_back.h"
#include "line_counter.h"
#include "line_source.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "scan_filter.h"
#include "seek.h"
#include "text.h"

namespace logslice {

namespace internal {

absl::Status go_back_lines(BackwardLogReader* lines, int64_t count,
                           const LineScanOptions& options) {
  const ScanOptions& scan = options.scan;
  const ScanFilter filter(scan, scan.since.has_value() && is_ordered(lines->log_path(), scan));
  bool was_before_since = false;
  while (count > 0 && lines->previous()) {
    const auto damaged = [&](std::string_view reason) {
      return line_error(lines->path(), 0, lines->offset_bytes(), reason);
    };
    if (const ArchiveDamage* damage = scan.strict ? lines->damage() : nullptr) {
      return line_error(lines->path(), 0, damage->plain_start, describe(*damage));
    }
    if (lines->is_too_long()) {
      if (scan.strict) return damaged(long_line_reason(scan.line_bytes_max));
      continue;
    }
    if (is_blank(lines->line())) continue;
    const LineMetadata metadata = read_line_metadata(lines->line(), scan.time_member);
    if (!metadata.valid) {
      if (scan.strict) return damaged(metadata.problem);
      continue;
    }
    if (filter.is_before_start(metadata.stamp)) break;  // numbers only fall from here
    const bool is_before_since = filter.is_before_since(metadata.stamp);
    if (is_before_since && was_before_since) break;
    was_before_since = is_before_since;
    if (filter.check(metadata.stamp) != ScanFilter::Verdict::kPass) continue;
    const bool is_wanted = options.type.empty() || metadata.type == options.type ||
                           (!metadata.type.has_value() && scan.untyped_as_entry);
    if (!is_wanted) continue;
    --count;
  }
  return lines->status();
}

absl::Status check_needs_no_count(const ScanOptions& options) {
  if (options.unnumbered != UnnumberedLines::kCountOn) return absl::OkStatus();
  return invalid_argument(
      "unnumbered is kCountOn: lines are counted from the start of the log, so it cannot be read "
      "from its end");
}

}  // namespace internal

absl::StatusOr<LogLines> last_lines(const std::filesystem::path& path, int64_t count,
                                    const LineScanOptions& options) {
  using internal::BackwardLogReader;
  using internal::LogReader;
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogLines> {
    if (count < 0) {
      return internal::invalid_argument(internal::concat("count is ", count, "; it must be >= 0"));
    }
    const ScanOptions& scan = options.scan;
    if (absl::Status status = internal::check_needs_no_count(scan); !status.ok()) return status;
    absl::StatusOr<BackwardLogReader> back =
        BackwardLogReader::open(*scan.file_system, path.native(), scan.line_bytes_max);
    if (!back.ok()) return back.status();
    absl::Status status = internal::go_back_lines(&*back, count, options);
    if (!status.ok()) return status;
    BackwardLogReader::Rest rest = back->take_rest();
    absl::StatusOr<LogReader> reader = LogReader::open_at(
        back->log_path(), scan, {.files = std::move(rest.files), .passed = std::move(rest.passed)});
    if (!reader.ok()) return reader.status();
    std::unique_ptr<internal::LineSource> lines =
        internal::scan_lines_of(*std::move(reader), options);
    lines->limit(count);
    if (count == 0) lines->stop(absl::OkStatus());
    return LogLines(std::move(lines));
  });
}

}  // namespace logslice
