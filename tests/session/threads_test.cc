// Everything at once, for the thread sanitiser: then the log must have every entry once, in order.

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

class ThreadsTest : public CallsTest {
 protected:
  static constexpr int kThreads = 4;
  static constexpr int kEventsEach = 400;

  void dispatch_from_thread(int thread) {
    for (int i = 1; i <= kEventsEach; ++i) {
      if (i % 2 == 0) {
        session_.dispatch(Call{.name = std::to_string(thread), .cost = static_cast<double>(i)});
      } else {
        session_.dispatch(Note{std::to_string(thread) + " " + std::to_string(i)});
      }
      if (i % 10 == 0) session_.dispatch(AddStep{.step = std::to_string(i)});
    }
  }
};

TEST_F(ThreadsTest, DispatchersReadersSnapshotsAndFlushesAtOnceLoseAndDoubleNothing) {
  ASSERT_OK(session_.register_slice<Note>(SlicePolicy::kLog));
  ASSERT_OK((session_.register_reducer<Plan, AddStep>(
      [this](const SliceView<Plan>& view, const AddStep& event,
             const ReducerContext& context) -> SliceOp<Plan> {
        if (view.size() % 3 == 0) session_.dispatch(Plan{"nested", 0});
        return Append<Plan>{{event.step, static_cast<int>(context.slice<Call>().size())}};
      })));
  ASSERT_OK(session_.configure_persistence<Call>(config(50, 7)));
  ASSERT_OK(session_.configure_persistence<Note>(config(20, 7)));

  std::atomic<bool> done = false;
  // Each at least once, however late it comes to run.
  std::vector<std::thread> others;
  others.emplace_back([&] {
    size_t bytes = 0;
    bool is_last = false;
    do {
      is_last = done;  // the last pass begins with everything there
      const SliceView<Call> all = session_.slice<Call>().all();
      for (const Call& call : all) bytes += call.name.size();
      if (const auto latest = session_.slice<Note>().latest()) bytes += latest->text.size();
      bytes += session_.slice<Call>().where([](const Call& c) { return c.cost > 100; }).size();
    } while (!is_last);
    EXPECT_GT(bytes, 0u);
  });
  others.emplace_back([&] {
    do {
      const absl::StatusOr<Snapshot> snapshot = session_.snapshot();
      ASSERT_TRUE(snapshot.ok()) << snapshot.status();
      EXPECT_EQ(snapshot->unwritten_count, 0);
      const absl::StatusOr<std::unique_ptr<Session>> clone = session_.clone();
      ASSERT_TRUE(clone.ok());
      (*clone)->dispatch(Call{.name = "clone"});
    } while (!done);
  });
  others.emplace_back([&] {
    do {
      EXPECT_TRUE(session_.flush_logs().ok());
      EXPECT_TRUE(session_.reload_logs().ok());
      EXPECT_TRUE(session_.log_marks<Call>().ok());
    } while (!done);
  });
  std::vector<std::thread> dispatchers;
  for (int i = 0; i < kThreads; ++i)
    dispatchers.emplace_back([this, i] { dispatch_from_thread(i); });
  for (std::thread& thread : dispatchers) thread.join();
  done = true;
  for (std::thread& thread : others) thread.join();
  ASSERT_OK(session_.close());
  EXPECT_LE(session_.slice<Call>().size(), 50u);
  EXPECT_LE(session_.slice<Note>().size(), 20u);

  std::set<int64_t> seqs;
  std::map<std::string, double> last_of_thread;
  auto calls = scan_log<Call>("/log.jsonl", {.file_system = &disk_});
  ASSERT_TRUE(calls.ok());
  for (auto it = calls->begin(); it != calls->end(); ++it) {
    EXPECT_TRUE(seqs.insert(it.seq()).second) << it.seq();
    EXPECT_EQ(it->cost, last_of_thread[it->name] + 2) << "the order of thread " << it->name;
    last_of_thread[it->name] = it->cost;
  }
  auto notes = scan_log<Note>("/log.jsonl", {.file_system = &disk_});
  ASSERT_TRUE(notes.ok());
  for (auto it = notes->begin(); it != notes->end(); ++it) {
    EXPECT_TRUE(seqs.insert(it.seq()).second) << it.seq();
  }
  EXPECT_EQ(seqs.size(), static_cast<size_t>(kThreads * kEventsEach));
  EXPECT_EQ(*seqs.begin(), 1);
  EXPECT_EQ(*seqs.rbegin(), kThreads * kEventsEach);
}

TEST_F(ThreadsTest, ASinkIsNotRunningOnceCloseHasReturned) {
  std::atomic<bool> closed = false;
  std::atomic<int> late = 0;
  SessionOptions made = options();
  made.diagnostics = [&](const Diagnostic&) {
    if (closed) ++late;
  };
  Session session(made);
  ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
  std::vector<std::thread> readers;
  for (int i = 0; i < kThreads; ++i) {
    readers.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        session.dispatch(Call{});
        session.slice<Call>().where([](const Call&) -> bool { throw 1; });
      }
    });
  }
  ASSERT_OK(session.close());
  closed = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(late, 0);
}

TEST_F(ThreadsTest, ASnapshotDuringCloseIsWholeOrRefused) {
  int64_t taken_count = 0;
  for (int round = 0; round < 60; ++round) {
    FakeFileSystem disk;
    SessionOptions made = options();
    made.file_system = &disk;
    Session session(made);
    ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
    ASSERT_OK(session.register_slice<Plan>(SlicePolicy::kState));
    ASSERT_OK(session.configure_persistence<Call>(config(1000, 5)));
    std::atomic<bool> has_begun = false;
    std::thread taker([&] {
      int64_t last_seq = 0;
      for (;;) {
        const absl::StatusOr<Snapshot> snapshot = session.snapshot();
        has_begun = true;
        if (!snapshot.ok()) {
          EXPECT_EQ(error_kind(snapshot.status()), ErrorKind::kClosed) << snapshot.status();
          return;
        }
        ++taken_count;
        // Close or not: what the snapshot has seen is in the file.
        EXPECT_EQ(snapshot->unwritten_count, 0);
        const SnapshotLogFile& log = snapshot->log_files.at("test:Call");
        EXPECT_EQ(log.entry_count, log.last_seq);
        EXPECT_GE(log.last_seq, last_seq);
        last_seq = log.last_seq;
        // Without an entry there is no file yet.
        EXPECT_GE(count_log_entries<Call>("/log.jsonl", disk).value_or(0), last_seq);
      }
    });
    std::thread dispatcher([&] {
      for (int i = 0; session.dispatch(Call{.name = "x"}).ok() && i < 10'000; ++i) {
        session.dispatch(Plan{"step", i});
      }
    });
    while (!has_begun) std::this_thread::yield();
    // At another moment each time.
    for (int i = 0; i < round; ++i) session.dispatch(Plan{"step", i});
    EXPECT_OK(session.close());
    taker.join();
    dispatcher.join();
  }
  EXPECT_GT(taken_count, 0);
}

TEST_F(ThreadsTest, ABusMayBePublishedToWhileSessionsComeAndGo) {
  const auto bus = std::make_shared<EventBus>();
  std::atomic<bool> done = false;
  std::vector<std::thread> publishers;
  for (int i = 0; i < 2; ++i) {
    publishers.emplace_back([&] {
      while (!done) bus->publish(Call{.name = "a"});
    });
  }
  for (int i = 0; i < 100; ++i) {
    SessionOptions made = options();
    made.event_bus = bus;
    Session session(made);
    EXPECT_TRUE(session.register_slice<Call>(SlicePolicy::kLog).ok());
    const SubscriptionId id = bus->subscribe<Call>([](const Call&) {});
    EXPECT_TRUE(bus->unsubscribe(id));
  }
  done = true;
  for (std::thread& publisher : publishers) publisher.join();
}

}  // namespace
}  // namespace logslice::testing
