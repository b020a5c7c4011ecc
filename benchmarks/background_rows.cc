// background, …: an event is handed over on the caller's thread and written on another.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "background_log.h"
#include "paced.h"
#include "peers.h"
#include "resident.h"
#include "rows.h"

namespace logslice::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Work {
  Events events;
  std::filesystem::path path;
  int64_t event_count;
};

std::shared_ptr<Work> make_work(const Settings& settings, int64_t event_count) {
  auto work = std::make_shared<Work>();
  work->path = settings.directory / "background" / "log.jsonl";
  work->event_count = event_count;
  // A mutex is cheaper while a process has never had a second thread.
  std::thread([] {}).join();
  return work;
}

std::vector<BackgroundPeer> peers_at(AtBound at_bound) {
  std::vector<BackgroundPeer> chosen;
  for (const BackgroundPeer& peer : peers().background) {
    if (peer.at_bound == at_bound) chosen.push_back(peer);
  }
  return chosen;
}

std::unique_ptr<BackgroundLog> begin_log(const Work& work, const BackgroundLogMaker& maker) {
  std::filesystem::remove_all(work.path.parent_path());
  std::filesystem::create_directories(work.path.parent_path());
  return maker.make(work.path);
}

// After finish(): returns how many events were dropped. The file goes at once: a run leaves
// gigabytes.
double end_log(const Work& work, std::unique_ptr<BackgroundLog> log) {
  const int64_t dropped_count = log->check_and_count_dropped(work.events, work.event_count);
  log.reset();
  std::filesystem::remove_all(work.path.parent_path());
  return static_cast<double>(dropped_count);
}

Contender paced_contender(const std::shared_ptr<Work>& work, std::chrono::nanoseconds period,
                          const BackgroundLogMaker& maker) {
  return {maker.name, [work, period, maker] {
            std::unique_ptr<BackgroundLog> log = begin_log(*work, maker);
            std::vector<double> nanos(static_cast<size_t>(work->event_count));
            put_paced(work->events, work->event_count, period, [&](int64_t i, Event& event) {
              const Clock::time_point begin = Clock::now();
              log->put(event);
              nanos[static_cast<size_t>(i)] =
                  std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
            });
            log->finish();
            const double dropped_count = end_log(*work, std::move(log));
            std::sort(nanos.begin(), nanos.end());
            return std::vector<double>{percentile(nanos, 0.5), percentile(nanos, 0.99),
                                       percentile(nanos, 0.999), nanos.back() / 1e3, dropped_count};
          }};
}

Row make_paced_row(const Settings& settings, std::chrono::microseconds period) {
  // About as long for each period.
  const std::shared_ptr<Work> work =
      make_work(settings, settings.entry_count * 2 / std::max<int64_t>(2, period.count() / 2));
  Row row;
  const std::string pace = " at one event per " + std::to_string(period.count()) + " us";
  row.parts = {{"background, p50 on the caller" + pace, "ns"},
               {"background, p99 on the caller" + pace, "ns"},
               {"background, p99.9 on the caller" + pace, "ns"},
               {"background, longest on the caller" + pace, "us"},
               {"background, dropped" + pace, "events", Better::kLess, {{0, ""}}}};
  row.what =
      "What one Session::dispatch costs its caller; background mode, a window of 1,000. The "
      "clock's own cost\n  is in everyone's figure: it is the one of the empty timer. Limit: "
      "memcpy "
      "of the finished line into a\n  ring that a thread writes to a file. spdlog: a queue of "
      "8,192; "
      "the line is made by the caller.";
  row.logslice = paced_contender(work, period, logslice_background(AtBound::kDropOldest));
  row.limit = paced_contender(work, period, memcpy_into_ring(RingCallers::kOne));
  row.yardsticks.push_back(paced_contender(work, period, memcpy_into_ring(RingCallers::kAny)));
  row.yardsticks.push_back(paced_contender(work, period, empty_timer()));
  for (const BackgroundPeer& peer : peers_at(AtBound::kDropOldest)) {
    row.peers.push_back(paced_contender(work, period, peer.maker));
  }
  return row;
}

Contender saturating_contender(const std::shared_ptr<Work>& work, const BackgroundLogMaker& maker) {
  return {maker.name, [work, maker] {
            std::vector<Event> events;
            events.reserve(static_cast<size_t>(work->event_count));
            for (int64_t i = 0; i < work->event_count; ++i) events.push_back(work->events.of(i));
            std::unique_ptr<BackgroundLog> log = begin_log(*work, maker);
            const double seconds = seconds_of([&] {
              for (Event& event : events) log->put(event);
              log->finish();
            });
            check(end_log(*work, std::move(log)) == 0, "events were dropped");
            return static_cast<double>(work->event_count) / 1e6 / seconds;
          }};
}

Contender memory_contender(const std::shared_ptr<Work>& work, std::chrono::nanoseconds period,
                           const BackgroundLogMaker& maker) {
  return {maker.name, [work, period, maker] {
            constexpr int64_t kEventsPerLook = 10'000;
            // What rows before this one have left free is no room to grow into.
            malloc_trim(0);
            std::unique_ptr<BackgroundLog> log = begin_log(*work, maker);
            const double before = resident_mebibytes();
            double most = before;
            put_paced(work->events, work->event_count, period, [&](int64_t i, Event& event) {
              log->put(event);
              if (i % kEventsPerLook == 0) most = std::max(most, resident_mebibytes());
            });
            most = std::max(most, resident_mebibytes());
            log->finish();
            const double dropped_count = end_log(*work, std::move(log));
            return std::vector<double>{most - before, dropped_count};
          }};
}

}  // namespace

Row make_background_2us_row(const Settings& settings) {
  return make_paced_row(settings, std::chrono::microseconds(2));
}

Row make_background_10us_row(const Settings& settings) {
  return make_paced_row(settings, std::chrono::microseconds(10));
}

Row make_background_saturated_row(const Settings& settings) {
  const std::shared_ptr<Work> work = make_work(settings, settings.entry_count);
  Row row;
  row.unit = "M lines/s";
  row.better = Better::kMore;
  row.what =
      "From the first dispatch to the end of flush_logs(), with no pause and nothing dropped: who "
      "is faster\n  than the writer waits. Limit: memcpy into a ring, write(2) by another thread.";
  row.logslice = saturating_contender(work, logslice_background(AtBound::kWait));
  row.limit = saturating_contender(work, memcpy_into_ring(RingCallers::kOne));
  for (const BackgroundPeer& peer : peers_at(AtBound::kWait)) {
    row.peers.push_back(saturating_contender(work, peer.maker));
  }
  return row;
}

Row make_background_memory_row(const Settings& settings) {
  constexpr std::chrono::microseconds kPeriod{2};
  const std::shared_ptr<Work> work = make_work(settings, settings.passing_count);
  Row row;
  row.parts = {{"background, memory growth at one event per 2 us", "MiB"},
               {"background, dropped while memory is watched", "events", Better::kLess, {{0, ""}}}};
  row.turns = Turns::kOnce;
  row.what =
      "How much the process grows at most while events pass, one per 2 us. Limit: a ring of 4 MiB, "
      "which is\n  there before.";
  row.logslice = memory_contender(work, kPeriod, logslice_background(AtBound::kDropOldest));
  row.limit = memory_contender(work, kPeriod, memcpy_into_ring(RingCallers::kOne));
  for (const BackgroundPeer& peer : peers_at(AtBound::kDropOldest)) {
    row.peers.push_back(memory_contender(work, kPeriod, peer.maker));
  }
  return row;
}

}  // namespace logslice::bench
