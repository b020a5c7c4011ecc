// A LOG slice and its log: what is written when, what may leave the window, and what happens when
// the disk does not take it.

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/session/session_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using LogSliceTest = CallsTest;

TEST_F(LogSliceTest, WritesEveryEntryAndKeepsTheNewest) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3)));
  dispatch(1, 10);
  EXPECT_EQ(names(session_), numbered(8, 10));
  EXPECT_EQ(scanned_names(), numbered(1, 10));
  const LogMarks marks = *session_.log_marks<Call>();
  EXPECT_EQ(marks.accepted_seq, 10);
  EXPECT_EQ(marks.written_seq, 10);
}

TEST_F(LogSliceTest, GathersFlushIntervalEntriesBeforeItWrites) {
  ASSERT_OK(session_.configure_persistence<Call>(config(100, 5)));
  dispatch(1, 4);
  EXPECT_THAT(scanned_names(), IsEmpty());
  dispatch(5, 7);
  EXPECT_EQ(scanned_names(), numbered(1, 5));
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 7));
}

TEST_F(LogSliceTest, SyncsWhatIsWrittenWhenAsked) {
  ASSERT_OK(session_.configure_persistence<Call>(config(100, 5)));
  dispatch(1, 3);
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 0);
  ASSERT_OK(session_.sync_logs());
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 3);
  dispatch(4, 4);
  ASSERT_OK(session_.sync_logs());
  EXPECT_EQ(session_.log_marks<Call>()->synced_seq, 4);
  ASSERT_OK(session_.close());
  EXPECT_THAT(session_.sync_logs(), HasStatus(absl::StatusCode::kFailedPrecondition, "closed"));
}

TEST_F(LogSliceTest, AFullWindowOfPendingEntriesIsWrittenBeforeTheOldestLeaves) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3, 100)));
  for (int i = 1; i <= 50; ++i) {
    dispatch(i, i);
    ASSERT_LE(session_.slice<Call>().size(), 3u);
    const std::vector<std::string> in_memory = names(session_);
    const std::vector<std::string> on_disk = scanned_names();
    for (int j = 1; j <= i; ++j) {
      const std::string name = "c" + std::to_string(j);
      ASSERT_TRUE(std::count(in_memory.begin(), in_memory.end(), name) +
                      std::count(on_disk.begin(), on_disk.end(), name) >
                  0)
          << name;
    }
  }
}

TEST_F(LogSliceTest, AWindowOfOneWorks) {
  ASSERT_OK(session_.configure_persistence<Call>(config(1, 5)));
  dispatch(1, 7);
  EXPECT_EQ(names(session_), numbered(7, 7));
  ASSERT_OK(session_.close());
  EXPECT_EQ(scanned_names(), numbered(1, 7));
}

TEST_F(LogSliceTest, EntriesThatAreThereBecomePendingInOrderAndTheWindowIsTrimmed) {
  dispatch(1, 10);
  ASSERT_OK(session_.configure_persistence<Call>(config(4, 3)));
  EXPECT_EQ(scanned_names(), numbered(1, 10));
  EXPECT_EQ(names(session_), numbered(7, 10));
  dispatch(11, 13);
  EXPECT_EQ(scanned_names(), numbered(1, 13));
}

TEST_F(LogSliceTest, AFailedWriteKeepsTheEntriesAndIsRetried) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3)));
  dispatch(1, 3);
  disk_.fail_named("append", ENOSPC);
  dispatch(4, 8);
  EXPECT_EQ(names(session_), numbered(4, 8)) << "what is pending stays: max + pending";
  EXPECT_EQ(count_events("log_write_failed"), 1);
  EXPECT_EQ(session_.log_marks<Call>()->written_seq, 3);
  const absl::Status flushed = session_.flush_logs();
  EXPECT_EQ(error_kind(flushed), ErrorKind::kWrite) << flushed;
  disk_.heal();
  dispatch(9, 9);
  EXPECT_EQ(names(session_), numbered(7, 9)) << "trimmed once it is healed";
  EXPECT_EQ(scanned_names(), numbered(1, 9));
  EXPECT_EQ(count_events("log_write_healed"), 1);
}

TEST_F(LogSliceTest, WhatIsDroppedAtThePendingBoundMayLeaveTheWindow) {
  LogPersistenceConfig bounded = config(2);
  bounded.max_pending_entries = 4;
  ASSERT_OK(session_.configure_persistence<Call>(bounded));
  disk_.fail_named("append", EIO);
  dispatch(1, 20);
  EXPECT_LE(session_.slice<Call>().size(), 2u + 5u);
  EXPECT_GT(session_.log_marks<Call>()->dropped_count, 0);
}

TEST_F(LogSliceTest, AnEntryThatNoJsonCanHoldStaysInMemoryAndIsNamed) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3)));
  const DispatchResult result = session_.dispatch(Call{.name = "nan", .cost = kNan});
  EXPECT_EQ(result.reducers_run, 1);
  ASSERT_EQ(result.refusals.size(), 1u);
  EXPECT_EQ(result.refusals[0].slice_type, "test:Call");
  EXPECT_THAT(result.status(), HasStatus(absl::StatusCode::kInvalidArgument, "cost"));
  session_.dispatch(Call{.name = "nan", .cost = kNan});
  EXPECT_EQ(count_events("log_entry_refused"), 1) << "once until it changes";
  EXPECT_EQ(session_.log_marks<Call>()->refused_count, 2);
  dispatch(1, 3);
  EXPECT_EQ(names(session_), numbered(1, 3)) << "refused entries are evicted like others";
  EXPECT_EQ(scanned_names(), numbered(1, 3));
  EXPECT_EQ(session_.log_marks<Call>()->accepted_seq, 3) << "and leave no hole";
}

TEST_F(LogSliceTest, ALineThatIsTooLongIsRefused) {
  LogPersistenceConfig narrow = config();
  narrow.line_bytes_max = 1024;
  ASSERT_OK(session_.configure_persistence<Call>(narrow));
  const DispatchResult result = session_.dispatch(Call{.name = std::string(2000, 'x')});
  EXPECT_EQ(result.refusals.size(), 1u);
  EXPECT_EQ(session_.slice<Call>().size(), 1u);
}

TEST_F(LogSliceTest, EntriesThatWereThereAndCannotBeWrittenAreRefusedWithoutAHole) {
  dispatch(1, 1);
  session_.dispatch(Call{.name = "nan", .cost = kNan});
  dispatch(2, 2);
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  EXPECT_EQ(scanned_names(), numbered(1, 2));
  EXPECT_EQ(session_.slice<Call>().size(), 3u);
  EXPECT_EQ(session_.log_marks<Call>()->refused_count, 1);
}

TEST_F(LogSliceTest, ReplaceAndClearChangeTheWindowOnlyAndCancelNoPendingWrite) {
  ASSERT_OK(session_.configure_persistence<Call>(config(100, 10)));
  ASSERT_OK((session_.register_reducer<Call, AddStep>(
      [](const SliceView<Call>&, const AddStep& event, const ReducerContext&) -> SliceOp<Call> {
        if (event.step == "replace") return Replace<Call>{{{"local 1"}, {"local 2"}}};
        if (event.step == "clear some") {
          return Clear<Call>{[](const Call& call) { return call.name == "c2"; }};
        }
        return Clear<Call>{};
      })));
  dispatch(1, 3);
  EXPECT_TRUE(session_.dispatch(AddStep{.step = "clear some"}).ok());
  EXPECT_THAT(names(session_), ElementsAre("c1", "c3"));
  EXPECT_TRUE(session_.dispatch(AddStep{.step = "replace"}).ok());
  dispatch(4, 4);
  EXPECT_THAT(names(session_), ElementsAre("local 1", "local 2", "c4"));
  EXPECT_TRUE(session_.dispatch(AddStep{.step = "clear"}).ok());
  EXPECT_THAT(names(session_), IsEmpty());
  EXPECT_THAT(scanned_names(), IsEmpty());
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 4));
}

TEST_F(LogSliceTest, CopiesThatAClearKeptAreStillPendingAndNotEvicted) {
  ASSERT_OK(session_.configure_persistence<Call>(config(3)));
  ASSERT_OK((session_.register_reducer<Call, AddStep>(
      [](const SliceView<Call>&, const AddStep&, const ReducerContext&) -> SliceOp<Call> {
        return Clear<Call>{[](const Call& call) { return call.name == "c2"; }};
      })));
  disk_.fail_named("append", EIO);
  dispatch(1, 3);
  session_.dispatch(AddStep{});
  dispatch(4, 6);
  EXPECT_THAT(names(session_), ElementsAre("c1", "c3", "c4", "c5", "c6"));
  disk_.heal();
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(names(session_), numbered(4, 6));
  EXPECT_EQ(scanned_names(), numbered(1, 6));
}

TEST_F(LogSliceTest, AReplaceLongerThanTheWindowIsTrimmed) {
  ASSERT_OK(session_.configure_persistence<Call>(config(2)));
  ASSERT_OK((session_.register_reducer<Call, AddStep>(
      [](const SliceView<Call>&, const AddStep&, const ReducerContext&) -> SliceOp<Call> {
        return Replace<Call>{{{"1"}, {"2"}, {"3"}}};
      })));
  session_.dispatch(AddStep{});
  EXPECT_THAT(names(session_), ElementsAre("2", "3"));
}

TEST_F(LogSliceTest, TwoSlicesOfOneFileShareOneSequence) {
  ASSERT_OK(session_.register_slice<Note>(SlicePolicy::kLog));
  ASSERT_OK(session_.configure_persistence<Call>(config(2)));
  ASSERT_OK(session_.configure_persistence<Note>(config(5)));
  for (int i = 1; i <= 4; ++i) {
    dispatch(i, i);
    session_.dispatch(Note{.text = "n" + std::to_string(i)});
  }
  EXPECT_EQ(session_.slice<Call>().size(), 2u);
  EXPECT_EQ(session_.slice<Note>().size(), 4u);
  auto scan = scan_log<Note>("/log.jsonl", {.file_system = &disk_});
  ASSERT_TRUE(scan.ok());
  std::vector<int64_t> seqs;
  for (auto it = scan->begin(); it != scan->end(); ++it) seqs.push_back(it.seq());
  EXPECT_THAT(seqs, ElementsAre(2, 4, 6, 8));
}

TEST_F(LogSliceTest, OneFileIsOneLogHoweverItIsNamed) {
  const std::filesystem::path directory =
      std::filesystem::path(::testing::TempDir()) / Uuid::random().to_string();
  std::filesystem::create_directories(directory / "sub");
  std::filesystem::create_symlink(directory, directory / "link");
  {
    Session session;
    ASSERT_OK(session.register_slice<Call>(SlicePolicy::kLog));
    ASSERT_OK(session.register_slice<Note>(SlicePolicy::kLog));
    ASSERT_OK(
        session.configure_persistence<Call>({.path = directory / "sub" / ".." / "log.jsonl"}));
    ASSERT_OK(session.configure_persistence<Note>({.path = directory / "link" / "log.jsonl"}));
    session.dispatch(Call{.name = "a"});
    session.dispatch(Note{.text = "b"});
    EXPECT_EQ(session.log_marks<Call>()->accepted_seq, 2);
  }
  EXPECT_EQ(*count_log_entries(directory / "log.jsonl"), 2);
  std::filesystem::remove_all(directory);
}

TEST_F(LogSliceTest, ASecondSliceMustAgreeInAllButTheWindow) {
  ASSERT_OK(session_.register_slice<Note>(SlicePolicy::kLog));
  ASSERT_OK(session_.configure_persistence<Call>(config(2)));
  EXPECT_THAT(session_.configure_persistence<Note>(config(3, 7)),
              HasStatus(absl::StatusCode::kInvalidArgument, "flush_interval"));
  LogPersistenceConfig synced = config();
  synced.sync_on_flush = true;
  EXPECT_THAT(session_.configure_persistence<Note>(synced),
              HasStatus(absl::StatusCode::kInvalidArgument, "sync_on_flush"));
  LogPersistenceConfig cadence = config();
  cadence.sync_every_entries = 10;
  EXPECT_THAT(session_.configure_persistence<Note>(cadence),
              HasStatus(absl::StatusCode::kInvalidArgument, "sync_every_entries"));
  cadence = config();
  cadence.sync_every = absl::Seconds(1);
  EXPECT_THAT(session_.configure_persistence<Note>(cadence),
              HasStatus(absl::StatusCode::kInvalidArgument, "sync_every;"));
  EXPECT_OK(session_.configure_persistence<Note>(config(3)));
}

TEST_F(LogSliceTest, OnlyRegisteredLogSlicesArePersistedAndOnlyOnce) {
  const absl::Status state = session_.configure_persistence<Plan>(config());
  EXPECT_EQ(state.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(error_kind(state), ErrorKind::kPolicy);
  EXPECT_EQ(session_.configure_persistence<Note>(config()).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(session_.configure_persistence<Call>(config(0)),
              HasStatus(absl::StatusCode::kInvalidArgument, "max_memory_entries"));
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  EXPECT_EQ(session_.configure_persistence<Call>(config()).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(session_.log_marks<Plan>().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LogSliceTest, AnotherSessionOnTheSameLogIsRefused) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  Session other(options());
  ASSERT_OK(other.register_slice<Call>(SlicePolicy::kLog));
  const absl::Status refused = other.configure_persistence<Call>(config());
  EXPECT_EQ(error_kind(refused), ErrorKind::kLock) << refused;
  ASSERT_OK(session_.close());
  EXPECT_OK(other.configure_persistence<Call>(config())) << "a failed attempt leaves no trace";
}

TEST_F(LogSliceTest, ReloadFillsTheWindowsFromDisk) {
  ASSERT_OK(session_.configure_persistence<Call>(config(100)));
  dispatch(1, 20);
  ASSERT_OK(session_.close());

  Session resumed(options());
  ASSERT_OK(resumed.register_slice<Call>(SlicePolicy::kLog));
  ASSERT_OK(resumed.configure_persistence<Call>(config(5, 4)));
  EXPECT_EQ(resumed.slice<Call>().size(), 0u);
  resumed.dispatch(Call{.name = "c21"});
  ASSERT_OK(resumed.reload_logs());
  EXPECT_EQ(names(resumed), numbered(17, 21));
  resumed.dispatch(Call{.name = "c22"});
  EXPECT_EQ(names(resumed), numbered(18, 22));
  ASSERT_OK(resumed.close());
  EXPECT_EQ(scanned_names(), numbered(1, 22));
}

TEST_F(LogSliceTest, ReloadOfALogWithoutAFileIsEmpty) {
  ASSERT_OK(session_.configure_persistence<Call>(config()));
  EXPECT_OK(session_.reload_logs());
  EXPECT_EQ(session_.slice<Call>().size(), 0u);
}

TEST_F(LogSliceTest, AReloadThatFailsLeavesTheWindowsAsTheyWere) {
  ASSERT_OK(session_.configure_persistence<Call>(config(5, 4)));
  dispatch(1, 3);
  disk_.fail_named("append", EIO);
  EXPECT_FALSE(session_.reload_logs().ok());
  EXPECT_EQ(names(session_), numbered(1, 3));
  disk_.heal();
  ASSERT_OK(session_.flush_logs());
  disk_.fail_named("read_at", EIO);
  EXPECT_FALSE(session_.reload_logs().ok());
  EXPECT_EQ(names(session_), numbered(1, 3));
}

TEST_F(LogSliceTest, ResetEmptiesTheWindowsAndNoFile) {
  ASSERT_OK(session_.configure_persistence<Call>(config(10, 5)));
  dispatch(1, 3);
  ASSERT_OK(session_.reset());
  EXPECT_EQ(session_.slice<Call>().size(), 0u);
  ASSERT_OK(session_.flush_logs());
  EXPECT_EQ(scanned_names(), numbered(1, 3));
}

TEST_F(LogSliceTest, ReloadReadsLinesAsLongAsTheLogTakes) {
  LogPersistenceConfig long_lines = config(10);
  long_lines.line_bytes_max = 2 * kDefaultLineBytesMax;
  ASSERT_OK(session_.configure_persistence<Call>(long_lines));
  const auto name_bytes = static_cast<size_t>(kDefaultLineBytesMax) + 1;
  ASSERT_TRUE(session_.dispatch(Call{.name = std::string(name_bytes, 'x')}).ok());
  ASSERT_OK(session_.reload_logs());
  ASSERT_EQ(session_.slice<Call>().size(), 1u);
  EXPECT_EQ(session_.slice<Call>().latest()->name.size(), name_bytes);
}

}  // namespace
}  // namespace logslice::testing
