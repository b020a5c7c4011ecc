#include "type_counter.h"

#include <string.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "io_status.h"
#include "line_counter.h"
#include "line_reader.h"
#include "log_paths.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice {

namespace internal {

namespace {

// Calls `see` with the type id of each line that is an entry, as far as its first bytes tell.
template <typename See>
absl::Status for_each_type(LineReader& reader, See see) {
  for (;;) {
    switch (reader.fill()) {
      case LineReader::Fill::kLongLine:
        continue;
      case LineReader::Fill::kEnd:
        return absl::OkStatus();
      case LineReader::Fill::kError:
        return reader.status();
      case LineReader::Fill::kLines:
        break;
    }
    const char* at = reader.at();
    while (at < reader.committed_end()) {
      const char* const end = static_cast<const char*>(
          memchr(at, '\n', static_cast<size_t>(reader.committed_end() - at)));
      const std::string_view line(at, static_cast<size_t>(end - at));
      at = end + 1;
      if (const std::optional<std::string_view> type = read_canonical_type(line)) {
        see(*type);
      } else if (!is_blank(line)) {
        const LineMetadata metadata = read_line_metadata(line);
        if (metadata.valid) see(metadata.type ? std::string_view(*metadata.type) : "");
      }
    }
    reader.advance_to(at);
  }
}

}  // namespace

absl::StatusOr<std::map<std::string, int64_t>> count_types(FileSystem& file_system,
                                                           const std::string& path,
                                                           int64_t end_offset,
                                                           int64_t line_bytes_max) {
  absl::StatusOr<LineReader> reader = LineReader::open(file_system, path, line_bytes_max);
  if (!reader.ok()) return reader.status();
  reader->stop_at(end_offset);
  std::map<std::string, int64_t, std::less<>> counts;
  absl::Status status = for_each_type(*reader, [&counts](std::string_view type) {
    auto found = counts.find(type);
    if (found == counts.end()) found = counts.emplace(type, 0).first;
    ++found->second;
  });
  if (!status.ok()) return status;
  return std::map<std::string, int64_t>(counts.begin(), counts.end());
}

absl::StatusOr<int64_t> count_entries_of_type(const TypeTable& table,
                                              const std::filesystem::path& path,
                                              FileSystem& file_system) {
  absl::StatusOr<LineReader> reader =
      LineReader::open(file_system, path.native(), kDefaultLineBytesMax);
  if (!reader.ok()) return reader.status();
  int64_t count = 0;
  absl::Status status =
      for_each_type(*reader, [&](std::string_view type) { count += table.matches(type) ? 1 : 0; });
  if (!status.ok()) return status;
  return count;
}

}  // namespace internal

absl::StatusOr<int64_t> count_log_entries(const std::filesystem::path& path,
                                          FileSystem& file_system) {
  absl::StatusOr<std::string> expanded = internal::expand_home(path);
  if (!expanded.ok()) return expanded.status();
  absl::StatusOr<std::unique_ptr<File>> file = internal::open_for_reading(file_system, *expanded);
  if (!file.ok()) return file.status();
  return internal::count_lines(**file, *expanded);
}

}  // namespace logslice
