// The leader of a batch runs out of memory: its followers are let go all the same, and what it
// could not write is written by the next.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/allocation/every_allocation.h"
#include "tests/persistence/writer_fixture.h"
#include "tests/support/steady_file_system.h"

namespace logslice::testing {
namespace {

// Two threads share syncs, and for one of them memory ends. Which of them leads is not foreseen:
// whoever does, both come back.
class BatchCase {
 public:
  BatchCase() {
    LogPersistenceConfig config;
    config.path = "/log.jsonl";
    config.sync_on_flush = true;
    writer_ = *PersistentLogWriter::open(config, {&clock_, &steady_, [](const Diagnostic&) {}});
    type_ = writer_->register_type(internal::type_table<Note>());
    notes_.reserve(200);
    other_ = std::thread([this] {
      while (!has_begun_.load()) std::this_thread::yield();
      for (int i = 0; i < 5; ++i) append();
      other_is_done_ = true;
    });
  }
  ~BatchCase() {
    if (other_.joinable()) other_.join();
  }

  void run() {
    has_begun_ = true;
    for (int i = 0; i < 5; ++i) append();
  }

  void check() {
    other_.join();
    EXPECT_TRUE(other_is_done_);
    EXPECT_TRUE(writer_->flush().ok());
    EXPECT_EQ(writer_->settled_ticket(), static_cast<int64_t>(accepted_.size()));
    std::vector<ScannedNote> expected;
    for (size_t i = 0; i < accepted_.size(); ++i) {
      expected.push_back({static_cast<int64_t>(i) + 1, accepted_[i]});
    }
    EXPECT_EQ(scan_notes(fs_), expected);
    EXPECT_TRUE(writer_->close().ok());
  }

 private:
  void append() {
    absl::StatusOr<int64_t> seq;
    {
      // What a session does under its window lock.
      const std::lock_guard lock(window_);
      const Note* note = nullptr;
      {
        const AllocationTruce truce;
        notes_.push_back({"entry " + std::to_string(notes_.size()) + " of several threads", 0});
        note = &notes_.back();
      }
      seq = writer_->accept(type_, note);
      const AllocationTruce truce;
      if (seq.ok()) accepted_.push_back(note->text);
    }
    if (seq.ok()) writer_->write_through(*seq).IgnoreError();
  }

  FakeFileSystem fs_;
  SteadyFileSystem steady_{fs_};
  FakeClock clock_;
  std::mutex window_;
  std::vector<Note> notes_;
  std::vector<std::string> accepted_;
  int type_ = 0;
  std::shared_ptr<PersistentLogWriter> writer_;
  std::atomic<bool> has_begun_{false};
  std::atomic<bool> other_is_done_{false};
  std::thread other_;
};

TEST(AllocationGroupCommitTest, LetsTheFollowersGoWhereverTheLeadersMemoryEnds) {
  // How much the one thread allocates depends on how often it leads: as many rounds as may be.
  for (const MemoryEnds ends : {MemoryEnds::kOnce, MemoryEnds::kForEver}) {
    for (int64_t index = 0; index < 40; ++index) {
      SCOPED_TRACE(index);
      BatchCase tried;
      {
        const AllocationFailure failure(index % 20, ends);
        ASSERT_NO_THROW(tried.run());
      }
      tried.check();
    }
  }
}

}  // namespace
}  // namespace logslice::testing
