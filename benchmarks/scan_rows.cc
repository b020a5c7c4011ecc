// typed scan, …: every entry of a large log as a struct, warm in the page cache.
#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "peers.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

using Scan = std::function<void(const std::filesystem::path& path, EntrySink& sink)>;

// What a row asks for.
struct Work {
  Text text = Text::kAscii;
  int threads = 1;
  EntrySink::Look look = EntrySink::Look::kTouch;
};

Contender contender(const std::string& name, const ReadLog& log, EntrySink::Look look,
                    const Scan& scan) {
  Contender made;
  made.name = name;
  made.run = [&log, look, scan] {
    EntrySink sink(log, look);
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

Scan scan_with_logslice(int threads) {
  return [threads](const std::filesystem::path& path, EntrySink& sink) {
    auto scan = scan_log<ToolInvoked>(path, {.strict = true, .threads = threads});
    check(scan.ok(), "scan_log");
    for (auto entry = scan->begin(); entry != scan->end(); ++entry) sink.take(entry.seq(), *entry);
    check(scan->status().ok(), "the scan failed");
  };
}

Row make_row(const Settings& settings, const Work& work, const std::string& what) {
  const ReadLog& log = log_to_read(settings.directory, settings.log_bytes, work.text);
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what = what;
  row.logslice = contender("logslice", log, work.look, scan_with_logslice(work.threads));
  row.limit = read_of_all(log.path, log.bytes);
  for (const ScanPeer& peer : peers().scans) {
    if (peer.thread_count != work.threads) continue;
    if (peer.is_slow) {
      const ReadLog& tenth = log_to_read(settings.directory, settings.log_bytes / 10, work.text);
      row.peers.push_back(
          contender(peer.name + ", a tenth of the log", tenth, work.look, peer.scan));
    } else {
      row.peers.push_back(contender(peer.name, log, work.look, peer.scan));
    }
  }
  if (work.threads > 1) {
    row.yardsticks.push_back(contender(kOnOneThread, log, work.look, scan_with_logslice(1)));
  }
  return row;
}

}  // namespace

Row make_typed_scan_row(const Settings& settings) {
  return make_row(settings, {},
                  "scan_log<ToolInvoked> over the whole log; the struct is reused, by the peers "
                  "too. Limit: read(2) of\n  1 MiB each.");
}

Row make_mixed_scan_row(const Settings& settings) {
  return make_row(settings, {.text = Text::kMixed},
                  "The same, of a log whose queries have Latin letters with accents, Cyrillic and "
                  "CJK.");
}

Row make_two_thread_scan_row(const Settings& settings) {
  return make_row(
      settings, {.threads = 2},
      "scan_log<ToolInvoked> with threads = 2; the entries come in order. simdjson: its "
      "own second thread,\n  which finds the structure of the next megabyte meanwhile.");
}

Row make_moving_scan_row(const Settings& settings) {
  return make_row(settings, {.look = EntrySink::Look::kMoveOut},
                  "As on one thread, but each entry is moved out of the struct and destroyed.");
}

}  // namespace logslice::bench
