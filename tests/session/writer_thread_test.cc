// The thread around stepped writers, by itself.

#include "writer_thread.h"

#include <atomic>
#include <memory>
#include <thread>

#include "logslice/reflection/internal/describe.h"
#include "tests/session/session_fixture.h"

namespace logslice::internal {
namespace {

using testing::Call;

class WriterThreadTest : public testing::SessionFixture {
 protected:
  std::shared_ptr<PersistentLogWriter> log() {
    LogPersistenceConfig background = config();
    background.write_mode = WriteMode::kBackground;
    return *PersistentLogWriter::open_in_background(
        background, {.clock = &clock_, .file_system = &disk_, .diagnostics = {}});
  }
};

TEST_F(WriterThreadTest, WhatCouldNotBeDoneAfterAStepIsAskedForAgainThoughNothingComes) {
  std::atomic<int> call_count = 0;
  auto thread = WriterThread::start([&](PersistentLogWriter&) { return ++call_count > 2; });
  ASSERT_OK(thread.status());
  const std::shared_ptr<PersistentLogWriter> writer = log();
  const Call call{.name = "a"};
  ASSERT_OK(writer->accept(writer->register_type(type_table<Call>()), &call).status());
  (*thread)->add(writer);
  while (!(*thread)->is_parked()) std::this_thread::yield();
  EXPECT_EQ(writer->marks().written_seq, 1);
  EXPECT_EQ(call_count, 3) << "refused twice, done, and left alone";
  (*thread)->begin_stop();
  EXPECT_EQ((*thread)->finish_stop(absl::InfiniteDuration()), absl::OkStatus());
}

}  // namespace
}  // namespace logslice::internal
