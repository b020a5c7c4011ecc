// Memory that ends anywhere in a reader: ResourceExhausted, and what was read until then is right.
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "logslice/persistence/aggregate.h"
#include "logslice/persistence/log_info.h"
#include "logslice/persistence/log_lines.h"
#include "tests/allocation/every_allocation.h"
#include "tests/persistence/writer_fixture.h"
#include "tests/support/hooked_file_system.h"
#include "tests/support/steady_file_system.h"

namespace logslice::testing {

// Its default allocates.
struct Titled {
  std::string title = "a title of more than a few letters";
  std::string body;
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Titled> {
  static constexpr std::string_view id = "test:Note";
};

namespace logslice::testing {
namespace {

// A sealed segment and the file that follows it overlap in one line; the last is torn.
constexpr std::string_view kFirst =
    R"({"__type__":"test:Note","text":"the first of a few entries","number":1,"__seq__":1,"__ts__":"2025-01-15T10:30:00.000000+00:00"})";
constexpr std::string_view kSecond =
    R"({"__seq__":2, "__type__":"test:Note", "text":"the second, \u006fut of order", "number":2})";
constexpr std::string_view kDamaged = R"({"__type__":"test:Note","text":7,"__seq__":3})";

class ReaderCase {
 public:
  ReaderCase() {
    const auto lines = [](std::initializer_list<std::string_view> all) {
      std::string text;
      for (const std::string_view line : all) text.append(line).append("\n");
      return text;
    };
    fs_.set_content("/log.00000000000000000001-00000000000000000002.jsonl",
                    lines({kFirst, kSecond}));
    fs_.set_content("/log.jsonl", lines({kSecond, kDamaged}) + "{\"torn");
    options_.file_system = &steady_;
  }

 protected:
  FakeFileSystem fs_;
  SteadyFileSystem steady_{fs_};
  ScanOptions options_;
  const std::filesystem::path path_ = "/log.jsonl";  // the caller's, who made it while he could
};

// Memory ends on the caller's thread, which reads and decodes as the others do.
struct ThreadsCase : ReaderCase {
  static constexpr int64_t kCount = 2500;  // some blocks
  ThreadsCase() {
    std::string log;
    for (int64_t i = 1; i <= kCount; ++i) {
      log += R"({"__type__":"test:Note","text":")" + std::string(100, 'a') + R"(","number":)" +
             std::to_string(i) + R"(,"__seq__":)" + std::to_string(i) +
             R"(,"__ts__":"2025-01-15T10:30:00.000000+00:00"})" + "\n";
    }
    fs_.remove("/log.00000000000000000001-00000000000000000002.jsonl");
    fs_.set_content("/log.jsonl", log);
    options_.threads = 3;
  }
  void run() {
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(path_, options_);
    status_ = scan.status();
    if (!scan.ok()) return;
    auto it = scan->begin();
    for (; it != scan->end(); ++it) {
      if (it->number == last_ + 1) last_ = it->number;
      ++count_;
    }
    seq_at_end_ = it.seq();
    status_ = scan->status();
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    EXPECT_EQ(count_, last_);
    EXPECT_EQ(seq_at_end_, last_);
    if (status_.ok()) {
      EXPECT_EQ(last_, kCount);
    }
  }
  absl::Status status_;
  int64_t last_ = 0;
  int64_t count_ = 0;
  int64_t seq_at_end_ = 0;
};

// Memory ends on the others, from their first read on.
struct OtherThreadsCase : ThreadsCase {
  OtherThreadsCase(int64_t index, MemoryEnds ends) {
    hooked_.emplace(steady_,
                    [this, index, ends, caller = std::this_thread::get_id()](std::string_view) {
                      if (std::this_thread::get_id() == caller) return;
                      thread_local std::optional<AllocationFailure> failure;
                      if (!failure.has_value()) failure.emplace(index, ends);
                      if (failure->has_happened()) has_happened_ = true;
                    });
    options_.file_system = &*hooked_;
  }
  std::optional<HookedFileSystem> hooked_;
  std::atomic<bool> has_happened_ = false;  // seen by a later read of the same thread
};

struct ScanCase : ReaderCase {
  void run() {
    absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(path_, options_);
    status_ = scan.status();
    if (!scan.ok()) return;
    for (const Note& note : *scan) {
      const AllocationTruce truce;
      numbers_.push_back(note.number);
    }
    status_ = scan->status();
    damaged_count_ = scan->stats().damaged_count;
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    const std::vector<int64_t> all = {1, 2};
    ASSERT_LE(numbers_.size(), all.size());
    EXPECT_TRUE(std::equal(numbers_.begin(), numbers_.end(), all.begin()));
    if (status_.ok()) {
      EXPECT_EQ(numbers_, all);
      EXPECT_EQ(damaged_count_, 1);
    }
  }
  std::vector<int64_t> numbers_;
  int64_t damaged_count_ = 0;
  absl::Status status_;
};

struct StrictCase : ScanCase {
  StrictCase() { options_.strict = true; }
  void check() {
    EXPECT_TRUE(absl::IsResourceExhausted(status_) || absl::IsDataLoss(status_)) << status_;
  }
};

struct DefaultsCase : ReaderCase {
  void run() {
    absl::StatusOr<LogScan<Titled>> scan = scan_log<Titled>(path_, options_);
    status_ = scan.status();
    if (!scan.ok()) return;
    for (const Titled& entry : *scan) {
      const AllocationTruce truce;
      titles_.push_back(entry.title);
    }
    status_ = scan->status();
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    for (const std::string& title : titles_) EXPECT_EQ(title, Titled{}.title);
    if (status_.ok()) {
      EXPECT_EQ(titles_.size(), 3u);
    }
  }
  std::vector<std::string> titles_;
  absl::Status status_;
};

struct LastCase : ReaderCase {
  void run() {
    absl::StatusOr<std::vector<Note>> last = last_entries<Note>(path_, 1, options_);
    status_ = last.status();
    if (last.ok()) last_ = *std::move(last);
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    if (!status_.ok()) return;
    ASSERT_EQ(last_.size(), 1u);
    EXPECT_EQ(last_[0].number, 2);
  }
  std::vector<Note> last_;
  absl::Status status_;
};

struct CountCase : ReaderCase {
  void run() {
    count_ = count_log_entries(path_, steady_);
    typed_ = count_log_entries<Note>(path_, steady_);
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(count_.status())) << count_.status();
    ASSERT_TRUE(is_ok_or_no_memory(typed_.status())) << typed_.status();
    EXPECT_EQ(count_.value_or(3), 3);
    EXPECT_EQ(typed_.value_or(3), 3);
  }
  absl::StatusOr<int64_t> count_;
  absl::StatusOr<int64_t> typed_;
};

struct InfoCase : ReaderCase {
  void run() { info_ = read_log_info(path_, options_); }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(info_.status())) << info_.status();
    if (!info_.ok()) return;
    EXPECT_EQ(info_->line_count, 3);
    EXPECT_EQ(info_->overlap_count, 1);
    EXPECT_EQ(info_->torn_bytes, 6);
  }
  absl::StatusOr<LogInfo> info_;
};

struct LinesCase : ReaderCase {
  void run() {
    absl::StatusOr<LogLines> lines = scan_lines(path_, {.scan = options_});
    status_ = lines.status();
    if (!lines.ok()) return;
    while (lines->next()) {
      const AllocationTruce truce;
      texts_.emplace_back(lines->line().text);
    }
    status_ = lines->status();
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    const std::vector<std::string> all = {std::string(kFirst), std::string(kSecond),
                                          std::string(kDamaged)};
    ASSERT_LE(texts_.size(), all.size());
    EXPECT_TRUE(std::equal(texts_.begin(), texts_.end(), all.begin()));
    if (status_.ok()) {
      EXPECT_EQ(texts_, all);
    }
  }
  std::vector<std::string> texts_;
  absl::Status status_;
};

struct AggregateCase : ReaderCase {
  AggregateCase() {
    aggregate_.scan = options_;
    aggregate_.type = "test:Note";
    aggregate_.by = {GroupBy::member("/text"), GroupBy::time(absl::Hours(1)), GroupBy::type()};
    aggregate_.members = {{"/number", {.exact_values_max = 1}}, {"/text"}};
  }
  void run() {
    absl::StatusOr<LogAggregate> aggregate = aggregate_log(path_, aggregate_);
    const AllocationTruce truce;
    status_ = aggregate.status();
    if (aggregate.ok()) found_ = *std::move(aggregate);
  }
  void check() {
    ASSERT_TRUE(is_ok_or_no_memory(status_)) << status_;
    if (!status_.ok()) return;
    EXPECT_EQ(found_.rows.size(), 3);
    EXPECT_EQ(found_.all.entry_count, 3);
    EXPECT_EQ(found_.all.members.at(0).numbers.sum(), 3);
    EXPECT_EQ(found_.all.members.at(1).not_number_count, 2);
  }

  AggregateOptions aggregate_;
  LogAggregate found_;
  absl::Status status_;
};

TEST(AllocationReaderTest, ScansWithThreadsRightOrSaysThatMemoryEnded) {
  fail_every_allocation<ThreadsCase>(20);
}

TEST(AllocationReaderTest, ScansRightOrSaysThatMemoryEndedOnAnotherThread) {
  int64_t happened_count = 0;
  for (const MemoryEnds ends : {MemoryEnds::kOnce, MemoryEnds::kForEver}) {
    for (int64_t index = 0; index < 60; ++index) {
      SCOPED_TRACE(index);
      OtherThreadsCase tried(index, ends);
      tried.run();
      tried.check();
      if (tried.has_happened_ || !tried.status_.ok()) ++happened_count;
    }
  }
  EXPECT_GT(happened_count, 0);
}

TEST(AllocationReaderTest, ScansRightOrSaysThatMemoryEnded) {
  fail_every_allocation<ScanCase>(5);
  fail_every_allocation<StrictCase>(5);
}

TEST(AllocationReaderTest, FillsDefaultsThatAllocateOrSaysThatMemoryEnded) {
  fail_every_allocation<DefaultsCase>(5);
}

TEST(AllocationReaderTest, ReadsBackwardRightOrSaysThatMemoryEnded) {
  fail_every_allocation<LastCase>(5);
}

TEST(AllocationReaderTest, CountsRightOrSaysThatMemoryEnded) {
  fail_every_allocation<CountCase>(5);
}

TEST(AllocationReaderTest, TellsRightOrSaysThatMemoryEnded) { fail_every_allocation<InfoCase>(5); }

TEST(AllocationReaderTest, HandsOutLinesOrSaysThatMemoryEnded) {
  fail_every_allocation<LinesCase>(5);
}

TEST(AllocationReaderTest, SumsUpRightOrSaysThatMemoryEnded) {
  fail_every_allocation<AggregateCase>(40);
}

}  // namespace
}  // namespace logslice::testing
