// memory while 50 M events pass through a window of 1,000: whether the process grows with what it
// has written.
#include <malloc.h>

#include <algorithm>
#include <memory>

#include "logslice/session/session.h"
#include "resident.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {
namespace {

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kEventsPerLook = 10'000;

// Dispatches `count` events; returns the most that the process held while they passed, in MiB.
double most_resident_while(Session& session, const std::vector<ToolInvoked>& events,
                           int64_t count) {
  double most = 0;
  for (int64_t done = 0; done < count; done += static_cast<int64_t>(events.size())) {
    std::vector<ToolInvoked> batch = events;
    for (ToolInvoked& event : batch) session.dispatch(std::move(event));
    if (done % kEventsPerLook == 0) most = std::max(most, resident_mebibytes());
  }
  return most;
}

double growth_mebibytes(const std::filesystem::path& path, int64_t event_count) {
  std::filesystem::create_directories(path.parent_path());
  malloc_trim(0);
  double growth = 0;
  {
    Session session;
    check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
    check(session
              .configure_persistence<ToolInvoked>({.path = path,
                                                   .max_memory_entries = 1000,
                                                   .rotate_at_bytes = int64_t{64} << 20,
                                                   .retain_segments = 2})
              .ok(),
          "configure_persistence");
    const std::vector<ToolInvoked> events = make_entries(1000);
    const double first = most_resident_while(session, events, kMillion);
    most_resident_while(session, events, event_count - 2 * kMillion);
    growth = most_resident_while(session, events, kMillion) - first;
    check(session.log_marks<ToolInvoked>()->written_seq == event_count &&
              session.slice<ToolInvoked>().size() == 1000,
          "events are missing");
    check(session.close().ok(), "close");
  }
  std::filesystem::remove_all(path.parent_path());
  return growth;
}

}  // namespace

Row make_memory_row(const Settings& settings) {
  const std::filesystem::path path = settings.directory / "memory" / "log.jsonl";
  const int64_t event_count = settings.window_event_count;
  Row row;
  row.unit = "MiB";
  row.turns = Turns::kOnce;
  row.what = "Inline, " + std::to_string(event_count / kMillion) +
             " M events, segments of 64 MiB of which two are kept. By how much the most resident "
             "memory in the\n  last million is above that in the first. Limit: nothing.";
  row.logslice = {"logslice", [path, event_count] { return growth_mebibytes(path, event_count); }};
  row.limit = {"nothing", [] { return 0.0; }};
  return row;
}

}  // namespace logslice::bench
