// one type in a hundred: a scan that decodes few of the lines that it passes, warm in the page
// cache.
#include <cstdio>
#include <string>
#include <vector>

#include "files.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "machine.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {

struct CostReported {
  std::string model;
  double cost = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

namespace {

constexpr int64_t kEvery = 100;

struct MixedLog {
  std::filesystem::path path;
  int64_t bytes = 0;
  int64_t cost_count = 0;
};

MixedLog make_mixed_log(const std::filesystem::path& directory, int64_t bytes) {
  MixedLog log{.path = directory / "mixed.jsonl"};
  Session session;
  const LogPersistenceConfig config{
      .path = log.path, .max_memory_entries = 2000, .flush_interval = 200};
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.register_slice<CostReported>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.configure_persistence<ToolInvoked>(config).ok(), "configure_persistence");
  check(session.configure_persistence<CostReported>(config).ok(), "configure_persistence");
  const std::vector<ToolInvoked> entries = make_entries(kEvery - 1);
  while (log.bytes < bytes) {
    for (int i = 0; i < 100; ++i) {
      for (const ToolInvoked& entry : entries) session.dispatch(entry);
      session.dispatch(CostReported{"small", 0.0125, 1200, 340});
      ++log.cost_count;
    }
    check(session.flush_logs().ok(), "flush_logs");
    log.bytes = static_cast<int64_t>(std::filesystem::file_size(log.path));
  }
  check(session.close().ok(), "close");
  return log;
}

// `command` has to print the count of lines.
Contender counting_command(const std::string& name, const std::string& command,
                           const MixedLog& log) {
  return {name, [command, &log] {
            const double seconds = seconds_of([&] {
              FILE* pipe = popen((command + " '" + log.path.string() + "'").c_str(), "r");
              check(pipe != nullptr, "popen");
              long long lines = 0;
              check(std::fscanf(pipe, "%lld", &lines) == 1 && lines == log.cost_count,
                    "a peer counted other lines");
              pclose(pipe);
            });
            return static_cast<double>(log.bytes) / 1e9 / seconds;
          }};
}

}  // namespace

Row make_filter_row(const Settings& settings) {
  static MixedLog log;
  log = make_mixed_log(settings.directory, settings.log_bytes);
  const std::string pattern = "'{\"__type__\":\"logslice.bench:CostReported\"'";
  Row row;
  row.unit = "GB/s";
  row.better = Better::kMore;
  row.what =
      "scan_log<CostReported> over a log in which one line in a hundred is one. Limit: "
      "count_log_entries of the type, which decodes nothing.";
  row.logslice = {"logslice", [] {
                    int64_t entries = 0;
                    int64_t tokens = 0;
                    const double seconds = seconds_of([&] {
                      auto scan = scan_log<CostReported>(log.path);
                      check(scan.ok(), "scan_log");
                      for (const CostReported& entry : *scan) {
                        ++entries;
                        tokens += entry.output_tokens;
                      }
                      check(scan->status().ok(), "the scan failed");
                    });
                    check(entries == log.cost_count && tokens == entries * 340, "missed entries");
                    return static_cast<double>(log.bytes) / 1e9 / seconds;
                  }};
  row.limit = {"count of the type", [] {
                 const double seconds = seconds_of([&] {
                   check(*count_log_entries<CostReported>(log.path) == log.cost_count,
                         "counted other entries");
                 });
                 return static_cast<double>(log.bytes) / 1e9 / seconds;
               }};
  row.peers.push_back(counting_command("grep -cF", "LC_ALL=C grep -cF " + pattern, log));
  if (is_installed("rg")) {
    row.peers.push_back(counting_command("ripgrep -cF", "rg -cF " + pattern, log));
  }
  return row;
}

}  // namespace logslice::bench
