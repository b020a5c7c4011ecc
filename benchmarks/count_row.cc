// count: the lines of a large log, warm in the page cache.
#include <sys/mman.h>

#include <cstring>

#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

int64_t count_with_memchr(const ReadLog& log) {
  const OpenFile file(log.path, OpenFile::Mode::kRead);
  const auto size = static_cast<size_t>(log.bytes);
  void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.descriptor(), 0);
  check(map != MAP_FAILED, "mmap");
  const char* at = static_cast<const char*>(map);
  const char* const end = at + size;
  int64_t lines = 0;
  while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at))))) {
    ++lines;
    if (++at == end) break;
  }
  munmap(map, size);
  return lines;
}

double count_with_logslice(const ReadLog& log, int threads) {
  return gigabytes_per_second(log.bytes, [&] {
    check(*count_log_entries(log.path, CountOptions{.threads = threads}) == log.entry_count,
          "counted other entries");
  });
}

}  // namespace

Row make_count_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what =
      "count_log_entries on two threads, as `logslice count` does; the programs have one. Limit: "
      "memchr over the mapped file.";
  row.logslice = {"logslice", [&log] { return count_with_logslice(log, 2); }};
  row.limit = {"memchr over mmap", [&log] {
                 return gigabytes_per_second(log.bytes, [&] {
                   check(count_with_memchr(log) == log.entry_count, "memchr counted other lines");
                 });
               }};
  row.peers.push_back(counting_command("wc -l", "wc -l <", log.path, log.bytes, log.entry_count));
  row.peers.push_back(
      counting_command("grep -c ''", "LC_ALL=C grep -c ''", log.path, log.bytes, log.entry_count));
  row.yardsticks.push_back(
      {"logslice, one thread", [&log] { return count_with_logslice(log, 1); }});
  return row;
}

}  // namespace logslice::bench
