#include "logslice/persistence/check_log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "file_check.h"
#include "finding_list.h"
#include "log_paths.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/status.h"
#include "segment_name.h"
#include "seq_check.h"
#include "text.h"

namespace logslice {

namespace internal {

namespace {

// A run of NULs in a line that has some.
struct NulRun {
  size_t start = 0;
  size_t size_bytes = 0;
};

NulRun first_nul_run(std::string_view text) {
  NulRun run;
  run.start = text.find('\0');
  run.size_bytes = std::min(text.find_first_not_of('\0', run.start), text.size()) - run.start;
  return run;
}

LogFinding finding_at(const LogLine& line, LogFindingKind kind, const std::string& log_path) {
  LogFinding finding{.kind = kind, .severity = LogFindingSeverity::kDamage};
  finding.path = std::string(line.path);
  finding.offset_bytes = line.offset_bytes;
  finding.line_number = line.line_number;
  finding.mend = recover_command(log_path);
  return finding;
}

// Names the cause where the bytes show one.
LogFinding describe_damage(const LogLine& line, const std::string& log_path,
                           int64_t line_bytes_max) {
  LogFinding finding = finding_at(line, LogFindingKind::kDamagedLine, log_path);
  finding.text = std::string(line.damage);
  if (line.is_archive_damage) {
    finding.kind = LogFindingKind::kArchiveDamage;
    finding.line_number = 0;
  } else if (line.is_too_long) {
    finding.kind = LogFindingKind::kLongLine;
    finding.text = concat("a line longer than ", line_bytes_max, " bytes, the limit");
  } else if (line.text.find('\0') != std::string_view::npos) {
    const NulRun run = first_nul_run(line.text);
    finding.kind = LogFindingKind::kNulBytes;
    finding.offset_bytes = line.offset_bytes + static_cast<int64_t>(run.start);
    finding.text = concat(run.size_bytes, run.size_bytes == 1 ? " NUL byte" : " NUL bytes",
                          ": a hole in the file, or a page that was never written");
  } else if (!is_valid_utf8(line.text.data(), line.text.size())) {
    finding.kind = LogFindingKind::kInvalidUtf8;
    finding.offset_bytes =
        line.offset_bytes + static_cast<int64_t>(valid_utf8_prefix_bytes(line.text));
    finding.text = "bytes that are not UTF-8";
  }
  return finding;
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// LineCheck reads all lines of the log, once.
class LineCheck {
 public:
  LineCheck(const CheckOptions& options, std::string log_path, FindingList& findings)
      : options_(options),
        log_path_(std::move(log_path)),
        findings_(findings),
        seqs_(log_path_, findings) {}

  // If not OK: why nothing could be read, or, behind last_path(), no more.
  absl::Status run(LogCheck& check) {
    LineScanOptions line_options;
    line_options.scan.line_bytes_max = options_.line_bytes_max;
    line_options.scan.file_system = options_.file_system;
    absl::StatusOr<LogLines> lines = scan_lines(log_path_, line_options);
    if (!lines.ok()) return lines.status();
    while (lines->next()) add(lines->line());
    const ScanStats& stats = lines->stats();
    check.entry_count = stats.entry_count;
    check.file_count = stats.file_count;
    check.bytes = stats.bytes + stats.torn_bytes + stats.overlap_bytes;
    add_overlaps(stats);
    return lines->status();
  }

  void finish(int64_t given_seq) { seqs_.finish(given_seq); }
  const std::string& last_path() const { return last_path_; }

 private:
  void add(const LogLine& line) {
    if (last_path_ != line.path) {
      last_path_ = line.path;
      sealed_ = parse_segment_name(name_of(log_path_), name_of(last_path_));
    }
    if (sealed_.has_value() && line.damage.empty() && line.seq > 0 &&
        (line.seq < sealed_->first_seq || line.seq > sealed_->last_seq)) {
      LogFinding finding = finding_at(line, LogFindingKind::kSegmentRange, log_path_);
      finding.first_seq = finding.last_seq = line.seq;
      finding.text = concat("seq ", line.seq, " is not in the range of the segment's name, ",
                            sealed_->first_seq, " to ", sealed_->last_seq);
      findings_.add(std::move(finding));
    }
    if (!line.conflict.empty()) {
      LogFinding finding = finding_at(line, LogFindingKind::kSeqConflict, log_path_);
      finding.first_seq = finding.last_seq = line.seq;
      finding.text = std::string(line.conflict);
      findings_.add(std::move(finding));
    }
    if (line.damage.empty()) {
      seqs_.add(line);
    } else {
      findings_.add(describe_damage(line, log_path_, options_.line_bytes_max));
    }
  }

  void add_overlaps(const ScanStats& stats) {
    const int64_t equal_count = stats.overlap_count - stats.conflict_count;
    if (equal_count == 0) return;
    LogFinding finding{.kind = LogFindingKind::kSegmentOverlap,
                       .severity = LogFindingSeverity::kRemark,
                       .path = log_path_};
    finding.text = concat(equal_count, equal_count == 1 ? " entry stands" : " entries stand",
                          " in two segments, byte for byte the same; nothing to do: read once");
    findings_.add(std::move(finding));
  }

  const CheckOptions& options_;
  const std::string log_path_;
  FindingList& findings_;
  SeqCheck seqs_;
  std::string last_path_;
  std::optional<SegmentName> sealed_;  // of last_path_
};

}  // namespace

}  // namespace internal

absl::StatusOr<LogCheck> check_log(const std::filesystem::path& path, const CheckOptions& options) {
  if (options.findings_per_kind_max < 1) {
    return internal::invalid_argument(internal::concat(
        "findings_per_kind_max is ", options.findings_per_kind_max, "; it must be >= 1"));
  }
  absl::StatusOr<std::string> log_path = internal::expand_home(path);
  if (!log_path.ok()) return log_path.status();
  LogCheck check;
  internal::FindingList findings(options.findings_per_kind_max);
  internal::FileCheck files(options, *log_path, findings);
  if (absl::Status status = files.run(); !status.ok()) return status;
  internal::LineCheck lines(options, *log_path, findings);
  if (absl::Status status = lines.run(check); !status.ok()) {
    // Nothing was read at all, and no segment is to blame: there is no such log.
    if (lines.last_path().empty() && check.file_count == 0 &&
        (!files.has_unreadable() || absl::IsNotFound(status) || absl::IsInvalidArgument(status))) {
      return status;
    }
    if (!files.has_unreadable()) files.add_unreadable(lines.last_path(), status);
  }
  check.is_complete = !files.has_unreadable();
  // Numbers that a writer at work has given may not be written yet.
  const bool is_at_rest = check.is_complete && !files.holder().has_value();
  lines.finish(is_at_rest ? files.given_seq() : 0);
  findings.move_to(check);
  return check;
}

}  // namespace logslice
