// Once its window is full, a session that writes a log allocates nothing: no entry costs memory
// that another has not given back.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "logslice/session/session.h"
#include "tests/support/failing_allocator.h"

namespace logslice::testing {

struct Sample {
  int64_t number = 0;
  double value = 0;
  bool is_good = false;
};

// Its text is longer than what a std::string holds in itself.
struct Message {
  int64_t number = 0;
  std::string text;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Sample> {
  static constexpr std::string_view id = "test:Sample";
};
template <>
struct logslice::EntryTraits<logslice::testing::Message> {
  static constexpr std::string_view id = "test:Message";
};

namespace logslice::testing {
namespace {

// Chunks of the window end at 64 entries, blocks of them at 4,096, those of the queue at 510: all
// of it comes round several times.
constexpr int kWarmCount = 20'000;
constexpr int kCount = 20'000;

LogPersistenceConfig config_for(const std::filesystem::path& path, int64_t flush_interval) {
  LogPersistenceConfig config;
  config.path = path;
  config.max_memory_entries = 1000;
  config.flush_interval = flush_interval;
  return config;
}

// The parameter is the flush interval.
class SteadyStateTest : public ::testing::TestWithParam<int64_t> {
 protected:
  SteadyStateTest()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ("logslice-steady-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SteadyStateTest() override { std::filesystem::remove_all(folder_); }

  template <typename S>
  void open(Session& session) {
    ASSERT_TRUE(session.register_slice<S>(SlicePolicy::kLog).ok());
    ASSERT_TRUE(
        session.configure_persistence<S>(config_for(folder_ / "log.jsonl", GetParam())).ok());
  }

  const std::filesystem::path folder_;
};

TEST_P(SteadyStateTest, AnEntryWithoutStringsCostsNoAllocation) {
  Session session;
  open<Sample>(session);
  for (int i = 0; i < kWarmCount; ++i) session.dispatch(Sample{i, 0.5 * i, i % 2 == 0});
  {
    const AllocationFailure failure(0, MemoryEnds::kForEver);
    for (int i = 0; i < kCount; ++i) session.dispatch(Sample{i, 0.5 * i, i % 2 == 0});
    EXPECT_FALSE(failure.has_happened());
  }
  EXPECT_TRUE(session.close().ok());
}

TEST_P(SteadyStateTest, AnEntryThatIsMovedInCostsNoAllocationBesideItsOwn) {
  Session session;
  open<Message>(session);
  std::vector<Message> messages;
  messages.reserve(kCount);
  for (int i = 0; i < kCount; ++i) messages.push_back({i, std::string(100, 'a')});
  for (int i = 0; i < kWarmCount; ++i) session.dispatch(Message{i, std::string(100, 'a')});
  {
    const AllocationFailure failure(0, MemoryEnds::kForEver);
    for (Message& message : messages) session.dispatch(std::move(message));
    EXPECT_FALSE(failure.has_happened());
  }
  EXPECT_TRUE(session.close().ok());
}

INSTANTIATE_TEST_SUITE_P(FlushInterval, SteadyStateTest, ::testing::Values(1, 145));

}  // namespace
}  // namespace logslice::testing
