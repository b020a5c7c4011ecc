// Memory that ends anywhere in a dispatch, flush_logs() or close(): an event is in the window, has
// a number and gets into the file, or it is in none of them and the result says so.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/reducers.h"
#include "logslice/session/session.h"
#include "tests/allocation/every_allocation.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_file_system.h"
#include "tests/support/steady_file_system.h"

namespace logslice::testing {

struct Remark {
  std::string text;
};

// Replaces the remarks by one, or clears all but the oldest few.
struct Swap {
  int kept_count = 0;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Remark> {
  static constexpr std::string_view id = "test:Remark";
};

namespace logslice::testing {
namespace {

enum class Persisted { kNo, kYes };

struct Scenario {
  Persisted persisted = Persisted::kYes;
  int64_t flush_interval = 1;
  bool sync_on_flush = false;
  // Dispatched before memory ends. Chunks of entries end at 8, blocks of them at 512, of the queue
  // at 510.
  int warm_count = 0;
  int dispatch_count = 3;
  int64_t max_memory_entries = 20;
};

std::string text_of_remark(int number) {
  return "remark " + std::to_string(number) + ", long enough to be allocated";
}

class SessionCase {
 public:
  explicit SessionCase(const Scenario& scenario) : scenario_(scenario) {
    SessionOptions options;
    options.clock = &clock_;
    options.file_system = &steady_;
    options.diagnostics = [this](const Diagnostic&) { ++report_count_; };
    session_ = std::make_unique<Session>(options);
    EXPECT_TRUE(session_->register_slice<Remark>(SlicePolicy::kLog).ok());
    if (scenario.persisted == Persisted::kYes) {
      LogPersistenceConfig config;
      config.path = "/log.jsonl";
      config.max_memory_entries = scenario.max_memory_entries;
      config.flush_interval = scenario.flush_interval;
      config.sync_on_flush = scenario.sync_on_flush;
      EXPECT_TRUE(session_->configure_persistence<Remark>(config).ok());
    }
    for (int i = 0; i < scenario.warm_count; ++i) dispatch();
    EXPECT_EQ(accepted_.size(), static_cast<size_t>(scenario.warm_count));
  }

  // What is dispatched: some are copied, some moved from.
  void dispatch() {
    const std::string text = [this] {
      const AllocationTruce truce;
      return text_of_remark(next_++);
    }();
    DispatchResult result;
    if (next_ % 2 == 0) {
      const Remark remark = [&] {
        const AllocationTruce truce;
        return Remark{text};
      }();
      result = session_->dispatch(remark);
    } else {
      Remark remark = [&] {
        const AllocationTruce truce;
        return Remark{text};
      }();
      result = session_->dispatch(std::move(remark));
    }
    const AllocationTruce truce;
    is_sound_ = is_sound_ && is_ok_or_no_memory(result.status()) &&
                result.ok() == (result.reducers_run == 1) && result.refusals.empty();
    if (result.ok()) accepted_.push_back(text);
  }

  // Everything accepted, and nothing else, is in the window, numbered, and in the file.
  void check_sound() {
    EXPECT_TRUE(is_sound_) << "a dispatch gave a result that is neither";
    dispatch();
    EXPECT_TRUE(session_->flush_logs().ok());
    check_window();
    if (scenario_.persisted == Persisted::kNo) return;
    const LogMarks marks = *session_->log_marks<Remark>();
    EXPECT_EQ(marks.accepted_seq, static_cast<int64_t>(accepted_.size()));
    EXPECT_EQ(marks.written_seq, marks.accepted_seq);
    EXPECT_EQ(marks.dropped_count + marks.refused_count, 0);
    check_file();
  }

  void check_window() {
    std::vector<std::string> expected = accepted_;
    const auto kept = static_cast<size_t>(scenario_.max_memory_entries);
    if (scenario_.persisted == Persisted::kYes && expected.size() > kept) {
      expected.erase(expected.begin(), expected.end() - scenario_.max_memory_entries);
    }
    std::vector<std::string> found;
    for (const Remark& remark : session_->slice<Remark>().all()) found.push_back(remark.text);
    ASSERT_EQ(found, expected);
  }

  void check_file() {
    std::vector<std::string> found;
    absl::StatusOr<LogScan<Remark>> scan =
        scan_log<Remark>("/log.jsonl", {.strict = true, .file_system = &disk_});
    int64_t seq = 0;
    if (scan.ok()) {
      for (auto it = scan->begin(); it != scan->end(); ++it) {
        EXPECT_EQ(it.seq(), ++seq);
        found.push_back(it->text);
      }
      EXPECT_TRUE(scan->status().ok()) << scan->status();
    }
    ASSERT_EQ(found, accepted_);
  }

 protected:
  const Scenario scenario_;
  FakeFileSystem disk_;
  SteadyFileSystem steady_{disk_};
  FakeClock clock_;
  int report_count_ = 0;
  int next_ = 0;
  bool is_sound_ = true;
  std::vector<std::string> accepted_;
  std::unique_ptr<Session> session_;
};

struct DispatchCase : SessionCase {
  using SessionCase::SessionCase;
  void run() {
    for (int i = 0; i < scenario_.dispatch_count; ++i) dispatch();
  }
  void check() {
    check_sound();
    EXPECT_TRUE(session_->close().ok());
  }
};

// Entries that are pending leave the window; the log refers to their memory until they are written.
struct ReplaceCase : SessionCase {
  explicit ReplaceCase(const Scenario& scenario) : SessionCase(scenario) {
    EXPECT_TRUE(
        (session_->register_reducer<Remark, Swap>([](const SliceView<Remark>&, const Swap& event,
                                                     const ReducerContext&) -> SliceOp<Remark> {
          if (event.kept_count == 0) return Replace<Remark>{{{text_of_remark(1000)}}};
          return Clear<Remark>{
              [left = event.kept_count](const Remark&) mutable { return left-- <= 0; }};
        })).ok());
  }
  void run() {
    cleared_ = session_->dispatch(Swap{2}).ok();
    replaced_ = session_->dispatch(Swap{0}).ok();
  }
  void check() {
    const size_t size = session_->slice<Remark>().size();
    EXPECT_EQ(size, replaced_ ? 1u : cleared_ ? 2u : accepted_.size());
    EXPECT_TRUE(session_->flush_logs().ok());
    check_file();
    dispatch();
    EXPECT_EQ(session_->slice<Remark>().size(), size + 1);
    EXPECT_TRUE(session_->close().ok());
    check_file();
  }
  bool cleared_ = false;
  bool replaced_ = false;
};

// So often that what is put aside needs memory of its own.
struct ReplaceOftenCase : ReplaceCase {
  using ReplaceCase::ReplaceCase;
  void run() {
    for (int i = 0; i < 20; ++i) {
      dispatch();
      session_->dispatch(Swap{0});
    }
  }
  void check() {
    EXPECT_TRUE(session_->flush_logs().ok());
    check_file();
  }
};

struct FlushCase : SessionCase {
  using SessionCase::SessionCase;
  void run() { status_ = session_->flush_logs(); }
  void check() {
    EXPECT_TRUE(is_ok_or_no_memory(status_)) << status_;
    if (status_.ok()) {
      check_file();
    }
    check_sound();
  }
  absl::Status status_;
};

struct CloseCase : SessionCase {
  using SessionCase::SessionCase;
  void run() { status_ = session_->close(); }
  void check() {
    EXPECT_TRUE(is_ok_or_no_memory(status_)) << status_;
    const LogMarks marks = *session_->log_marks<Remark>();
    EXPECT_EQ(marks.accepted_seq, static_cast<int64_t>(accepted_.size()));
    if (status_.ok()) {
      EXPECT_EQ(marks.dropped_count, 0);
    }
    // What it gave up is counted; what it did not is there.
    const size_t lost = static_cast<size_t>(marks.dropped_count);
    ASSERT_LE(lost, accepted_.size());
    accepted_.resize(accepted_.size() - lost);
    check_file();
    // The log is free for the next.
    LogPersistenceConfig config;
    config.path = "/log.jsonl";
    const auto next = PersistentLogWriter::open(config, {&clock_, &steady_, {}});
    EXPECT_TRUE(next.ok()) << next.status();
    EXPECT_TRUE(session_->close().ok());
  }
  absl::Status status_;
};

// The destructor has nobody to tell but the sink.
struct EndCase : CloseCase {
  using CloseCase::CloseCase;
  void run() { session_.reset(); }
  void check() {
    LogPersistenceConfig config;
    config.path = "/log.jsonl";
    const auto next = PersistentLogWriter::open(config, {&clock_, &steady_, {}});
    EXPECT_TRUE(next.ok()) << next.status();
  }
};

class AllocationSessionTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(AllocationSessionTest, DispatchesWhollyOrNotAtAllWhereverMemoryEnds) {
  fail_every_allocation<DispatchCase>(1, GetParam());
}

std::string name_of(const ::testing::TestParamInfo<Scenario>& tested) {
  const Scenario& scenario = tested.param;
  if (scenario.persisted == Persisted::kNo) {
    return "InMemoryAfter" + std::to_string(scenario.warm_count);
  }
  return "Every" + std::to_string(scenario.flush_interval) +
         (scenario.sync_on_flush ? "Synced" : "Written") + "After" +
         std::to_string(scenario.warm_count);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, AllocationSessionTest,
                         ::testing::Values(Scenario{Persisted::kNo},
                                           Scenario{Persisted::kNo, 1, false, 254},
                                           Scenario{Persisted::kYes, 1, false, 0},
                                           Scenario{Persisted::kYes, 3, false, 0},
                                           Scenario{Persisted::kYes, 1, true, 0},
                                           Scenario{Persisted::kYes, 3, true, 0},
                                           // Chunks come and go.
                                           Scenario{Persisted::kYes, 1, false, 30, 20},
                                           Scenario{Persisted::kYes, 3, true, 30, 20},
                                           // What should leave the window is pending.
                                           Scenario{Persisted::kYes, 6, false, 30, 20, 2},
                                           // Blocks come and go, too, and the queue's.
                                           Scenario{Persisted::kYes, 1, false, 500, 40},
                                           Scenario{Persisted::kYes, 3, false, 500, 40}),
                         name_of);

TEST(AllocationLogsTest, ReplacesAndClearsWhollyOrNotAtAllWhereverMemoryEnds) {
  fail_every_allocation<ReplaceCase>(3, Scenario{Persisted::kYes, 10, false, 4});
  fail_every_allocation<ReplaceOftenCase>(3, Scenario{Persisted::kYes, 100, false, 4});
}

TEST(AllocationLogsTest, FlushesWhatIsAcceptedOnceWhereverMemoryEnds) {
  fail_every_allocation<FlushCase>(1, Scenario{Persisted::kYes, 10, false, 4});
  fail_every_allocation<FlushCase>(1, Scenario{Persisted::kYes, 10, true, 4});
}

TEST(AllocationLogsTest, ClosesAndCountsWhatItGivesUpWhereverMemoryEnds) {
  fail_every_allocation<CloseCase>(1, Scenario{Persisted::kYes, 10, false, 4});
  fail_every_allocation<CloseCase>(1, Scenario{Persisted::kYes, 10, true, 4});
  fail_every_allocation<EndCase>(1, Scenario{Persisted::kYes, 10, false, 4});
}

}  // namespace
}  // namespace logslice::testing
