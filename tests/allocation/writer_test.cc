// Memory that ends anywhere in an append: nothing is half queued, and with memory back everything
// accepted is written in order, once.
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/allocation/every_allocation.h"
#include "tests/persistence/writer_fixture.h"
#include "tests/support/steady_file_system.h"

namespace logslice::testing {
namespace {

enum class Trouble { kNone, kDiskFull, kShortWrite, kSyncFails, kRenamed, kTruncated };

struct Scenario {
  int64_t flush_interval = 1;
  bool sync_on_flush = false;
  int warm_count = 0;  // entries appended before memory ends
  Trouble trouble = Trouble::kNone;
};

std::string text_of_entry(int64_t number) {
  return "entry " + std::to_string(number) + ", long enough to be allocated";
}

class WriterCase {
 public:
  explicit WriterCase(const Scenario& scenario) : scenario_(scenario) {
    LogPersistenceConfig config;
    config.path = "/log.jsonl";
    config.flush_interval = scenario.flush_interval;
    config.sync_on_flush = scenario.sync_on_flush;
    absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened = PersistentLogWriter::open(
        config, {&clock_, &steady_, [this](const Diagnostic&) { ++report_count_; }});
    EXPECT_TRUE(opened.ok()) << opened.status();
    writer_ = *std::move(opened);
    type_ = writer_->register_type(internal::type_table<Note>());
    for (int64_t i = 0; i < 40; ++i) notes_.push_back({text_of_entry(i), i});
    for (int i = 0; i < scenario.warm_count; ++i) append();
    EXPECT_TRUE(statuses_ok());
    cause_trouble();
  }

  void run() {
    for (int i = 0; i < 4; ++i) append();
    flush_status_ = writer_->flush();
    settled_after_flush_ = writer_->settled_ticket();
    last_after_flush_ = writer_->last_accepted_seq();
  }

  void check() {
    for (const absl::Status& status : statuses_) {
      EXPECT_TRUE(is_ok_or_no_memory(status) || scenario_.trouble != Trouble::kNone) << status;
    }
    fs_.heal();
    clock_.advance(absl::Minutes(2));
    ASSERT_EQ(writer_->marks().accepted_seq, static_cast<int64_t>(accepted_.size()));
    // 1. What it said is so.
    if (flush_status_.ok()) {
      EXPECT_EQ(settled_after_flush_, last_after_flush_);
    }
    // 2. It goes on with the next entry, and everything accepted is there, once.
    append();
    ASSERT_TRUE(statuses_.back().ok()) << statuses_.back();
    ASSERT_TRUE(writer_->flush().ok());
    EXPECT_EQ(writer_->settled_ticket(), writer_->last_accepted_seq());
    ASSERT_TRUE(writer_->close().ok());
    std::vector<ScannedNote> expected;
    for (size_t i = 0; i < accepted_.size(); ++i) {
      expected.push_back({static_cast<int64_t>(i) + 1, accepted_[i]});
    }
    std::vector<ScannedNote> found = scan_notes(fs_);
    if (fs_.exists("/moved.jsonl")) {
      const std::vector<ScannedNote> rest = std::move(found);
      found = scan_notes(fs_, "/moved.jsonl");
      found.insert(found.end(), rest.begin(), rest.end());
    }
    if (scenario_.trouble == Trouble::kTruncated && !scenario_.sync_on_flush) {
      // What was cut off is gone.
      expected.erase(expected.begin() + 1, expected.begin() + scenario_.warm_count);
    }
    ASSERT_EQ(found, expected);
    EXPECT_EQ(writer_->marks().dropped_count, 0);
  }

 private:
  bool statuses_ok() const {
    return std::all_of(statuses_.begin(), statuses_.end(),
                       [](const absl::Status& status) { return status.ok(); });
  }

  void cause_trouble() {
    switch (scenario_.trouble) {
      case Trouble::kNone:
        return;
      case Trouble::kDiskFull:
        fs_.set_free_bytes(0);
        return;
      case Trouble::kShortWrite:
        fs_.set_free_bytes(150);  // one line and a half
        return;
      case Trouble::kSyncFails:
        fs_.fail_named("sync_data", EIO);
        return;
      case Trouble::kRenamed:
        fs_.move("/log.jsonl", "/moved.jsonl");
        return;
      case Trouble::kTruncated: {
        const std::string content = fs_.content("/log.jsonl");
        fs_.set_content("/log.jsonl", content.substr(0, content.find('\n') + 1));
        return;
      }
    }
  }

  void append() {
    const Note& note = notes_[next_++];
    const absl::StatusOr<int64_t> seq = writer_->accept(type_, &note);
    absl::Status status;
    if (seq.ok()) {
      const AllocationTruce truce;
      accepted_.push_back(note.text);
    } else {
      status = seq.status();
    }
    if (seq.ok() && writer_->wants_flush()) {
      status = writer_->write_through(*seq);
      if (status.ok() && writer_->settled_ticket() < *seq) {
        status = absl::Status(absl::StatusCode::kUnknown, "");
      }
    }
    const AllocationTruce truce;
    statuses_.push_back(status);
  }

  const Scenario scenario_;
  FakeFileSystem fs_;
  SteadyFileSystem steady_{fs_};
  FakeClock clock_;
  int report_count_ = 0;
  std::vector<Note> notes_;
  size_t next_ = 0;
  std::vector<std::string> accepted_;
  std::vector<absl::Status> statuses_;
  absl::Status flush_status_;
  int64_t settled_after_flush_ = 0;
  int64_t last_after_flush_ = 0;
  int type_ = 0;
  std::shared_ptr<PersistentLogWriter> writer_;
};

class AllocationWriterTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(AllocationWriterTest, WritesEverythingAcceptedOnceWhereverMemoryEnds) {
  // In steady use nothing is allocated.
  const bool allocates = GetParam().warm_count == 0 || GetParam().trouble != Trouble::kNone;
  fail_every_allocation<WriterCase>(allocates ? 2 : 0, GetParam());
}

std::string name_of(const ::testing::TestParamInfo<Scenario>& tested) {
  constexpr const char* kTroubles[] = {"",          "DiskFull", "ShortWrite",
                                       "SyncFails", "Renamed",  "Truncated"};
  const Scenario& scenario = tested.param;
  return "Every" + std::to_string(scenario.flush_interval) +
         (scenario.sync_on_flush ? "Synced" : "Written") + "After" +
         std::to_string(scenario.warm_count) + kTroubles[static_cast<int>(scenario.trouble)];
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, AllocationWriterTest,
    ::testing::Values(
        Scenario{1, false, 0}, Scenario{1, false, 3}, Scenario{3, false, 0}, Scenario{3, false, 3},
        Scenario{1, true, 0}, Scenario{1, true, 3}, Scenario{3, true, 0}, Scenario{3, true, 3},
        Scenario{1, false, 3, Trouble::kDiskFull}, Scenario{1, false, 3, Trouble::kShortWrite},
        Scenario{3, true, 3, Trouble::kShortWrite}, Scenario{1, true, 3, Trouble::kSyncFails},
        Scenario{3, true, 3, Trouble::kSyncFails}, Scenario{1, false, 3, Trouble::kRenamed},
        Scenario{1, true, 3, Trouble::kRenamed}, Scenario{1, false, 3, Trouble::kTruncated}),
    name_of);

}  // namespace
}  // namespace logslice::testing
