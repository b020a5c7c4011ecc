#include "first_seq.h"

#include <string.h>

#include <algorithm>
#include <string_view>

#include "line_counter.h"
#include "line_reader.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

absl::StatusOr<int64_t> find_first_seq(File& file, const std::string& path,
                                       int64_t line_bytes_max) {
  LineReader reader(file, path, line_bytes_max);
  int64_t lines_before = 0;
  for (;;) {
    switch (reader.fill()) {
      case LineReader::Fill::kLongLine:
        ++lines_before;
        continue;
      case LineReader::Fill::kEnd:
        return 0;
      case LineReader::Fill::kError:
        return reader.status();
      case LineReader::Fill::kLines:
        break;
    }
    while (reader.at() < reader.committed_end()) {
      const std::string_view line = reader.take_line();
      if (is_blank(line)) continue;
      const LineMetadata metadata = read_line_metadata(line);
      if (metadata.valid && metadata.stamp.seq > 0) {
        return std::max<int64_t>(1, metadata.stamp.seq - lines_before);
      }
      ++lines_before;
    }
  }
}

std::optional<absl::Time> find_first_ts(File& file, const std::string& path,
                                        int64_t line_bytes_max) {
  LineReader reader(file, path, line_bytes_max);
  if (reader.fill() != LineReader::Fill::kLines) return std::nullopt;
  while (reader.at() < reader.committed_end()) {
    const LineMetadata metadata = read_line_metadata(reader.take_line());
    if (metadata.valid && metadata.stamp.ts.has_value()) return metadata.stamp.ts;
  }
  return std::nullopt;
}

}  // namespace logslice::internal
