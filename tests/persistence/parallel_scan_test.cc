// ScanOptions::threads: whatever a log is like, a scan with several threads shows what a scan with
// one shows.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/extra_members.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/support/fake_file_system.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {

struct Step {
  std::string name;
  int64_t number = 7;
  std::optional<std::string> text;
  std::vector<int> list;
};

// So large that few fit in what a batch has for its entries.
struct Wide {
  int64_t number = 0;
  std::array<int64_t, 4096> rest = {};
};

int made_before_throwing = -1;  // of Throwing; negative: it never throws

struct Throwing {
  int64_t number = 0;
  std::string absent = [] {
    if (made_before_throwing == 0) throw std::bad_alloc();
    if (made_before_throwing > 0) --made_before_throwing;
    return std::string("default");
  }();
};

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::Step> {
  static constexpr std::string_view id = "test:Step";
};
template <>
struct logslice::EntryTraits<logslice::testing::Wide> {
  static constexpr std::string_view id = "test:Wide";
};
template <>
struct logslice::EntryTraits<logslice::testing::Throwing> {
  static constexpr std::string_view id = "test:Throwing";
};

namespace logslice::testing {
namespace {

constexpr const char* kLog = "/log.jsonl";
const absl::Time kStart = absl::FromUnixSeconds(1'736'937'000);

std::string time_text(int64_t seq) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6S", kStart + absl::Milliseconds(seq),
                          absl::UTCTimeZone()) +
         "+00:00";
}

std::string line(const std::string& type, const std::string& members, int64_t seq) {
  return "{\"__type__\":\"test:" + type + "\"," + members + ",\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"" + time_text(seq) + "\"}\n";
}

std::string step(int64_t seq, const std::string& name) {
  return line("Step", "\"name\":\"" + name + "\",\"number\":5,\"text\":null,\"list\":[1,2]", seq);
}

// Lines of all kinds, numbered from `first` on; those of other programs have no number.
std::string lines_of_all_kinds(std::mt19937& random, int64_t first, int64_t count, int oddity) {
  std::string text;
  for (int64_t seq = first; seq < first + count;) {
    const unsigned kind = random() % 1000;
    const std::string name(random() % 90, static_cast<char>('a' + random() % 26));
    if (kind >= static_cast<unsigned>(20 * oddity)) {
      text += step(seq++, name);
      continue;
    }
    switch (kind % 14) {
      case 0:
        text += line("Other", "\"a\":1", seq++);
        break;
      case 1:
        text += "{\"name\": \"" + name + "\", \"time\": \"" + time_text(seq) + "\"}\n";
        break;
      case 2:
        text += "\n";
        break;
      case 3:
        text += " \t \r\n";
        break;
      case 4:
        text += "{\"__type__\":\"test:Step\",\"name\":\"cut off\n";
        break;
      case 5:
        text += line("Step", "\"number\":5", seq++);  // members are missing
        break;
      case 6:
        text += line("Step", "\"number\":\"five\"", seq++);  // of another shape
        break;
      case 7:
        text += "  { \"__seq__\" : " + std::to_string(seq) +
                ", \"name\" : \"\\u00e4\", \"__type__\" : \"test:Step\" }\n";
        ++seq;
        break;
      case 8:
        text +=
            line("Step", "\"name\":\"" + std::string(5000 + random() % 9000, 'x') + "\"", seq++);
        break;
      case 9:
        text += "[1,2]\nnull\n";
        break;
      case 10:
        text += step(std::max<int64_t>(1, seq - 3), name);  // a number that goes back
        break;
      case 11:
        text +=
            line("Step", "\"name\":\"Дата и 日本\",\"number\":1,\"text\":\"é\",\"list\":[]", seq++);
        break;
      case 12:
        if (random() % 30 == 0) {
          text += line(
              "Step", "\"name\":\"" + std::string(150'000 + random() % 200'000, 'L') + "\"", seq++);
        }
        break;
      default:
        text +=
            "{\"__type__\":\"test:Step\",\"name\":\"\xff\",\"__seq__\":" + std::to_string(seq++) +
            "}\n";
        break;
    }
  }
  return text;
}

using Counts = std::array<int64_t, sizeof(ScanStats) / sizeof(int64_t)>;

Counts counts_of(const ScanStats& stats) { return std::bit_cast<Counts>(stats); }

// What a scan shows of an entry; at its end also of itself, as if it were one. Made into text only
// where two differ.
struct Seen {
  int64_t seq = 0;
  std::optional<absl::Time> ts;
  std::string path;
  int64_t offset = 0;
  std::string entry;
  Counts counts = {};
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::string text_of(const Seen& seen) {
  std::string text = std::to_string(seen.seq) + " " + (seen.ts ? absl::FormatTime(*seen.ts) : "-") +
                     " " + seen.path + ":" + std::to_string(seen.offset) + " " + seen.entry;
  for (const int64_t count : seen.counts) text += " " + std::to_string(count);
  return text;
}

using Trace = std::vector<Seen>;

std::string text_of(const Step& step) {
  return step.name.substr(0, 60) + std::to_string(step.name.size()) + "/" +
         std::to_string(step.number) + "/" + step.text.value_or("-") + "/" +
         std::to_string(step.list.size());
}
std::string text_of(const Wide& wide) { return std::to_string(wide.number); }
std::string text_of(const Throwing& entry) { return std::to_string(entry.number) + entry.absent; }

template <typename T>
Trace trace(ScanOptions options, FileSystem& fs, int threads) {
  options.file_system = &fs;
  options.threads = threads;
  Trace trace;
  absl::StatusOr<LogScan<T>> scan = scan_log<T>(kLog, options);
  if (!scan.ok()) return {{.path = kLog, .entry = scan.status().ToString()}};
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    trace.push_back({.seq = it.seq(),
                     .ts = it.ts(),
                     .path = it.path(),
                     .offset = it.offset(),
                     .entry = text_of(*it),
                     .counts = counts_of(scan->stats())});
    if (it.seq() % 3 == 0) [[maybe_unused]]
      const T taken = std::move(*it);
  }
  trace.push_back(
      {.path = kLog, .entry = scan->status().ToString(), .counts = counts_of(scan->stats())});
  return trace;
}

// With two threads and with more, all is as with one.
template <typename T>
size_t expect_same(const ScanOptions& options, FileSystem& fs) {
  const Trace expected = trace<T>(options, fs, 1);
  for (const int threads : {2, 5}) {
    const Trace seen = trace<T>(options, fs, threads);
    EXPECT_EQ(seen.size(), expected.size()) << threads << " threads";
    for (size_t i = 0; i < std::min(seen.size(), expected.size()); ++i) {
      if (seen[i] == expected[i]) continue;
      ADD_FAILURE() << threads << " threads, entry " << i << " of " << expected.size() << "\n"
                    << text_of(seen[i]) << "\nnot\n"
                    << text_of(expected[i]);
      break;
    }
  }
  return expected.size();
}

std::string sealed_path(int64_t first, int64_t last) {
  const auto digits = [](int64_t seq) {
    const std::string text = std::to_string(seq);
    return std::string(20 - text.size(), '0') + text;
  };
  return "/log." + digits(first) + "-" + digits(last) + ".jsonl";
}

std::vector<std::pair<std::string, ScanOptions>> all_options() {
  const absl::Time since = kStart + absl::Milliseconds(1200);
  const absl::Time until = kStart + absl::Milliseconds(6500);
  return {
      {"none", {}},
      {"strict", {.strict = true}},
      {"seqs", {.start_seq = 700, .end_seq = 5300}},
      {"seqs of an ordered log", {.start_seq = 700, .end_seq = 5300, .order = LineOrder::kOrdered}},
      {"times", {.since = since, .until = until, .order = LineOrder::kUnknown}},
      {"times of an ordered log", {.since = since, .until = until, .order = LineOrder::kOrdered}},
      {"strict, times of an ordered log",
       {.strict = true, .until = until, .order = LineOrder::kOrdered}},
      {"untyped", {.untyped_as_entry = true, .time_member = "time"}},
      {"untyped, by time", {.since = since, .untyped_as_entry = true, .time_member = "time"}},
      {"counted",
       {.end_seq = 3000, .untyped_as_entry = true, .unnumbered = UnnumberedLines::kCountOn}},
      {"short lines", {.line_bytes_max = 4000}},
      {"strict, short lines", {.strict = true, .line_bytes_max = 4000}},
      {"very short lines", {.line_bytes_max = 150}},
  };
}

class ParallelScanTest : public ::testing::Test {
 protected:
  void expect_same_with_all_options() {
    for (const auto& [name, options] : all_options()) {
      SCOPED_TRACE(name);
      expect_same<Step>(options, fs_);
    }
  }

  FakeFileSystem fs_;
};

TEST_F(ParallelScanTest, OneFileOfAllKindsOfLinesIsReadAsByOneThread) {
  for (unsigned seed = kIsSanitized ? 2 : 1; seed <= (kIsSanitized ? 3 : 4); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const int oddity = seed == 1 ? 0 : seed == 2 ? 1 : 20;
    fs_.set_content(kLog, lines_of_all_kinds(random, 1, 8000, oddity) + "{\"__type__\":\"test:St");
    expect_same_with_all_options();
  }
}

TEST_F(ParallelScanTest, SegmentsThatOverlapAndConflictAreReadAsByOneThread) {
  std::mt19937 random(7);
  fs_.set_content(sealed_path(1, 2000), lines_of_all_kinds(random, 1, 2000, 2));
  std::string overlapping = lines_of_all_kinds(random, 1500, 1000, 0);
  fs_.set_content(sealed_path(1500, 2499), overlapping);
  fs_.set_content(sealed_path(2500, 4999), lines_of_all_kinds(random, 2500, 2500, 0));
  fs_.set_content(kLog, lines_of_all_kinds(random, 5000, 3000, 2) + "torn");
  expect_same_with_all_options();
}

TEST_F(ParallelScanTest, ArchivesAndTheirDamageAreReadAsByOneThread) {
  std::mt19937 random(9);
  std::string archive = small_member_archive_of(lines_of_all_kinds(random, 1, 4000, 2), 20'000);
  fs_.set_content(sealed_path(1, 4000) + ".gz", archive);
  fs_.set_content(kLog, lines_of_all_kinds(random, 4001, 3000, 2));
  expect_same_with_all_options();
  for (size_t at = archive.size() / 5; at < archive.size(); at += archive.size() / 5) {
    archive[at] = static_cast<char>(archive[at] ^ 0x55);
  }
  fs_.set_content(sealed_path(1, 4000) + ".gz", archive);
  expect_same_with_all_options();
}

TEST_F(ParallelScanTest, AFileThatCannotBeReadOnEndsTheScanWhereItDoesWithOneThread) {
  std::mt19937 random(11);
  fs_.set_content(kLog, lines_of_all_kinds(random, 1, 8000, 1));
  for (const int64_t call : {0, 3, 5, 8}) {
    const auto trace_with = [&](int threads) {
      fs_.heal();
      fs_.fail_call(call, EIO, Times::kForEver);
      return trace<Step>({}, fs_, threads);
    };
    EXPECT_TRUE(trace_with(3) == trace_with(1)) << call;
  }
}

// The second of two lines in a row that are past `until` ends the range, also where a block ends
// between the two.
TEST_F(ParallelScanTest, ARangeEndsBetweenAnyTwoBlocks) {
  std::string log;
  for (int64_t seq = 1; log.size() < 500'000; ++seq) log += step(seq, std::string(60, 'n'));
  fs_.set_content(kLog, log);
  const int64_t first_block_lines = std::count(log.begin(), log.begin() + (128 << 10), '\n');
  for (int64_t lines = -3; lines <= 3; ++lines) {
    const absl::Time until = kStart + absl::Milliseconds(first_block_lines + lines);
    EXPECT_EQ(expect_same<Step>({.until = until, .order = LineOrder::kOrdered}, fs_),
              static_cast<size_t>(first_block_lines + lines));
  }
}

TEST_F(ParallelScanTest, EntriesThatAreLargeAgainstTheirLinesTakeABoundedNumberOfSlots) {
  std::string log;
  for (int64_t seq = 1; seq <= 6000; ++seq) {
    log += line("Wide", "\"number\":" + std::to_string(seq), seq);
    if (seq % 100 == 0) log += "\nnone\n";
  }
  fs_.set_content(kLog, log);
  EXPECT_EQ(expect_same<Wide>({}, fs_), 6001u);
  expect_same<Wide>({.until = kStart + absl::Seconds(4), .order = LineOrder::kOrdered}, fs_);
}

// So with one of these counts a batch's slots do just for its entries, and its rest has none.
TEST_F(ParallelScanTest, ThePathOfTheLastEntryIsThereWhenItsBatchIsNot) {
  const int64_t sealed_count = 2000;
  for (int64_t entry_count = 28; entry_count <= 33; ++entry_count) {
    std::string log;
    for (int64_t seq = 1; seq <= sealed_count; ++seq) {
      log += line(seq <= entry_count ? "Wide" : "Other", "\"number\":1", seq);
    }
    fs_.set_content(sealed_path(1, sealed_count), log);
    log.clear();
    for (int64_t seq = sealed_count + 1; seq < 10'000; ++seq) log += line("Other", "\"a\":1", seq);
    fs_.set_content(kLog, log);
    absl::StatusOr<LogScan<Wide>> scan = scan_log<Wide>(kLog, {.threads = 2, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    auto it = scan->begin();
    while (it != scan->end()) ++it;
    EXPECT_EQ(scan->stats().entry_count, entry_count);
    EXPECT_EQ(it.path(), sealed_path(1, sealed_count)) << entry_count;
  }
}

TEST_F(ParallelScanTest, WhatADefaultThrowsComesWhereItComesWithOneThread) {
  std::string log;
  for (int64_t seq = 1; seq <= 6000; ++seq) {
    log += line("Throwing", "\"number\":5,\"absent\":\"" + std::string(80, 'a') + "\"", seq);
  }
  log += line("Throwing", "\"number\":1", 6001) + line("Throwing", "\"number\":2", 6002);
  fs_.set_content(kLog, log);
  ASSERT_EQ(expect_same<Throwing>({}, fs_), 6003u);
  for (const int threads : {1, 3}) {
    absl::StatusOr<LogScan<Throwing>> scan =
        scan_log<Throwing>(kLog, {.threads = threads, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    int64_t count = 0;
    auto it = scan->begin();
    // From here on no entry can be made, by no thread.
    made_before_throwing = 0;
    for (; it != scan->end(); ++it) ++count;
    made_before_throwing = -1;
    EXPECT_TRUE(absl::IsResourceExhausted(scan->status())) << threads << scan->status();
    EXPECT_GE(count, 1);
    EXPECT_LE(count, 6000);
  }
}

int64_t thread_count() {
  const auto tasks = std::filesystem::directory_iterator("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

// Waits until this process has `count` threads: one that was joined may be listed a little longer,
// as the kernel wakes whoever joins it before it takes it off its list.
bool comes_to_thread_count(int64_t count) {
  for (int i = 0; i < 10'000; ++i) {
    if (thread_count() == count) return true;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return false;
}

TEST_F(ParallelScanTest, AScanThatIsDroppedLeavesNoThreadBehind) {
  // With the first thread may come one of a sanitiser's own, to stay; the first itself must be
  // gone.
  std::string listed_as;
  std::thread([&] { listed_as = "/proc/self/task/" + std::to_string(gettid()); }).join();
  while (std::filesystem::exists(listed_as)) absl::SleepFor(absl::Milliseconds(1));
  const int64_t before = thread_count();
  std::mt19937 random(5);
  fs_.set_content(kLog, lines_of_all_kinds(random, 1, 12'000, 1));
  for (const int64_t entries : {0, 1, 3000, 9000}) {
    absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    int64_t count = 0;
    for (auto it = scan->begin(); count < entries && it != scan->end(); ++it) ++count;
    EXPECT_EQ(count, entries);
    // What was read of it goes on elsewhere.
    const LogScan<Step> moved = *std::move(scan);
    if (entries == 3000) {
      EXPECT_TRUE(comes_to_thread_count(before + 3));
    }
  }
  EXPECT_TRUE(comes_to_thread_count(before));
}

// The scan ends in the middle of another thread's read, and waits for it.
TEST_F(ParallelScanTest, AScanThatIsDroppedWaitsForItsThreads) {
  std::mt19937 random(5);
  fs_.set_content(kLog, lines_of_all_kinds(random, 1, 12'000, 1));
  std::atomic<bool> is_reading = false;
  std::atomic<bool> has_read = false;
  const std::thread::id caller = std::this_thread::get_id();
  for (int64_t call = 0; call < 100; ++call) {
    fs_.on_call(call, [&] {
      if (std::this_thread::get_id() == caller || is_reading.exchange(true)) return;
      absl::SleepFor(absl::Milliseconds(50));  // a scan that does not wait is over before
      has_read = true;
    });
  }
  {
    absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
    ASSERT_TRUE(scan.ok());
    for (auto it = scan->begin(); !is_reading && it != scan->end();) ++it;
    ASSERT_TRUE(is_reading);
  }
  EXPECT_TRUE(has_read);
}

TEST_F(ParallelScanTest, SignalsAreForTheThreadsOfWhoeverHandlesThem) {
  std::mt19937 random(5);
  fs_.set_content(kLog, lines_of_all_kinds(random, 1, 12'000, 1));
  absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 4, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  auto it = scan->begin();
  for (int i = 0; i < 3000; ++i) ++it;
  size_t others_count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(getpid())) continue;
    ++others_count;
    std::ifstream status(task.path() / "status");
    std::string word;
    while (status >> word && word != "SigBlk:") {
    }
    status >> word;
    const uint64_t blocked = std::stoull(word, nullptr, 16);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGALRM}) {
      EXPECT_TRUE(blocked >> (signal - 1) & 1) << signal;
    }
  }
  EXPECT_GE(others_count, 3u);
}

TEST_F(ParallelScanTest, AForkedChildIsToldThatTheScanDoesNotGoOn) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitiser's allocator may stay locked in a forked child";
  std::mt19937 random(5);
  fs_.set_content(kLog, lines_of_all_kinds(random, 1, 12'000, 1));
  absl::StatusOr<LogScan<Step>> scan = scan_log<Step>(kLog, {.threads = 3, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  auto it = scan->begin();
  for (int i = 0; i < 3000; ++i) ++it;
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // ends a child that hangs
    ++it;
    const bool is_told = it == scan->end() && absl::IsFailedPrecondition(scan->status());
    { const LogScan<Step> dropped = *std::move(scan); }
    _exit(is_told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  int64_t count = 3000;
  for (; it != scan->end(); ++it) ++count;
  EXPECT_EQ(count, scan->stats().entry_count);
  EXPECT_TRUE(scan->status().ok());
}

TEST_F(ParallelScanTest, ANumberOfThreadsOutOfRangeIsNamed) {
  fs_.set_content(kLog, step(1, "a"));
  for (const int threads : {-1, 0, kScanThreadsMax + 1}) {
    const auto scan = scan_log<Step>(kLog, {.threads = threads, .file_system = &fs_});
    EXPECT_TRUE(absl::IsInvalidArgument(scan.status()));
    EXPECT_TRUE(scan.status().message().find("threads is") != std::string_view::npos);
  }
  EXPECT_TRUE(scan_log<Step>(kLog, {.threads = kScanThreadsMax, .file_system = &fs_}).ok());
}

}  // namespace
}  // namespace logslice::testing
