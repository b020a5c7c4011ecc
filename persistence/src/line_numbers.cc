#include "line_numbers.h"

#include <string.h>

#include <cstddef>
#include <string_view>

#include "line_counter.h"
#include "log_reader.h"
#include "logslice/reflection/internal/line_metadata.h"

namespace logslice::internal {

namespace {

int64_t own_seq_of(std::string_view line) {
  LineStamp stamp;
  if (read_canonical_stamp(line, &stamp)) return stamp.seq;
  const LineMetadata metadata = read_line_metadata(line);
  return metadata.valid ? metadata.stamp.seq : 0;
}

}  // namespace

absl::StatusOr<int64_t> find_last_number(FileSystem& file_system, const std::string& path,
                                         int64_t line_bytes_max) {
  absl::StatusOr<LogReader> reader = LogReader::open(file_system, path, line_bytes_max);
  if (!reader.ok()) return reader.status();
  LineNumbers numbers;
  for (;;) {
    switch (reader->fill()) {
      case LogReader::Fill::kLongLine:
        numbers.take(0);
        continue;
      case LogReader::Fill::kEnd:
        return numbers.last_seq();
      case LogReader::Fill::kError:
        return reader->status();
      case LogReader::Fill::kLines:
        break;
    }
    const char* at = reader->at();
    while (at < reader->committed_end()) {
      const char* const end = static_cast<const char*>(
          memchr(at, '\n', static_cast<size_t>(reader->committed_end() - at)));
      const std::string_view line(at, static_cast<size_t>(end - at));
      if (!is_blank(line)) numbers.take(own_seq_of(line));
      at = end + 1;
    }
    reader->advance_block();
  }
}

}  // namespace logslice::internal
