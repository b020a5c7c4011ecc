// typed scan, …: every entry of a large log as a struct, warm in the page cache.
#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "peers.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

using Scan = std::function<void(const std::filesystem::path& path, EntrySink& sink)>;

Contender contender(const std::string& name, const ReadLog& log, const Scan& scan) {
  Contender made;
  made.name = name;
  made.run = [&log, scan] {
    EntrySink sink(log, EntrySink::Look::kTouch);
    const double speed = gigabytes_per_second(log.bytes, [&] { scan(log.path, sink); });
    sink.finish(1, log.entry_count);
    return speed;
  };
  made.check_all = [&log, scan] {
    EntrySink sink(log, EntrySink::Look::kCompare);
    scan(log.path, sink);
    sink.finish(1, log.entry_count);
  };
  return made;
}

Contender logslice_contender(const std::string& name, const ReadLog& log,
                             const ScanOptions& options) {
  return contender(name, log, [options](const std::filesystem::path& path, EntrySink& sink) {
    auto scan = scan_log<ToolInvoked>(path, options);
    check(scan.ok(), "scan_log");
    for (auto entry = scan->begin(); entry != scan->end(); ++entry) sink.take(entry.seq(), *entry);
    check(scan->status().ok(), "the scan failed");
  });
}

Row make_row(const Settings& settings, Text text, int thread_count) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes, text);
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.limit = read_of_all(log.path, log.bytes);
  for (const ScanPeer& peer : peers().scans) {
    if (peer.thread_count != thread_count) continue;
    if (peer.is_slow) {
      const ReadLog& tenth = log_to_read(settings.directory, settings.log_bytes / 10, text);
      row.peers.push_back(contender(peer.name + ", a tenth of the log", tenth, peer.scan));
    } else {
      row.peers.push_back(contender(peer.name, log, peer.scan));
    }
  }
  return row;
}

}  // namespace

Row make_typed_scan_row(const Settings& settings) {
  Row row = make_row(settings, Text::kAscii, 1);
  row.what =
      "scan_log<ToolInvoked> over the whole log; the struct is reused, by the peers too. Limit: "
      "read(2) of\n  1 MiB each.";
  row.logslice = logslice_contender("logslice", log_to_read(settings.directory, settings.log_bytes),
                                    {.strict = true});
  return row;
}

Row make_two_thread_scan_row(const Settings& settings) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes);
  Row row = make_row(settings, Text::kAscii, 2);
  row.what =
      "scan_log<ToolInvoked> with threads = 2; the entries come in order. simdjson: its own second "
      "thread,\n  which finds the structure of the next megabyte meanwhile.";
  row.logslice = logslice_contender("logslice", log, {.strict = true, .threads = 2});
  row.yardsticks.push_back(logslice_contender(kOnOneThread, log, {.strict = true}));
  return row;
}

Row make_mixed_scan_row(const Settings& settings) {
  Row row = make_row(settings, Text::kMixed, 1);
  row.what = "The same, of a log whose queries have Latin letters with accents, Cyrillic and CJK.";
  row.logslice = logslice_contender(
      "logslice", log_to_read(settings.directory, settings.log_bytes, Text::kMixed),
      {.strict = true});
  return row;
}

}  // namespace logslice::bench
