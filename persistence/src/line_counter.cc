#include "line_counter.h"

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "archive_file.h"
#include "io_status.h"
#include "line_tally.h"
#include "logslice/persistence/internal/signals_kept_away.h"

namespace logslice::internal {

namespace {

// In the second-level cache while it is counted; larger ones are read a tenth slower.
constexpr size_t kCountedBlockBytes = size_t{128} << 10;
// A thread is worth starting for some milliseconds of reading.
constexpr int64_t kPartBytesMin = int64_t{8} << 20;
constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

// The lines that begin in [begin, end) of the file.
struct Part {
  int64_t begin_bytes = 0;
  int64_t end_bytes = kToTheEnd;
  int64_t line_count = 0;
  int error = 0;
};

void count_part(File& file, char* block, Part& part) {
  LineTally tally;
  // A line begins at `begin` if the byte before ends one.
  bool looks_for_begin = part.begin_bytes > 0;
  int64_t offset = looks_for_begin ? part.begin_bytes - 1 : 0;
  // The line that goes beyond the end, too, up to its newline: that may be the last byte before it.
  const int64_t last_byte = part.end_bytes == kToTheEnd ? kToTheEnd : part.end_bytes - 1;
  for (;;) {
    const IoResult read = file.read_at(block, kCountedBlockBytes, offset);
    if (!read.ok()) part.error = read.error;
    if (!read.ok() || read.value == 0) break;
    const char* begin = block;
    const char* end = block + read.value;
    if (looks_for_begin) {
      const void* const newline = memchr(begin, '\n', static_cast<size_t>(end - begin));
      const int64_t newline_offset = newline == nullptr
                                         ? offset + read.value
                                         : offset + (static_cast<const char*>(newline) - begin);
      // No line begins here: whoever has the part before counts the one that goes through.
      if (newline_offset >= last_byte) break;
      if (newline == nullptr) {
        offset += read.value;
        continue;
      }
      looks_for_begin = false;
      begin = static_cast<const char*>(newline) + 1;
    }
    bool is_last = false;
    if (last_byte < offset + read.value) {
      const char* const from = std::max(
          begin, static_cast<const char*>(block) + std::max<int64_t>(0, last_byte - offset));
      const void* const newline = memchr(from, '\n', static_cast<size_t>(end - from));
      if (newline != nullptr) {
        end = static_cast<const char*>(newline) + 1;
        is_last = true;
      }
    }
    tally.add(begin, static_cast<size_t>(end - begin));
    if (is_last) break;
    offset += read.value;
  }
  part.line_count = tally.line_count();
}

// As many as there are threads, if the file is large enough for them. What is written meanwhile
// belongs to the last.
std::vector<Part> parts_of(File& file, int threads) {
  int64_t count = 1;
  int64_t size_bytes = 0;
  if (threads > 1 && as_archive(file) == nullptr) {
    const StatResult stat = file.stat();
    if (stat.ok()) size_bytes = stat.stat.size_bytes;
    count = std::clamp<int64_t>(size_bytes / kPartBytesMin, 1, threads);
  }
  std::vector<Part> parts(static_cast<size_t>(count));
  for (size_t i = 1; i < parts.size(); ++i) {
    const int64_t begin = size_bytes / count * static_cast<int64_t>(i);
    parts[i - 1].end_bytes = parts[i].begin_bytes = begin;
  }
  return parts;
}

}  // namespace

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

absl::StatusOr<int64_t> count_lines(File& file, std::string_view path, int threads) {
  std::vector<Part> parts = parts_of(file, threads);
  const auto blocks = std::make_unique_for_overwrite<char[]>(kCountedBlockBytes * parts.size());
  std::vector<std::thread> helpers;
  helpers.reserve(parts.size());
  // The first part is the caller's, and those for which no thread can be had.
  size_t started = 1;
  try {
    const SignalsKeptAway signals;
    for (; started < parts.size(); ++started) {
      helpers.emplace_back([&file, &part = parts[started],
                            block = blocks.get() + started * kCountedBlockBytes]() noexcept {
        count_part(file, block, part);
      });
    }
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  count_part(file, blocks.get(), parts[0]);
  for (size_t i = started; i < parts.size(); ++i) count_part(file, blocks.get(), parts[i]);
  for (std::thread& helper : helpers) helper.join();
  int64_t count = 0;
  for (const Part& part : parts) {
    if (part.error != 0) return io_error(part.error, "cannot read", path);
    count += part.line_count;
  }
  return count;
}

}  // namespace logslice::internal
