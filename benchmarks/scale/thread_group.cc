// dispatch() by many threads at once into one session.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "sample_entry.h"
#include "scale.h"

namespace logslice::scale {
namespace {

using bench::ToolInvoked;

constexpr std::string_view kName = "dispatch by many threads";

struct Mode {
  std::string name;
  std::optional<LogPersistenceConfig> config;  // without its path; nothing: no log
  int64_t event_count = 0;
  int64_t more_per_thread = 0;
};

std::vector<Mode> modes(bool is_quick) {
  const int64_t many = is_quick ? 5'000 : 200'000;
  const int64_t few = is_quick ? 50 : 400;
  return {
      {"no log", std::nullopt, many},
      {"inline", LogPersistenceConfig{}, many},
      {"buffered", LogPersistenceConfig{.flush_interval = 200}, many},
      // Whoever is ahead of the writer waits: nothing may be lost here.
      {"background",
       LogPersistenceConfig{.write_mode = WriteMode::kBackground,
                            .overflow = OverflowPolicy::kBlock,
                            .overflow_timeout = absl::Seconds(60)},
       many},
      // Threads share a sync, so that more of them write more in the same time.
      {"durable", LogPersistenceConfig{.sync_on_flush = true}, few, few / 4},
  };
}

// Made before, so that dispatch() alone is measured.
std::vector<std::vector<ToolInvoked>> events_of_threads(int thread_count, int64_t event_count) {
  const std::vector<ToolInvoked> samples = bench::make_entries(1000);
  std::vector<std::vector<ToolInvoked>> events(static_cast<size_t>(thread_count));
  for (std::vector<ToolInvoked>& own : events) {
    const int64_t count = event_count / thread_count;
    own.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) own.push_back(samples[static_cast<size_t>(i) % 1000]);
  }
  return events;
}

// Nanoseconds from the first dispatch to the last line written, per event.
double dispatch_all(const std::filesystem::path& path, const Mode& mode, int thread_count) {
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog), "register_slice");
  if (mode.config.has_value()) {
    LogPersistenceConfig config = *mode.config;
    config.path = path;
    check(session.configure_persistence<ToolInvoked>(config), "configure_persistence");
  }
  std::vector<std::vector<ToolInvoked>> events =
      events_of_threads(thread_count, mode.event_count + mode.more_per_thread * thread_count);
  std::atomic<int64_t> taken_count = 0;
  // The time begins when all are there, not when this thread gets its turn again.
  std::chrono::steady_clock::time_point begin;
  std::barrier start(thread_count,
                     [&begin]() noexcept { begin = std::chrono::steady_clock::now(); });
  std::vector<std::thread> threads;
  threads.reserve(events.size());
  for (std::vector<ToolInvoked>& own : events) {
    threads.emplace_back([&session, &own, &taken_count, &start] {
      int64_t taken = 0;
      start.arrive_and_wait();
      for (ToolInvoked& event : own) taken += session.dispatch(std::move(event)).reducers_run;
      taken_count += taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  check(session.flush_logs(absl::Seconds(60)), "flush_logs");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto event_count = static_cast<int64_t>(events.size() * events.front().size());
  check(taken_count == event_count, "events were not taken");
  if (!mode.config.has_value()) {
    check(static_cast<int64_t>(session.slice<ToolInvoked>().size()) == event_count,
          "entries are missing");
  } else {
    const auto marks = session.log_marks<ToolInvoked>();
    check(marks.ok() && marks->written_seq == event_count && marks->dropped_count == 0 &&
              (!mode.config->sync_on_flush || marks->synced_seq == event_count),
          "entries are not written");
    const auto count = count_log_entries(path);
    check(count.ok() && *count == event_count, "lines are missing");
    check(session.close(), "close");
    std::filesystem::remove(path);
    std::filesystem::remove(path.native() + ".lock");
  }
  return seconds * 1e9 / static_cast<double>(event_count);
}

void run_threads(const Settings& settings, Report& report) {
  const int round_count = settings.is_quick ? 1 : 5;
  const int thread_count_max = settings.is_quick ? 4 : 64;
  for (int round = 0; round < round_count; ++round) {
    say("dispatching threads, round " + std::to_string(round + 1));
    for (const Mode& mode : modes(settings.is_quick)) {
      for (int thread_count = 1; thread_count <= thread_count_max; thread_count *= 2) {
        report.add(kName, mode.name, thread_count,
                   dispatch_all(settings.directory / "threads.jsonl", mode, thread_count));
      }
    }
  }
}

}  // namespace

Group thread_group() {
  return {{{.name = std::string(kName),
            .axis = "dispatching threads",
            .axis_unit = "",
            .unit = "ns",
            .claim = "O(1)",
            .slope_max = kConstant,
            .what = "Wall time per event, from the first dispatch() to the last line written, of "
                    "one session with one log. Inline: a write each; buffered: 200 a write; "
                    "durable: fdatasync before dispatch() returns, shared by those who wait."}},
          run_threads};
}

}  // namespace logslice::scale
