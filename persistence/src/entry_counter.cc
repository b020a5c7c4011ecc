// The count of a log's entries, without a look at what they are: count_log_entries(path).

#include <string.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive_file.h"
#include "line_counter.h"
#include "log_files.h"
#include "log_paths.h"
#include "log_reader.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice {

namespace internal {

namespace {

absl::StatusOr<int64_t> count_lines_of(FileSystem& file_system, LogFile file, int threads) {
  if (file.file == nullptr) {
    absl::StatusOr<std::unique_ptr<File>> sealed = open_log_file(file_system, file.path);
    if (absl::IsNotFound(sealed.status())) return 0;  // removed since it was listed
    if (!sealed.ok()) return sealed.status();
    file.file = *std::move(sealed);
  }
  return count_lines(*file.file, file.path, threads);
}

absl::StatusOr<int64_t> count_merged_lines(FileSystem& file_system, const std::string& path) {
  absl::StatusOr<LogReader> reader = LogReader::open(file_system, path, kDefaultLineBytesMax);
  if (!reader.ok()) return reader.status();
  int64_t count = 0;
  for (;;) {
    switch (reader->fill()) {
      case LogReader::Fill::kLongLine:
        if (reader->long_line().size_bytes > 0) ++count;
        continue;
      case LogReader::Fill::kEnd:
        return count;
      case LogReader::Fill::kError:
        return reader->status();
      case LogReader::Fill::kLines:
        break;
    }
    while (reader->at() < reader->committed_end()) {
      const char* const end = static_cast<const char*>(
          memchr(reader->at(), '\n', static_cast<size_t>(reader->committed_end() - reader->at())));
      if (!is_blank({reader->at(), static_cast<size_t>(end - reader->at())})) ++count;
      reader->advance_line(end + 1);
    }
  }
}

}  // namespace

}  // namespace internal

absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          FileSystem& file_system) {
  return count_log_entries(path, CountOptions{.file_system = &file_system});
}

absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          const CountOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<int64_t> {
    if (options.threads < 1 || options.threads > kScanThreadsMax) {
      return internal::invalid_argument(internal::concat(
          "threads is ", options.threads, "; it must be >= 1 and <= ", kScanThreadsMax));
    }
    FileSystem& file_system = *options.file_system;
    absl::StatusOr<std::string> resolved = internal::resolve_log_path(file_system, path);
    if (!resolved.ok()) return resolved.status();
    absl::StatusOr<std::vector<internal::LogFileGroup>> groups =
        internal::list_log_files(file_system, *resolved, kDefaultLineBytesMax);
    if (!groups.ok()) return groups.status();
    int64_t count = 0;
    for (internal::LogFileGroup& group : *groups) {
      // What two files have both must be looked at; their names tell where that can be.
      if (group.size() > 1) return internal::count_merged_lines(file_system, *resolved);
      for (internal::LogFile& file : group) {
        absl::StatusOr<int64_t> lines =
            internal::count_lines_of(file_system, std::move(file), options.threads);
        if (!lines.ok()) return lines.status();
        count += *lines;
      }
    }
    return count;
  });
}

}  // namespace logslice
