#include "line_counter.h"

#include <cstddef>
#include <cstring>
#include <memory>

#include "io_status.h"

namespace logslice::internal {

namespace {

constexpr size_t kBlockBytes = size_t{128} << 10;  // in the second-level cache while it is counted

constexpr bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

bool is_blank(std::string_view line) {
  for (const char c : line) {
    if (!is_blank_byte(c)) return false;
  }
  return true;
}

absl::StatusOr<int64_t> count_lines(File& file, std::string_view path) {
  const auto block = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  int64_t count = 0;
  int64_t offset = 0;
  bool line_is_blank = true;  // what the line at hand has shown so far
  for (;;) {
    const IoResult read = file.read_at(block.get(), kBlockBytes, offset);
    if (!read.ok()) return io_error(read.error, "cannot read", path);
    if (read.value == 0) return count;
    offset += read.value;
    const char* at = block.get();
    const char* const end = at + read.value;
    while (at < end) {
      if (line_is_blank) {
        while (at < end && is_blank_byte(*at)) ++at;
        if (at == end) break;
        if (*at == '\n') {
          ++at;
          continue;
        }
        line_is_blank = false;
      }
      const void* const newline = memchr(at, '\n', static_cast<size_t>(end - at));
      if (newline == nullptr) break;
      ++count;
      at = static_cast<const char*>(newline) + 1;
      line_is_blank = true;
    }
  }
}

}  // namespace logslice::internal
