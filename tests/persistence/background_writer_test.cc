// A writer in background mode, stepped by the test: what it says of what it drops, gives up and
// still has before it.

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

#include "tests/persistence/writer_fixture.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BackgroundWriterTest : public WriterTest {
 protected:
  BackgroundWriterTest() : log_(fs_, clock_, config()) {}

  static LogPersistenceConfig config() {
    LogPersistenceConfig config;
    config.write_mode = WriteMode::kBackground;
    config.max_pending_entries = 4;
    return config;
  }
  void accept(int count) {
    for (int i = 0; i < count; ++i) ASSERT_GT(log_.accept("entry"), 0);
  }
  // A log of two entries, left by a process before.
  void begin_with_old_log() {
    TestLog before(fs_, clock_);
    ASSERT_TRUE(before.open().ok());
    ASSERT_TRUE(before.append("old").ok());
    ASSERT_TRUE(before.append("older").ok());
    ASSERT_TRUE(before.writer->close().ok());
  }

  TestLog log_;
};

TEST_F(BackgroundWriterTest, TheNewestIsNotDroppedThoughTheBoundIsFullOfWhatIsBeingWritten) {
  log_.config().max_pending_entries = 1;
  ASSERT_TRUE(log_.open().ok());
  fs_.set_free_bytes(0);
  accept(1);
  EXPECT_FALSE(log_.writer->step().ok());
  accept(3);
  EXPECT_EQ(log_.writer->marks().dropped_count, 2);
  EXPECT_EQ(log_.writer->unsettled_count(), 2);
  fs_.heal();
  ASSERT_TRUE(log_.writer->flush().ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "entry"}, ScannedNote{4, "entry"}));
}

TEST_F(BackgroundWriterTest, DropsAreToldWhileTheDiskFails) {
  ASSERT_TRUE(log_.open().ok());
  fs_.set_free_bytes(0);
  accept(2);
  EXPECT_FALSE(log_.writer->step().ok());
  accept(8);
  EXPECT_FALSE(log_.writer->step().ok());
  EXPECT_THAT(log_.events(), ElementsAre("log_write_failed", "log_entries_dropped"));
  EXPECT_THAT(log_.diagnostics.back().message, HasSubstr("beginning with seq 3"));
}

TEST_F(BackgroundWriterTest, WhatWasDroppedBehindTheLastBatchIsToldAtClose) {
  ASSERT_TRUE(log_.open().ok());
  fs_.set_free_bytes(0);
  accept(2);
  EXPECT_FALSE(log_.writer->step().ok());
  accept(8);
  EXPECT_EQ(log_.writer->marks().dropped_count, 6);
  EXPECT_FALSE(log_.writer->close().ok());
  EXPECT_EQ(log_.writer->marks().dropped_count, 10);
  EXPECT_THAT(log_.events(),
              ElementsAre("log_write_failed", "log_entries_dropped", "log_closed_unwritten"));
  EXPECT_THAT(log_.diagnostics.back().message, HasSubstr("6 entries dropped, seq 3 to 8"));
}

TEST_F(BackgroundWriterTest, ALogThatCouldNotBeOpenedTellsHowManyAreLost) {
  begin_with_old_log();
  ASSERT_TRUE(log_.open().ok());
  fs_.fail_named("write_at", EIO);
  accept(3);
  EXPECT_FALSE(log_.writer->step().ok());
  EXPECT_FALSE(log_.writer->close().ok());
  EXPECT_EQ(log_.events().back(), "log_closed_unwritten");
  EXPECT_THAT(log_.diagnostics.back().message, HasSubstr("3 entries are lost"));
}

TEST_F(BackgroundWriterTest, CountsAreOfTheLogThatIsOpenedNotOfTheOneThatCouldNotBe) {
  ASSERT_TRUE(log_.open().ok());
  fs_.fail_named("write_at", EIO);
  EXPECT_FALSE(log_.writer->step().ok());
  fs_.heal();
  begin_with_old_log();
  fs_.remove("/log.jsonl.lock");  // as after a crash, which leaves no counts
  ASSERT_TRUE(log_.writer->step().ok());
  const absl::StatusOr<int64_t> count = log_.writer->entry_count(log_.note_type());
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, 2);
}

// The caller, who knows what it accepted, asks while another thread claims, writes and settles.
TEST_F(BackgroundWriterTest, WhatIsUnsettledIsCountedThroughoutItsWay) {
  log_.config().max_pending_entries = 1000;
  ASSERT_TRUE(log_.open().ok());
  PersistentLogWriter& writer = *log_.writer;
  std::atomic<bool> is_over = false;
  std::thread stepping([&] {
    while (!is_over) {
      if (writer.has_waiting()) {
        EXPECT_TRUE(writer.step().ok());
      } else {
        std::this_thread::yield();
      }
    }
  });
  int64_t uncounted_max = 0;
  constexpr int64_t kEntries = kIsSanitized ? 10'000 : 150'000;
  for (int64_t ticket = 1; ticket <= kEntries; ++ticket) {
    ASSERT_EQ(log_.accept("entry"), ticket);
    int64_t settled = 0;
    for (int polls = 1; settled < ticket; ++polls) {
      if (polls % 100 == 0) std::this_thread::yield();
      const int64_t unsettled = writer.unsettled_count();
      settled = writer.settled_ticket();  // later, so what it leaves was counted
      uncounted_max = std::max(uncounted_max, ticket - settled - unsettled);
    }
  }
  is_over = true;
  stepping.join();
  EXPECT_EQ(uncounted_max, 0);
}

}  // namespace
}  // namespace logslice::testing
