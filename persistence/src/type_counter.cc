#include "type_counter.h"

#include <string.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "erased_entry.h"
#include "line_counter.h"
#include "log_reader.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"

namespace logslice {

namespace internal {

namespace {

constexpr int64_t kEverySeq = std::numeric_limits<int64_t>::max();

// Calls `see` with the type id of each line that is an entry up to `last_seq`, as far as its first
// and last bytes tell. Lines without a number count: no writer of ours adds any.
template <typename See>
absl::Status for_each_type(LogReader& reader, int64_t last_seq, See see) {
  for (;;) {
    switch (reader.fill()) {
      case LogReader::Fill::kLongLine:
        continue;
      case LogReader::Fill::kEnd:
        return absl::OkStatus();
      case LogReader::Fill::kError:
        return reader.status();
      case LogReader::Fill::kLines:
        break;
    }
    const char* at = reader.at();
    while (at < reader.committed_end()) {
      const char* const end = static_cast<const char*>(
          memchr(at, '\n', static_cast<size_t>(reader.committed_end() - at)));
      const std::string_view line(at, static_cast<size_t>(end - at));
      at = end + 1;
      LineStamp stamp;
      const std::optional<std::string_view> type = read_canonical_type(line);
      if (type.has_value() && (last_seq == kEverySeq || read_canonical_stamp(line, &stamp))) {
        if (stamp.seq <= last_seq) see(*type);
      } else if (!is_blank(line)) {
        const LineMetadata metadata = read_line_metadata(line);
        if (metadata.valid && metadata.stamp.seq <= last_seq)
          see(metadata.type ? std::string_view(*metadata.type) : "");
      }
    }
    reader.advance_block();
  }
}

}  // namespace

absl::StatusOr<std::map<std::string, int64_t>> count_types(FileSystem& file_system,
                                                           const std::string& path,
                                                           int64_t last_seq,
                                                           int64_t line_bytes_max) {
  absl::StatusOr<LogReader> reader = LogReader::open(file_system, path, line_bytes_max);
  if (!reader.ok()) return reader.status();
  std::map<std::string, int64_t, std::less<>> counts;
  absl::Status status = for_each_type(*reader, last_seq, [&counts](std::string_view type) {
    auto found = counts.find(type);
    if (found == counts.end()) found = counts.emplace(type, 0).first;
    ++found->second;
  });
  if (!status.ok()) return status;
  return std::map<std::string, int64_t>(counts.begin(), counts.end());
}

namespace {

absl::StatusOr<int64_t> count_decoded(const TypeTable& table, const std::filesystem::path& path,
                                      const ScanOptions& options) {
  absl::StatusOr<std::unique_ptr<LogScanner>> scanner = LogScanner::open(table, path, options);
  if (!scanner.ok()) return scanner.status();
  ErasedEntry entry(table);
  int64_t count = 0;
  while ((*scanner)->next(entry.get())) ++count;
  if (!(*scanner)->status().ok()) return (*scanner)->status();
  return count;
}

absl::StatusOr<int64_t> count_by_type(const TypeTable& table, const std::filesystem::path& path,
                                      const ScanOptions& options) {
  absl::StatusOr<LogReader> reader =
      LogReader::open(*options.file_system, path.native(), options.line_bytes_max);
  if (!reader.ok()) return reader.status();
  int64_t count = 0;
  absl::Status status = for_each_type(*reader, kEverySeq, [&](std::string_view type) {
    const bool is_entry = type.empty() ? options.untyped_as_entry : table.matches(type);
    count += is_entry ? 1 : 0;
  });
  if (!status.ok()) return status;
  return count;
}

}  // namespace

absl::StatusOr<int64_t> count_entries_of_type(const TypeTable& table,
                                              const std::filesystem::path& path,
                                              const ScanOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<int64_t> {
    const bool looks_at_types_only = !options.strict && ScanFilter(options, false).passes_all();
    return looks_at_types_only ? count_by_type(table, path, options)
                               : count_decoded(table, path, options);
  });
}

}  // namespace internal

}  // namespace logslice
