// scan of one type in a hundred: a scan that decodes few of the lines that it passes, warm in the
// page cache.
#include <cstring>
#include <string>

#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "machine.h"
#include "peers.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

const std::string kBeginning = "{\"__type__\":\"" + std::string(kCostReportedId) + "\"";

// Decodes nothing: for those who need only the number.
int64_t count_with_memmem(const std::filesystem::path& path) {
  LinePieces pieces(path);
  int64_t count = 0;
  for (;;) {
    const auto [data, size] = pieces.next();
    if (size == 0) return count;
    const char* at = data;
    while ((at = static_cast<const char*>(memmem(at, static_cast<size_t>(data + size - at),
                                                 kBeginning.data(), kBeginning.size())))) {
      ++count;
      at += kBeginning.size();
    }
  }
}

// `scan` gives every CostReported, in order; each is compared with what was dispatched.
Contender contender(
    const std::string& name, const MixedLog& log,
    const std::function<void(const std::function<void(const CostReported&)>&)>& scan) {
  return {name, [&log, scan] {
            int64_t count = 0;
            const double speed = gigabytes_per_second(log.bytes, [&] {
              scan([&count](const CostReported& entry) {
                check(is_equal(entry, cost_reported(count++)), "an entry is another one");
              });
            });
            check(count == log.cost_count, "missed entries");
            return speed;
          }};
}

}  // namespace

Row make_filter_row(const Settings& settings) {
  const MixedLog& log = log_of_two_types(settings.directory, settings.log_bytes);
  const std::string pattern = "'" + kBeginning + "'";
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what =
      "scan_log<CostReported> over a log in which one line in a hundred is one. grep, ripgrep and "
      "memmem\n  only count them; simdjson decodes them. Limit: read(2) of 1 MiB each.";
  row.logslice = contender("logslice", log, [&log](const auto& take) {
    auto scan = scan_log<CostReported>(log.path);
    check(scan.ok(), "scan_log");
    for (const CostReported& entry : *scan) take(entry);
    check(scan->status().ok(), "the scan failed");
  });
  row.limit = read_of_all(log.path, log.bytes);
  row.peers.push_back(counting_command("grep -cF", "LC_ALL=C grep -cF " + pattern, log.path,
                                       log.bytes, log.cost_count));
  if (is_installed("rg")) {
    row.peers.push_back(counting_command("ripgrep -cF", "rg --no-config -cF " + pattern, log.path,
                                         log.bytes, log.cost_count));
  }
  row.peers.push_back({"memmem", [&log] {
                         return gigabytes_per_second(log.bytes, [&] {
                           check(count_with_memmem(log.path) == log.cost_count, "memmem");
                         });
                       }});
  for (const FilterPeer& peer : peers().filters) {
    row.peers.push_back(
        contender(peer.name, log, [&log, peer](const auto& take) { peer.scan(log.path, take); }));
  }
  row.yardsticks.push_back({"count_log_entries<CostReported>", [&log] {
                              return gigabytes_per_second(log.bytes, [&] {
                                check(*count_log_entries<CostReported>(log.path) == log.cost_count,
                                      "counted other entries");
                              });
                            }});
  return row;
}

}  // namespace logslice::bench
