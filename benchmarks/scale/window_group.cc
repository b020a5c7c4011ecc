// What a window costs when it is large.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "events.h"
#include "logslice/session/session.h"
#include "scale.h"

namespace logslice::scale {
namespace {

void fill(Session& session, int64_t from, int64_t count) {
  int64_t taken = 0;
  for (int64_t i = 0; i < count; ++i) taken += session.dispatch(Tick{from + i}).reducers_run;
  check(taken == count, "events were not taken");
}

// A LOG slice with a log: its window, and the same read back.
void run_log_window(const Settings& settings, Report& report, int64_t entry_count) {
  const std::filesystem::path path = settings.directory / "window.jsonl";
  Session session;
  check(session.register_slice<Tick>(SlicePolicy::kLog), "register_slice");
  check(session.configure_persistence<Tick>(
            {.path = path, .max_memory_entries = entry_count, .flush_interval = 10}),
        "configure_persistence");
  fill(session, 0, entry_count);
  const int64_t more = settings.is_quick ? 5'000 : 500'000;
  report.add("append and evict", "", entry_count, 1e9 / static_cast<double>(more) * seconds_of([&] {
                                                    fill(session, entry_count, more);
                                                  }));
  const auto is_right = [&] {
    const auto all = session.slice<Tick>().all();
    return static_cast<int64_t>(all.size()) == entry_count && all.front().value == more &&
           all.back().value == entry_count + more - 1;
  };
  check(is_right(), "the window has other entries");

  constexpr int64_t kViewCount = 2'000;
  size_t seen = 0;
  report.add("all()", "", entry_count, 1e9 / kViewCount * seconds_of([&] {
                                         for (int64_t i = 0; i < kViewCount; ++i) {
                                           seen += session.slice<Tick>().all().size();
                                         }
                                       }));
  check(seen == static_cast<size_t>(entry_count * kViewCount), "all() is too short");

  report.add("reload_logs into a large window", "", entry_count,
             1e3 * seconds_of([&] { check(session.reload_logs(), "reload_logs"); }));
  check(is_right(), "the window has other entries after reload_logs");
  check(session.close(), "close");
  std::filesystem::remove(path);
  std::filesystem::remove(path.native() + ".lock");
}

// A STATE slice: taken into a snapshot and put back.
void run_state_window(Report& report, int64_t entry_count) {
  Session session;
  check(session.register_slice<Tick>(SlicePolicy::kState), "register_slice");
  fill(session, 0, entry_count);
  Snapshot taken;
  report.add("snapshot of a large slice", "", entry_count, 1e3 * seconds_of([&] {
                                                             auto snapshot = session.snapshot();
                                                             check(snapshot.status(), "snapshot");
                                                             taken = *std::move(snapshot);
                                                           }));
  check(session.reset(), "reset");
  report.add("restore of a large slice", "", entry_count,
             1e3 * seconds_of([&] { check(session.restore(taken), "restore"); }));
  const auto all = session.slice<Tick>().all();
  check(static_cast<int64_t>(all.size()) == entry_count && all.back().value == entry_count - 1,
        "the slice has other entries");
}

void run_windows(const Settings& settings, Report& report) {
  const int64_t entry_count_max = settings.is_quick ? 10'000 : 10'000'000;
  for (int64_t entry_count = 10; entry_count <= entry_count_max; entry_count *= 10) {
    say("a window of " + std::to_string(entry_count) + " entries");
    const int round_count = settings.is_quick || entry_count > 1'000'000 ? 1
                            : entry_count > 10'000                       ? 3
                                                                         : 7;
    for (int round = 0; round < round_count; ++round) {
      if (report.wants("append and evict") || report.wants("all()") ||
          report.wants("reload_logs into a large window")) {
        run_log_window(settings, report, entry_count);
      }
      if (report.wants("snapshot of a large slice") || report.wants("restore of a large slice")) {
        run_state_window(report, entry_count);
      }
    }
  }
}

Operation operation(std::string name, std::string unit, std::string claim, double slope_max,
                    std::string what) {
  return {std::move(name),  "window",  "entries",      std::move(unit),
          std::move(claim), slope_max, std::move(what)};
}

}  // namespace

Group window_group() {
  return {{
              operation("append and evict", "ns", "O(1)", kConstant,
                        "dispatch() into a full window, inline, 10 lines of 100 bytes a write: one "
                        "entry comes, one goes."),
              operation("all()", "ns", "O(1) + n / 16,384, but for the processor's caches",
                        kLinear + kConstantBeyondCaches,
                        "A view of the window, taken and dropped. It copies a pointer for each "
                        "16,384 entries (for each 4,096 in windows up to 10,000)."),
              operation("reload_logs into a large window", "ms", "O(n)", kLinear,
                        "The window is filled from its log."),
              operation("snapshot of a large slice", "ms", "O(n)", kLinear,
                        "snapshot() of a STATE slice, in memory."),
              operation("restore of a large slice", "ms", "O(n)", kLinear,
                        "restore() of that snapshot."),
          },
          run_windows};
}

}  // namespace logslice::scale
