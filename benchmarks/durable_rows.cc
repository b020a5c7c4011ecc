// durable, …: a dispatch returns when its entry is on the disk.
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <thread>

#include "busy_processes.h"
#include "line_store.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "peers.h"
#include "rows.h"
#include "stamped_events.h"

namespace logslice::bench {
namespace {

struct Work {
  StampedEvents events;
  std::filesystem::path directory;
  int thread_count;
  double seconds;
  int busy_count;
};

struct Puts {
  std::vector<int64_t> counts;  // of each thread
  double per_second = 0;
};

// All threads put what is theirs until the time is over. The first event of the first thread goes
// before that: a log makes its file with it, and the directory's sync counts once in its life.
template <typename Put>
Puts put_for_a_while(const Work& work, Put put) {
  const auto thread_count = static_cast<size_t>(work.thread_count);
  Puts puts{std::vector<int64_t>(thread_count)};
  std::atomic<bool> is_over{false};
  std::latch begin(work.thread_count + 1);
  std::vector<std::thread> threads;
  std::optional<BusyProcesses> busy(work.busy_count);
  Event first = work.events.make(0, 0);
  put(first);
  for (size_t t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      int64_t count = t == 0 ? 1 : 0;
      begin.arrive_and_wait();
      for (; !is_over.load(std::memory_order_relaxed); ++count) {
        Event event = work.events.make(static_cast<int>(t), count);
        put(event);
      }
      puts.counts[t] = count;
    });
  }
  const double seconds = seconds_of([&] {
    begin.arrive_and_wait();
    std::this_thread::sleep_for(std::chrono::duration<double>(work.seconds));
    is_over = true;
    for (std::thread& thread : threads) thread.join();
  });
  busy.reset();
  int64_t sum = 0;
  for (const int64_t count : puts.counts) sum += count;
  puts.per_second = static_cast<double>(sum - 1) / seconds;
  return puts;
}

double run_logslice(const Work& work) {
  const std::filesystem::path path = work.directory / "log.jsonl";
  Session session;
  check(session.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
  check(session.configure_persistence<ToolInvoked>({.path = path, .sync_on_flush = true}).ok(),
        "configure_persistence");
  const Puts puts =
      put_for_a_while(work, [&](Event& event) { session.dispatch(std::move(event.entry)); });
  // Before close(), which might mend what dispatch() has left.
  int64_t sum = 0;
  for (const int64_t count : puts.counts) sum += count;
  const absl::StatusOr<LogMarks> marks = session.log_marks<ToolInvoked>();
  check(marks.ok() && marks->synced_seq == sum, "a dispatch came back before its sync");
  check(session.close().ok(), "close");
  StampChecker checker(work.events, puts.counts);
  auto scan = scan_log<ToolInvoked>(path, {.strict = true});
  check(scan.ok(), "scan_log");
  for (const ToolInvoked& entry : *scan) checker.take_entry(entry);
  check(scan->status().ok(), "the file cannot be read back");
  checker.check_complete();
  return puts.per_second;
}

double run_store(const Work& work, const LineStoreMaker& maker) {
  const std::unique_ptr<LineStore> store = maker.make(work.directory);
  const Puts puts = put_for_a_while(work, [&](Event& event) { store->put(event.line); });
  store->close();
  StampChecker checker(work.events, puts.counts);
  store->for_each_line([&](std::string_view line) { checker.take_line(line); });
  checker.check_complete();
  return puts.per_second;
}

// In a folder that is there for one run only.
template <typename Run>
std::function<Reading()> in_fresh_folder(const std::shared_ptr<Work>& work, Run run) {
  return [work, run] {
    std::filesystem::remove_all(work->directory);
    std::filesystem::create_directories(work->directory);
    const double per_second = run(*work);
    std::filesystem::remove_all(work->directory);
    return per_second;
  };
}

Contender store_contender(const std::shared_ptr<Work>& work, LineStoreMaker maker) {
  std::string name = maker.name;
  return {std::move(name), in_fresh_folder(work, [maker = std::move(maker)](const Work& given) {
            return run_store(given, maker);
          })};
}

Row make_durable_row(const Settings& settings, int thread_count, int busy_count) {
  auto work = std::make_shared<Work>();
  work->directory = settings.directory / "durable";
  work->thread_count = thread_count;
  work->seconds = settings.durable_seconds;
  work->busy_count = busy_count;
  Row row;
  row.unit = "entries/s";
  row.better = Better::kMore;
  row.what = "Session::dispatch with sync_on_flush: it returns when fdatasync has.";
  row.logslice = {"logslice", in_fresh_folder(work, run_logslice)};
  row.limit = store_contender(work, synced_file(thread_count == 1 ? Callers::kOne : Callers::kAny));
  for (const StorePeer& peer : peers().stores) {
    if (peer.each_put == EachPut::kSynced) row.peers.push_back(store_contender(work, peer.maker));
  }
  return row;
}

constexpr int kManyThreads = 16;

}  // namespace

Row make_durable_one_row(const Settings& settings) { return make_durable_row(settings, 1, 0); }

Row make_durable_many_row(const Settings& settings) {
  return make_durable_row(settings, kManyThreads, 0);
}

Row make_durable_beside_busy_row(const Settings& settings) {
  return make_durable_row(settings, kManyThreads, 2);
}

}  // namespace logslice::bench
