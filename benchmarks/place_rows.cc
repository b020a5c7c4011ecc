// open + recover, seek, since, last 100: one place of a large log, warm in the page cache.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "peers.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

constexpr int64_t kEntryCount = 100;
constexpr int64_t kBlockBytes = 4096;  // of a look

int64_t place_in(const ReadLog& log) { return log.entry_count / 10 * 9; }

// What the place costs at least: the same bisection by pread, with eyes for nothing but the number
// in lines of this one form.
class BareBisection {
 public:
  explicit BareBisection(const std::filesystem::path& path) : file_(path, OpenFile::Mode::kRead) {
    struct stat status {};
    check(fstat(file_.descriptor(), &status) == 0, "fstat");
    size_bytes_ = status.st_size;
  }

  // Returns the number of the first line that was read and is at or behind `seq`.
  int64_t find_and_read(int64_t seq) {
    int64_t low = 0;
    int64_t high = size_bytes_;
    while (high - low > kBlockBytes) {
      const int64_t middle = low + (high - low) / 2;
      const std::string_view block = read(middle, kBlockBytes);
      const size_t newline = block.find('\n');
      if (next_seq(block.substr(newline + 1)) < seq) {
        low = middle + static_cast<int64_t>(newline) + 1;
      } else {
        high = middle;
      }
    }
    std::string_view lines = read(low, kEntryCount * 512 + 2 * kBlockBytes);
    int64_t found = 0;
    while ((found = next_seq(lines)) < seq) lines.remove_prefix(lines.find('\n') + 1);
    return found;
  }

 private:
  std::string_view read(int64_t offset_bytes, int64_t size_bytes) {
    buffer_.resize(static_cast<size_t>(size_bytes));
    const ssize_t got =
        pread(file_.descriptor(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_bytes));
    check(got > 0, "pread");
    return {buffer_.data(), static_cast<size_t>(got)};
  }
  static int64_t next_seq(std::string_view lines) {
    constexpr std::string_view kKey = "\"__seq__\":";
    const size_t at = lines.find(kKey);
    check(at != std::string_view::npos, "a line without a number");
    int64_t seq = 0;
    const char* const digits = lines.data() + at + kKey.size();
    std::from_chars(digits, lines.data() + lines.size(), seq);
    return seq;
  }

  const OpenFile file_;
  int64_t size_bytes_ = 0;
  std::vector<char> buffer_;
};

// Reads 100 entries from where `options` begin; returns the number of the first.
int64_t read_entries(const ReadLog& log, const ScanOptions& options) {
  auto scan = scan_log<ToolInvoked>(log.path, options);
  check(scan.ok(), "scan_log");
  int64_t count = 0;
  int64_t first_seq = 0;
  for (auto entry = scan->begin(); entry != scan->end(); ++entry) {
    if (count == 0) first_seq = entry.seq();
    check(is_equal(*entry, log.of(first_seq + count)), "an entry is another one");
    if (++count == kEntryCount) break;
  }
  check(count == kEntryCount && scan->status().ok(), "entries are missing");
  return first_seq;
}

Contender bare_bisection(const ReadLog& log) {
  return {"bisecting with pread", [&log] {
            const int64_t place = place_in(log);
            return mean_micros(kManyTimes, [&] {
              check(BareBisection(log.path).find_and_read(place) == place, "another place");
            });
          }};
}

// The 100 entries from `first_seq` on. A peer has no index: once is enough.
void add_linear_peers(Row& row, const ReadLog& log, int64_t first_seq) {
  for (const PlacePeer& peer : peers().places) {
    row.peers.push_back({peer.name + ", linear", [&log, peer, first_seq] {
                           EntrySink sink(log, EntrySink::Look::kCompare);
                           const double micros = mean_micros(
                               1, [&] { peer.seek(log.path, first_seq, kEntryCount, sink); });
                           sink.finish(first_seq, first_seq + kEntryCount - 1);
                           return micros;
                         }});
  }
}

double read_tail(const ReadLog& log, size_t bytes) {
  return mean_micros(kManyTimes, [&] {
    const OpenFile file(log.path, OpenFile::Mode::kRead);
    std::vector<char> tail(bytes);
    check(pread(file.descriptor(), tail.data(), bytes,
                static_cast<off_t>(log.bytes) - static_cast<off_t>(bytes)) ==
              static_cast<ssize_t>(bytes),
          "pread");
  });
}

// Prints the lines, and decodes none.
double print_tail(const ReadLog& log) {
  const std::string command =
      "tail -n " + std::to_string(kEntryCount) + " '" + log.path.string() + "'";
  std::string lines;
  const double micros = mean_micros(1, [&] { lines = output_of(command); });
  const size_t first_seq = lines.find("\"__seq__\":");
  check(std::count(lines.begin(), lines.end(), '\n') == kEntryCount &&
            first_seq != std::string::npos &&
            std::atoll(lines.c_str() + first_seq + 10) == log.entry_count - kEntryCount + 1,
        "tail prints other lines");
  return micros;
}

}  // namespace

Row make_recover_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "us";
  row.what =
      "PersistentLogWriter::open() of the log, then close(). Limit: open, pread of 4 KiB, close.";
  row.logslice = {"logslice", [&log] {
                    return mean_micros(kManyTimes, [&] {
                      auto writer = PersistentLogWriter::open({.path = log.path});
                      check(writer.ok(), "open");
                      check((*writer)->last_accepted_seq() == log.entry_count, "another seq");
                      check((*writer)->close().ok(), "close");
                    });
                  }};
  row.limit = {"open, pread the tail", [&log] { return read_tail(log, 4096); }};
  for (const PlacePeer& peer : peers().places) {
    row.peers.push_back({peer.name + ", linear", [&log, peer] {
                           return mean_micros(1, [&] {
                             check(peer.last_seq(log.path) == log.entry_count, "another seq");
                           });
                         }});
  }
  return row;
}

Row make_seek_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "us";
  row.what =
      "scan_log from the start_seq at nine tenths of the log, 100 entries. Limit: the place by "
      "bisection,\n  the bytes of 100 lines, nothing decoded.";
  row.logslice = {"logslice", [&log] {
                    const int64_t place = place_in(log);
                    return mean_micros(kManyTimes, [&] {
                      check(read_entries(log, {.start_seq = place}) == place, "another place");
                    });
                  }};
  row.limit = bare_bisection(log);
  add_linear_peers(row, log, place_in(log));
  return row;
}

Row make_since_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  auto scan = scan_log<ToolInvoked>(log.path, {.start_seq = place_in(log)});
  check(scan.ok(), "scan_log");
  const absl::Time since = *scan->begin().ts();
  Row row;
  row.unit = "us";
  row.what =
      "scan_log since the time at nine tenths of the log, 100 entries. Limit: as for seek, by "
      "number.";
  row.logslice = {"logslice", [&log, since] {
                    return mean_micros(kManyTimes, [&] {
                      // Entries of one batch share a time.
                      const int64_t first = read_entries(log, {.since = since});
                      check(first <= place_in(log) && first > place_in(log) - 2000,
                            "another place");
                    });
                  }};
  row.limit = bare_bisection(log);
  return row;
}

Row make_last_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  const int64_t first_seq = log.entry_count - kEntryCount + 1;
  Row row;
  row.unit = "us";
  row.what =
      "last_entries<ToolInvoked>(path, 100). Limit: pread of the last 64 KiB. tail only prints the "
      "lines.";
  row.logslice = {"logslice", [&log, first_seq] {
                    return mean_micros(kManyTimes, [&] {
                      auto entries = last_entries<ToolInvoked>(log.path, kEntryCount);
                      check(entries.ok() && entries->size() == kEntryCount, "entries are missing");
                      for (int64_t i = 0; i < kEntryCount; ++i) {
                        check(is_equal((*entries)[static_cast<size_t>(i)], log.of(first_seq + i)),
                              "an entry is another one");
                      }
                    });
                  }};
  row.limit = {"pread the tail", [&log] { return read_tail(log, 64 << 10); }};
  row.peers.push_back({"tail -n 100", [&log] { return print_tail(log); }});
  add_linear_peers(row, log, first_seq);
  return row;
}

}  // namespace logslice::bench
