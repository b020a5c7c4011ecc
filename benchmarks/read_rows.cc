// typed scan, count, open + recover: a large log, warm in the page cache.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "files.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {
namespace {

double gigabytes_per_second(const ReadLog& log, double seconds) {
  return static_cast<double>(log.bytes) / 1e9 / seconds;
}

void read_all(const ReadLog& log) {
  const OpenFile file(log.path, OpenFile::Mode::kRead);
  std::vector<char> buffer(1 << 20);
  int64_t bytes = 0;
  while (const ssize_t got = read(file.descriptor(), buffer.data(), buffer.size())) {
    check(got > 0, "read");
    bytes += got;
  }
  check(bytes == log.bytes, "read less than the file");
}

void count_with_memchr(const ReadLog& log) {
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
  check(lines == log.entry_count, "memchr counted other lines");
}

void count_with_wc(const ReadLog& log) {
  FILE* pipe = popen(("wc -l < '" + log.path.string() + "'").c_str(), "r");
  check(pipe != nullptr, "popen");
  long long lines = 0;
  check(std::fscanf(pipe, "%lld", &lines) == 1 && lines == log.entry_count,
        "wc counted other lines");
  pclose(pipe);
}

}  // namespace

Row make_typed_scan_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what = "scan_log<ToolInvoked> over the whole log, one thread. Limit: read(2) of 1 MiB each.";
  row.logslice = {"logslice", [&log] {
                    int64_t entries = 0;
                    int64_t hits = 0;
                    const double seconds = seconds_of([&] {
                      auto scan = scan_log<ToolInvoked>(log.path, {.strict = true});
                      check(scan.ok(), "scan_log");
                      for (const ToolInvoked& entry : *scan) {
                        ++entries;
                        hits += entry.result.hit_count;
                      }
                      check(scan->status().ok(), "the scan failed");
                    });
                    check(entries == log.entry_count && hits > 0, "the scan missed entries");
                    return gigabytes_per_second(log, seconds);
                  }};
  row.limit = {"read(2)",
               [&log] { return gigabytes_per_second(log, seconds_of([&] { read_all(log); })); }};
  return row;
}

Row make_count_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what = "count_log_entries(path). Limit: memchr over the mapped file.";
  row.logslice = {"logslice", [&log] {
                    return gigabytes_per_second(
                        log, seconds_of([&] {
                          check(*count_log_entries(log.path) == log.entry_count,
                                "counted other entries");
                        }));
                  }};
  row.limit = {"memchr over mmap", [&log] {
                 return gigabytes_per_second(log, seconds_of([&] { count_with_memchr(log); }));
               }};
  row.peers.push_back({"wc -l", [&log] {
                         return gigabytes_per_second(log, seconds_of([&] { count_with_wc(log); }));
                       }});
  return row;
}

Row make_recover_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "us";
  row.what =
      "PersistentLogWriter::open() of the log, then close(). Limit: open, fstat, pread of 4 KiB, "
      "close.";
  row.logslice = {"logslice", [&log] {
                    return 1e6 * seconds_of([&] {
                             auto writer = PersistentLogWriter::open({.path = log.path});
                             check(writer.ok(), "open");
                             check((*writer)->last_accepted_seq() == log.entry_count,
                                   "another seq");
                             check((*writer)->close().ok(), "close");
                           });
                  }};
  row.limit = {"open, pread the tail", [&log] {
                 return 1e6 * seconds_of([&] {
                          const OpenFile file(log.path, OpenFile::Mode::kRead);
                          struct stat status {};
                          char tail[4096];
                          check(fstat(file.descriptor(), &status) == 0, "fstat");
                          check(pread(file.descriptor(), tail, sizeof tail,
                                      status.st_size - static_cast<off_t>(sizeof tail)) ==
                                    static_cast<ssize_t>(sizeof tail),
                                "pread");
                        });
               }};
  return row;
}

}  // namespace logslice::bench
