// The thread around stepped writers, by itself.

#include "writer_thread.h"

#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>

#include "logslice/reflection/internal/describe.h"
#include "tests/session/session_fixture.h"

namespace logslice::internal {
namespace {

using testing::Call;

class WriterThreadTest : public testing::SessionFixture {
 protected:
  std::shared_ptr<PersistentLogWriter> log(LogPersistenceConfig config) {
    config.write_mode = WriteMode::kBackground;
    return *PersistentLogWriter::open_in_background(
        config, {.clock = &clock_, .file_system = &disk_, .diagnostics = {}});
  }
  // Parked may also mean: not yet woken for what was just added. So first for what it is to do.
  template <typename Predicate>
  static void wait_until_parked_after(const WriterThread& thread, Predicate has_happened) {
    while (!has_happened()) std::this_thread::yield();
    while (!thread.is_parked()) std::this_thread::yield();
  }
};

TEST_F(WriterThreadTest, WhatCouldNotBeDoneAfterAStepIsAskedForAgainThoughNothingComes) {
  constexpr int kRefusals = 20;  // for longer than the thread waits before it parks
  std::atomic<int> call_count = 0;
  auto thread = WriterThread::start([&](PersistentLogWriter&) { return ++call_count > kRefusals; });
  ASSERT_OK(thread.status());
  const std::shared_ptr<PersistentLogWriter> writer = log(config());
  const Call call{.name = "a"};
  ASSERT_OK(writer->accept(writer->register_type(type_table<Call>()), &call).status());
  (*thread)->add(writer);
  wait_until_parked_after(**thread, [&] { return writer->marks().written_seq == 1; });
  EXPECT_EQ(call_count, kRefusals + 1) << "refused, then done, and left alone";
  (*thread)->begin_stop();
  EXPECT_EQ((*thread)->finish_stop(absl::InfiniteDuration()), absl::OkStatus());
}

// Else a window would stay full of entries that were written, and synced only later.
TEST_F(WriterThreadTest, AStepThatSettlesWhatWasWrittenBeforeIsFollowedByACall) {
  std::atomic<int64_t> seen_ticket = 0;
  auto thread = WriterThread::start([&](PersistentLogWriter& writer) {
    seen_ticket = writer.settled_ticket();
    return true;
  });
  ASSERT_OK(thread.status());
  LogPersistenceConfig synced = config();
  synced.sync_on_flush = true;
  const std::shared_ptr<PersistentLogWriter> writer = log(synced);
  const Call call{.name = "a"};
  const int type = writer->register_type(type_table<Call>());
  ASSERT_OK(writer->accept(type, &call).status());
  (*thread)->add(writer);
  wait_until_parked_after(**thread, [&] { return writer->settled_ticket() == 1; });
  EXPECT_EQ(seen_ticket, 1);
  disk_.fail_once_named("sync_data", EIO);
  disk_.fail_named("create", ENOSPC);  // of a new file, for what cannot be synced in this one
  ASSERT_OK(writer->accept(type, &call).status());
  (*thread)->wake();
  wait_until_parked_after(**thread, [&] { return writer->marks().written_seq == 2; });
  EXPECT_EQ(seen_ticket, 1);
  disk_.heal();
  wait_until_parked_after(**thread, [&] { return writer->settled_ticket() == 2; });
  EXPECT_EQ(seen_ticket, 2);
  (*thread)->begin_stop();
  EXPECT_EQ((*thread)->finish_stop(absl::InfiniteDuration()), absl::OkStatus());
}

}  // namespace
}  // namespace logslice::internal
