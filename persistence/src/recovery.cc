#include "recovery.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "archive_file.h"
#include "backward_line_reader.h"
#include "io_status.h"
#include "line_counter.h"
#include "log_paths.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/time_text.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr std::string_view kLineStart = "{\"__type__\":\"";

// Whether the bytes can be the beginning of a line that logslice was writing. Any of them may be
// zeros: the size of a file can be on the device before its content.
absl::StatusOr<bool> begins_like_a_line(File& file, const std::string& path, int64_t offset) {
  std::array<char, kLineStart.size()> begin;
  const IoResult read = file.read_at(begin.data(), begin.size(), offset);
  if (!read.ok()) return io_error(read.error, "cannot read", path);
  const std::string_view text(begin.data(), static_cast<size_t>(read.value));
  return kLineStart.starts_with(text.substr(0, text.find('\0')));
}

absl::StatusOr<std::unique_ptr<File>> open_torn_file(FileSystem& file_system,
                                                     const std::string& path, bool* was_created) {
  OpenResult opened = file_system.open(path, OpenMode::kAppend);
  *was_created = opened.error == ENOENT;
  if (*was_created) opened = file_system.open(path, OpenMode::kAppendNew);
  if (!opened.ok()) return io_error(opened.error, "cannot open", path);
  const StatResult stat = opened.file->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
  if (absl::Status status = check_regular(stat.stat.kind, path); !status.ok()) return status;
  return std::move(opened.file);
}

// Appends file[start, end) to `<log>.torn`, behind a line that tells where it comes from.
absl::Status move_aside(FileSystem& file_system, File& file, const std::string& path, int64_t start,
                        int64_t end, absl::Time now) {
  const std::string aside = torn_path(path);
  bool was_created = false;
  absl::StatusOr<std::unique_ptr<File>> torn = open_torn_file(file_system, aside, &was_created);
  if (!torn.ok()) return torn.status();
  TimeTextCache time_text;
  // The piece before may have no newline at its end, being torn.
  const std::string header =
      concat(was_created ? "" : "\n", "{\"torn_at_offset\":", start, ",\"bytes\":", end - start,
             ",\"moved_at\":\"", time_text.format(now), "\"}\n");
  absl::Status status = append_all(**torn, header, aside);
  constexpr int64_t kBlockBytes = 64 << 10;
  const auto block = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  while (status.ok() && start < end) {
    const IoResult read =
        file.read_at(block.get(), static_cast<size_t>(std::min(end - start, kBlockBytes)), start);
    if (!read.ok()) return io_error(read.error, "cannot read", path);
    if (read.value == 0) return data_loss(concat(path, " shrinks while it is opened"));
    status = append_all(**torn, {block.get(), static_cast<size_t>(read.value)}, aside);
    start += read.value;
  }
  if (!status.ok()) return status;
  if (const IoResult synced = (*torn)->sync_data(); !synced.ok()) {
    return io_error(synced.error, "cannot sync", aside);
  }
  if (was_created) {
    if (absl::Status synced = sync_directory_of(file_system, path); !synced.ok()) return synced;
  }
  return absl::OkStatus();
}

absl::Status not_a_log(const std::string& path) {
  return failed_precondition(
      concat(path,
             " is not empty and no line of it has a __seq__, so another program wrote it; "
             "give another path, or set adopt_foreign to go on in it"));
}

}  // namespace

absl::StatusOr<LastEntry> find_last_entry(File& file, const std::string& path,
                                          int64_t committed_end, int64_t line_bytes_max) {
  LastEntry last;
  BackwardLineReader lines(file, path, committed_end, line_bytes_max);
  while (lines.previous()) {
    if (!lines.is_too_long() && is_blank(lines.line())) continue;
    // Zeros say nothing about who wrote the line: a power cut leaves them in anybody's.
    const bool has_zeros =
        !lines.is_too_long() && lines.line().find('\0') != std::string_view::npos;
    if (!has_zeros) last.has_foreign_lines = true;
    if (!lines.is_too_long()) {
      const LineMetadata metadata = read_line_metadata(lines.line());
      if (metadata.valid && metadata.stamp.seq > 0) {
        last.seq = metadata.stamp.seq;
        last.ts = metadata.stamp.ts;
        return last;
      }
    }
    ++last.lines_behind;
  }
  if (!lines.status().ok()) return lines.status();
  return last;
}

std::string torn_path(const std::string& log_path) { return log_path + ".torn"; }

absl::StatusOr<std::optional<absl::Time>> read_last_ts(FileSystem& file_system, std::string path,
                                                       int64_t line_bytes_max) {
  const absl::StatusOr<std::unique_ptr<File>> file = open_log_file(file_system, path);
  if (!file.ok()) return file.status();
  const StatResult stat = (*file)->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
  const absl::StatusOr<int64_t> end = find_committed_end(**file, path, stat.stat.size_bytes);
  if (!end.ok()) return end.status();
  const absl::StatusOr<LastEntry> last = find_last_entry(**file, path, *end, line_bytes_max);
  if (!last.ok()) return last.status();
  return last->ts;
}

absl::StatusOr<RecoveredTail> recover_tail(FileSystem& file_system, File& file,
                                           const std::string& path,
                                           const RecoveryOptions& options) {
  const StatResult stat = file.stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", path);
  const int64_t end = stat.stat.size_bytes;
  RecoveredTail tail;

  // 1. Find the last newline. What follows it was never committed.
  absl::StatusOr<int64_t> committed_end = find_committed_end(file, path, end);
  if (!committed_end.ok()) return committed_end.status();
  tail.size_bytes = *committed_end;
  tail.torn_bytes = end - *committed_end;

  // 2. Find the last sequence number, reading backward; to the start if need be. This comes before
  //    any change: a file that is not a log stays as it is.
  absl::StatusOr<LastEntry> last =
      find_last_entry(file, path, tail.size_bytes, options.line_bytes_max);
  if (!last.ok()) return last.status();
  tail.last_ts = last->ts;
  if (last->seq > 0) {
    tail.damaged_count = last->lines_behind;
    tail.last_seq = last->seq > std::numeric_limits<int64_t>::max() - last->lines_behind
                        ? std::numeric_limits<int64_t>::max()
                        : last->seq + last->lines_behind;
  } else if (options.adopt_foreign) {
    absl::StatusOr<int64_t> lines = count_lines(file, path);
    if (!lines.ok()) return lines.status();
    tail.last_seq = *lines;
    tail.counts_lines = true;
  } else if (last->has_foreign_lines) {
    return not_a_log(path);
  } else {
    tail.damaged_count = tail.last_seq = last->lines_behind;
    if (!options.is_known_log && (tail.torn_bytes > 0 || last->lines_behind > 0)) {
      const int64_t begin = last->lines_behind > 0 ? 0 : tail.size_bytes;
      absl::StatusOr<bool> is_ours = begins_like_a_line(file, path, begin);
      if (!is_ours.ok()) return is_ours.status();
      if (!*is_ours) return not_a_log(path);
    }
  }
  if (tail.torn_bytes == 0) return tail;

  // 3. Copy the torn bytes to <log>.torn and sync that, so that nothing is ever deleted. A crash
  //    between this and 4 puts them there a second time, with the same offset.
  absl::Status status = move_aside(file_system, file, path, tail.size_bytes, end, options.now);
  if (!status.ok()) return status;

  // 4. Cut them off and make the cut durable before the first append: a torn line that comes back
  //    would be glued to it.
  if (const IoResult cut = file.truncate(tail.size_bytes); !cut.ok()) {
    return io_error(cut.error, "cannot truncate", path);
  }
  if (const IoResult synced = file.sync_data(); !synced.ok()) {
    return io_error(synced.error, "cannot sync", path);
  }
  return tail;
}

}  // namespace logslice::internal
