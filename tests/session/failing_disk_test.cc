// A session whose disk fails for a while, or for good, as its user meets it.

#include <cerrno>
#include <string>
#include <vector>

#include "logslice/persistence/log_info.h"
#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FailingDiskTest : public CallsTest {
 protected:
  // Dispatching must look the same whether the disk works or not.
  void dispatch_well(int first, int last) {
    for (int i = first; i <= last; ++i) {
      const DispatchResult result = session_.dispatch(Call{.name = "c" + std::to_string(i)});
      ASSERT_TRUE(result.ok()) << result.status();
      ASSERT_EQ(result.reducers_run, 1);
    }
  }
  std::vector<int64_t> seqs() {
    std::vector<int64_t> all;
    auto scan = scan_log<Call>("/log.jsonl", {.strict = true, .file_system = &disk_});
    for (auto it = scan->begin(); it != scan->end(); ++it) all.push_back(it.seq());
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    return all;
  }
};

TEST_F(FailingDiskTest, ADiskThatFillsUpForAWhileCostsNothingButMemory) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10)));
  dispatch_well(1, 20);
  disk_.set_free_bytes(250);  // two lines and a piece of the third
  dispatch_well(21, 120);
  const LogMarks marks = *session_.log_marks<Call>();
  EXPECT_EQ(marks.accepted_seq, 120);
  EXPECT_EQ(marks.written_seq, 22);
  EXPECT_EQ(names(session_), numbered(23, 120)) << "what is unwritten is in memory, all of it";
  EXPECT_THAT(events(), ElementsAre("log_write_failed"));
  EXPECT_EQ(reported_[0].first_seq, 23);

  disk_.heal();
  dispatch_well(121, 121);
  EXPECT_EQ(scanned_names(), numbered(1, 121));
  EXPECT_EQ(seqs().size(), 121u);
  EXPECT_EQ(names(session_), numbered(112, 121));
  ASSERT_THAT(events(), ElementsAre("log_write_failed", "log_write_healed"));
  EXPECT_EQ(reported_[1].first_seq, 23);
  EXPECT_EQ(reported_[1].last_seq, 121);
  EXPECT_THAT(reported_[1].message,
              HasSubstr("after 98 failed attempts; seq 23 to 121 were waiting, none was dropped"));
}

TEST_F(FailingDiskTest, PastTheBoundTheOldestGoCountedAndLeaveTheirHole) {
  LogPersistenceConfig bounded = config(10);
  bounded.max_pending_entries = 30;
  ASSERT_OK(session_.configure_persistence<Call>(bounded));
  dispatch_well(1, 5);
  disk_.fail_named("append", ENOSPC);
  dispatch_well(6, 105);
  const LogMarks marks = *session_.log_marks<Call>();
  EXPECT_EQ(marks.dropped_count, 70);
  EXPECT_LE(session_.slice<Call>().size(), 10u + 30u);
  EXPECT_THAT(events(), ElementsAre("log_write_failed", "log_entries_dropped"));

  disk_.heal();
  ASSERT_OK(session_.flush_logs());
  std::vector<int64_t> expected = {1, 2, 3, 4, 5};
  for (int64_t seq = 76; seq <= 105; ++seq) expected.push_back(seq);
  EXPECT_EQ(seqs(), expected);
  EXPECT_THAT(reported_.back().message, HasSubstr("70 entries dropped, seq 6 to 75"));
}

TEST_F(FailingDiskTest, AfterAFailedSyncEverythingGoesOnInANewSegment) {
  LogPersistenceConfig synced = config(5);
  synced.sync_on_flush = true;
  ASSERT_OK(session_.configure_persistence<Call>(synced));
  dispatch_well(1, 20);
  disk_.fail_once_named("sync_data", EIO);
  dispatch_well(21, 40);
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 40);
  EXPECT_THAT(events(), ElementsAre("log_sync_failed", "log_segment_sealed", "log_write_healed"));
  EXPECT_EQ(scanned_names(), numbered(1, 40));
  EXPECT_EQ(seqs().size(), 40u);
  EXPECT_EQ(read_log_info("/log.jsonl", {.file_system = &disk_})->segment_count, 2);

  // Reloading, snapshots and the next session see one log.
  ASSERT_OK(session_.reset());
  ASSERT_OK(session_.reload_logs());
  EXPECT_EQ(names(session_), numbered(36, 40));
  ASSERT_OK(session_.save_snapshot("/state.json"));
  ASSERT_OK(session_.close());
  const Snapshot snapshot = *load_snapshot("/state.json", disk_);
  EXPECT_EQ(snapshot.log_files.at("test:Call").last_seq, 40);
  EXPECT_EQ(snapshot.log_files.at("test:Call").entry_count, 40);
  Session next(options());
  ASSERT_OK(next.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(next.register_slice<Plan>(SlicePolicy::kState));
  ASSERT_OK(next.restore(snapshot)) << "before it is attached, the files are asked";
  ASSERT_OK(next.configure_persistence<Call>(synced));
  ASSERT_OK(next.restore(snapshot));
  ASSERT_OK(next.reload_logs());
  EXPECT_EQ(names(next), numbered(36, 40));
  ASSERT_TRUE(next.dispatch(Call{.name = "c41"}).ok());
  EXPECT_EQ(scanned_names(), numbered(1, 41));
}

TEST_F(FailingDiskTest, ASyncCadenceNeitherHoldsTheWindowUpNorFailsADispatch) {
  LogPersistenceConfig cadence = config(5);
  cadence.sync_every_entries = 10;
  ASSERT_OK(session_.configure_persistence<Call>(cadence));
  dispatch_well(1, 9);
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 0);
  EXPECT_EQ(names(session_), numbered(5, 9)) << "written is enough to leave the window";
  disk_.fail_once_named("sync_data", EIO);
  dispatch_well(10, 25);
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 20);
  EXPECT_EQ(session_.log_marks<Call>()->unsyncable_count, 0);
  EXPECT_THAT(events(), ElementsAre("log_sync_failed", "log_segment_sealed", "log_write_healed"));
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 20) << "a flush writes";
  ASSERT_OK(session_.close());
  EXPECT_EQ(scanned_names(), numbered(1, 25));
}

TEST_F(FailingDiskTest, ReloadReachesBackIntoSealedSegments) {
  LogPersistenceConfig synced = config(30);
  synced.sync_on_flush = true;
  ASSERT_OK(session_.configure_persistence<Call>(synced));
  dispatch_well(1, 20);
  disk_.fail_once_named("sync_data", EIO);
  dispatch_well(21, 25);
  ASSERT_OK(session_.reset());
  ASSERT_OK(session_.reload_logs());
  EXPECT_EQ(names(session_), numbered(1, 25));
}

TEST_F(FailingDiskTest, ASnapshotIsNotSavedOverEntriesThatMayNotSurvive) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  dispatch_well(1, 3);
  ASSERT_OK(session_.save_snapshot("/state.json"));
  const std::string saved = disk_.content("/state.json");
  dispatch_well(4, 5);
  disk_.fail_once_named("sync_data", EIO);
  EXPECT_THAT(session_.save_snapshot("/state.json"),
              HasStatus(absl::StatusCode::kUnavailable, "2 log entries"));
  EXPECT_EQ(disk_.content("/state.json"), saved);
  EXPECT_EQ(session_.log_marks<Call>()->unsyncable_count, 2);
  // What it could not vouch for has been said; the next one vouches for what came since.
  dispatch_well(6, 7);
  ASSERT_OK(session_.save_snapshot("/state.json"));
  EXPECT_EQ(seqs().size(), 7u);
}

TEST_F(FailingDiskTest, ADiskThatIsReadOnlyForGoodDelaysNothingAndIsSaidOnceMoreAtTheEnd) {
  LogPersistenceConfig bounded = config(10);
  bounded.max_pending_entries = 50;
  ASSERT_OK(session_.configure_persistence<Call>(bounded));
  for (const char* call : {"append", "create", "sync_data", "sync_directory", "rename", "truncate",
                           "write_at", "unlink"}) {
    disk_.fail_named(call, EROFS);
  }
  dispatch_well(1, 500);
  EXPECT_LE(session_.slice<Call>().size(), 10u + 50u);
  EXPECT_EQ(error_kind(session_.flush_logs()), ErrorKind::kWrite);
  EXPECT_EQ(error_kind(session_.close()), ErrorKind::kWrite);
  EXPECT_THAT(events(),
              ElementsAre("log_write_failed", "log_entries_dropped", "log_closed_unwritten"));
  EXPECT_THAT(reported_.back().message, HasSubstr("seq 451 to 500"));
  EXPECT_THAT(reported_.back().message, HasSubstr("450 entries dropped, seq 1 to 450"));
}

}  // namespace
}  // namespace logslice::testing
