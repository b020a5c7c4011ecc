// LogReader where it begins: at the start of the log, or in an ordered one near what is wanted.
// Rules: specs/log-format.md, "Finding a place".

#include <algorithm>
#include <utility>

#include "archive_file.h"
#include "archive_search.h"
#include "log_paths.h"
#include "log_reader.h"
#include "logslice/reflection/internal/status.h"
#include "recovery.h"
#include "seek.h"
#include "text.h"

namespace logslice::internal {

absl::StatusOr<LogReader> LogReader::open(FileSystem& file_system, const std::string& path,
                                          int64_t line_bytes_max) {
  ScanOptions options;
  options.line_bytes_max = line_bytes_max;
  options.file_system = &file_system;
  return open(path, options);
}

absl::StatusOr<LogReader> LogReader::open(const std::string& path, const ScanOptions& options) {
  absl::StatusOr<std::string> resolved = resolve_log_path(*options.file_system, path);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<LogReader> reader = prepare(*std::move(resolved), options);
  if (!reader.ok()) return reader;
  if (absl::Status status = reader->begin(); !status.ok()) return status;
  return reader;
}

absl::StatusOr<LogReader> LogReader::prepare(std::string path, const ScanOptions& options) {
  if (options.line_bytes_max < 1) {
    return invalid_argument(
        concat("line_bytes_max is ", options.line_bytes_max, "; it must be >= 1"));
  }
  if (options.threads < 1 || options.threads > kScanThreadsMax) {
    return invalid_argument(
        concat("threads is ", options.threads, "; it must be >= 1 and <= ", kScanThreadsMax));
  }
  LogReader reader(*options.file_system, std::move(path), options.line_bytes_max);
  if (options.start_seq.has_value() || options.since.has_value() || options.until.has_value()) {
    reader.is_ordered_ = internal::is_ordered(reader.path_, options);
  }
  if (reader.is_ordered_) reader.start_ = {options.start_seq, options.since};
  return reader;
}

absl::Status LogReader::begin() {
  if (absl::Status status = queue_new_files(); !status.ok()) return status;
  pass_groups_before_start();
  // So that what cannot be read is known at once.
  open_next_group();
  return status_;
}

// Of what lies before the start only the names of segments are looked at, and the ends of some.
void LogReader::pass_groups_before_start() {
  if (!start_.is_set()) return;
  const auto is_file_before_start = [&](const LogFile& file) {
    if (!file.sealed.has_value()) return false;
    if (start_.is_behind({file.last_seq, std::nullopt})) return true;
    if (!start_.ts.has_value()) return false;
    const auto last_ts = read_last_ts(*file_system_, file.path, line_bytes_max_);
    return last_ts.ok() && start_.is_behind({0, *last_ts});
  };
  const auto is_before_start = [&](const LogFileGroup& group) {
    return std::all_of(group.begin(), group.end(), is_file_before_start);
  };
  // The next one is the last. Other programs' archives, which come first, are read as ever: nobody
  // knows what is in them.
  const auto is_foreign = [](const LogFileGroup& group) {
    return group.front().kind == LogFile::Kind::kForeignArchive;
  };
  const auto first_own = std::find_if_not(waiting_.rbegin(), waiting_.rend(), is_foreign);
  const auto first_wanted = std::partition_point(first_own, waiting_.rend(), is_before_start);
  waiting_.erase(first_wanted.base(), first_own.base());
}

absl::Status LogReader::start_source(Source& source, int64_t start_bytes) {
  if (start_bytes == 0 && start_.is_set()) {
    ArchiveFile* const archive = as_archive(*source.file);
    const absl::StatusOr<int64_t> found =
        archive == nullptr ? find_start(*source.file, source.path, start_)
                           : find_start_in_archive(*archive, source.path, start_);
    if (!found.ok()) return found.status();
    start_bytes = *found;
  }
  source.reader.start_at(start_bytes);
  source.has_line_numbers = start_bytes == 0;
  if (is_following_ && source.kind == LogFile::Kind::kActive) {
    source.anchor.read_before(*source.file, start_bytes);
  }
  return absl::OkStatus();
}

}  // namespace logslice::internal
