// reload_logs: a window is filled from the end of a large log, in which its type is rare.
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "files.h"
#include "logslice/session/session.h"
#include "peers.h"
#include "reading.h"
#include "rows.h"

namespace logslice::bench {
namespace {

constexpr int64_t kWindowEntries = 100;

// The newest kWindowEntries of the log; `at(i)` gives the one that is i-th.
template <typename At>
void check_newest(const MixedLog& log, int64_t count, At at) {
  check(count == kWindowEntries, "the window is not full");
  for (int64_t i = 0; i < count; ++i) {
    check(is_equal(at(i), cost_reported(log.cost_count - count + i)), "an entry is another one");
  }
}

double reload(const MixedLog& log) {
  Session session;
  check(session.register_slice<CostReported>(SlicePolicy::kLog).ok(), "register_slice");
  check(session
            .configure_persistence<CostReported>(
                {.path = log.path, .max_memory_entries = kWindowEntries})
            .ok(),
        "configure_persistence");
  const double micros =
      mean_micros(kManyTimes, [&] { check(session.reload_logs().ok(), "reload_logs"); });
  const auto window = session.slice<CostReported>().all();
  check_newest(log, static_cast<int64_t>(window.size()),
               [&](int64_t i) -> const CostReported& { return window[static_cast<size_t>(i)]; });
  check(session.close().ok(), "close");
  return micros;
}

// As much of the end as holds the window's entries: a hundredth of the lines are.
double read_tail(const MixedLog& log) {
  const int64_t tail_bytes = log.bytes * kWindowEntries / log.cost_count;
  std::vector<char> buffer(256 << 10);
  return mean_micros(kManyTimes, [&] {
    const OpenFile file(log.path, OpenFile::Mode::kRead);
    for (int64_t at = log.bytes - tail_bytes; at < log.bytes;) {
      const ssize_t got =
          pread(file.descriptor(), buffer.data(), buffer.size(), static_cast<off_t>(at));
      check(got > 0, "pread");
      at += got;
    }
  });
}

double filter_all(const MixedLog& log, const FilterPeer& peer) {
  std::deque<CostReported> window;
  const double micros = 1e6 * seconds_of([&] {
                          peer.scan(log.path, [&](const CostReported& entry) {
                            window.push_back(entry);
                            if (window.size() > kWindowEntries) window.pop_front();
                          });
                        });
  check_newest(log, static_cast<int64_t>(window.size()),
               [&](int64_t i) -> const CostReported& { return window[static_cast<size_t>(i)]; });
  return micros;
}

double tac_and_grep(const MixedLog& log) {
  const std::string command = "tac '" + log.path.string() + "' | LC_ALL=C grep -m " +
                              std::to_string(kWindowEntries) + " -F '\"" +
                              std::string(kCostReportedId) + "\"'";
  std::string lines;
  const double micros = 1e6 * seconds_of([&] { lines = output_of(command); });
  check(std::count(lines.begin(), lines.end(), '\n') == kWindowEntries &&
            lines.find("\"input_tokens\":" +
                       std::to_string(cost_reported(log.cost_count - 1).input_tokens) + ",") <
                lines.find('\n'),
        "tac | grep gives other lines");
  return micros;
}

}  // namespace

Row make_reload_row(const Settings& settings) {
  const MixedLog& log = log_of_two_types(settings.directory, settings.log_bytes);
  Row row;
  row.unit = "us";
  row.what =
      "Session::reload_logs() of a window of 100, of a type that one line in a hundred has. Limit: "
      "pread of\n  as much of the log's end as holds them. tac | grep prints the lines; simdjson "
      "reads all of the log.";
  row.logslice = {"logslice", [&log] { return reload(log); }};
  row.limit = {"pread the tail", [&log] { return read_tail(log); }};
  row.peers.push_back({"tac | grep -m 100 -F", [&log] { return tac_and_grep(log); }});
  for (const FilterPeer& peer : peers().filters) {
    row.peers.push_back({peer.name + ", linear", [&log, peer] { return filter_all(log, peer); }});
  }
  return row;
}

}  // namespace logslice::bench
