// ScanOptions::threads: whatever a log is like, a scan with several threads shows what a scan with
// one shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/entry_traits.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/scan_lines.h"
#include "tests/support/fake_file_system.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {

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
struct logslice::EntryTraits<logslice::testing::Wide> {
  static constexpr std::string_view id = "test:Wide";
};
template <>
struct logslice::EntryTraits<logslice::testing::Throwing> {
  static constexpr std::string_view id = "test:Throwing";
};

namespace logslice::testing {
namespace {

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
  const std::string log = lines_of_all_kinds(random, 1, 8000, 1);
  ASSERT_GT(log.size(), 6u * kBlockBytes);
  fs_.set_content(kLog, log);
  const int64_t last = static_cast<int64_t>(log.size()) - 1;
  for (const int64_t offset : {int64_t{0}, int64_t{1}, kBlockBytes - 5000, kBlockBytes - 3000,
                               kBlockBytes, 5 * kBlockBytes / 2, 4 * kBlockBytes, last}) {
    SCOPED_TRACE(offset);
    for (const int64_t size : {int64_t{1}, last}) {
      fs_.set_unreadable(kLog, offset, offset + size);
      expect_same<Step>({}, fs_);
      expect_same<Step>({.line_bytes_max = 4000}, fs_);
    }
  }
}

TEST_F(ParallelScanTest, LinesOfAnyLengthAreReadAsByOneThread) {
  for (const size_t name_bytes : {3000, 5000, 20'000, 40'000, 70'000, 140'000}) {
    SCOPED_TRACE(name_bytes);
    std::string log;
    for (int64_t seq = 1; log.size() < 1'500'000; ++seq) {
      log += step(seq, std::string(name_bytes + static_cast<size_t>(seq % 7), 'n'));
      // Not as many as are looked at, as many, and more.
      if (seq % 9 == 0) log += many_unnumbered(static_cast<size_t>(seq) % 40);
    }
    fs_.set_content(kLog, log);
    EXPECT_GT(expect_same<Step>({.untyped_as_entry = true}, fs_), 10u);
  }
}

// Whether segments are merged hangs on the last line of a block: blocks must end where they do for
// one thread, also behind a line that is longer than they are.
TEST_F(ParallelScanTest, BlocksBehindALongLineEndWhereTheyDoForOneThread) {
  for (size_t name_bytes = 40; name_bytes < 70; ++name_bytes) {
    SCOPED_TRACE(name_bytes);
    std::string first = step(1, std::string(200'000, 'L'));
    for (int64_t seq = 2; seq < 4000; ++seq) {
      // Numbers that have gone back by the end of a block hide that the next segment has begun.
      first += step(seq % 5 == 0 && seq > 1200 ? 1000 : seq, std::string(name_bytes, 'n'));
    }
    fs_.set_content(sealed_path(1, 3999), first);
    std::string second;
    for (int64_t seq = 1190; seq < 4500; ++seq) second += step(seq, "another");
    fs_.set_content(sealed_path(1190, 4499), second);
    fs_.set_content(kLog, step(4500, "last"));
    expect_same<Step>({}, fs_);
  }
}

TEST_F(ParallelScanTest, ALogWithoutNumbersIsReadAsByOneThread) {
  fs_.set_content(kLog, many_unnumbered(30'000));
  EXPECT_EQ(expect_same<Step>({.untyped_as_entry = true}, fs_), 30'001u);
}

// By a program that copies it: what is found under another name has been handed out.
TEST_F(ParallelScanTest, AFileThatIsSealedWhileItIsReadIsReadOnce) {
  // The last blocks, of lines without numbers, do not tell what was handed out.
  const int64_t first = 10'001;
  const auto numbered = [](int64_t seq) { return step(seq, std::string(60, 'n')); };
  const int64_t block_lines = kBlockBytes / static_cast<int64_t>(numbered(first).size());
  const int64_t last = first + 5 * block_lines - 1;
  std::string log;
  for (int64_t seq = first; seq <= last; ++seq) log += numbered(seq);
  log += many_unnumbered(4000);
  for (const int threads : {1, 2, 3}) {
    FakeFileSystem fs;
    fs.set_content(kLog, log);
    fs.on_call(12, [&] {
      fs.set_content(sealed_path(first, last), log);
      fs.remove(kLog);
      fs.set_content(kLog, numbered(last + 1));
    });
    absl::StatusOr<LogScan<Step>> scan =
        scan_log<Step>(kLog, {.threads = threads, .file_system = &fs});
    ASSERT_TRUE(scan.ok());
    int64_t next = first;
    for (auto it = scan->begin(); it != scan->end(); ++it) ASSERT_EQ(it.seq(), next++) << threads;
    EXPECT_EQ(next, last + 2) << threads;
  }
}

// As logrotate's copytruncate does. What was passed and is not there any more is not read.
TEST_F(ParallelScanTest, AFileThatIsCutWhileItIsReadEndsThere) {
  std::string log;
  for (int64_t seq = 1; log.size() < 3'000'000; ++seq) log += step(seq, std::string(60, 'n'));
  for (const int64_t size : {int64_t{0}, 3 * kBlockBytes + 7, 3 * kBlockBytes / 2}) {
    for (int64_t call = 5; call < 25; ++call) {
      fs_.set_content(kLog, log);
      const std::string rest = log.substr(0, static_cast<size_t>(size));
      fs_.on_call(call, [&] { fs_.set_content(kLog, rest); });
      absl::StatusOr<LogScan<Step>> scan =
          scan_log<Step>(kLog, {.strict = true, .threads = 3, .file_system = &fs_});
      ASSERT_TRUE(scan.ok());
      int64_t count = 0;
      for (auto it = scan->begin(); it != scan->end(); ++it) EXPECT_GT(it.seq(), count++);
      EXPECT_TRUE(scan->status().ok()) << scan->status();
      const auto rest_count = std::count(rest.begin(), rest.end(), '\n');
      EXPECT_GE(count, rest_count);
      if (count == rest_count) {
        EXPECT_EQ(scan->stats().bytes + scan->stats().torn_bytes, size);
      }
      EXPECT_LT(scan->stats().bytes, static_cast<int64_t>(log.size()));
      EXPECT_EQ(scan->stats().line_count, count);
    }
  }
}

// The second of two lines in a row that are past `until` ends the range, also where a block ends
// between the two.
TEST_F(ParallelScanTest, ARangeEndsBetweenAnyTwoBlocks) {
  std::string log;
  for (int64_t seq = 1; log.size() < 500'000; ++seq) log += step(seq, std::string(60, 'n'));
  fs_.set_content(kLog, log);
  const int64_t first_block_lines = std::count(log.begin(), log.begin() + kBlockBytes, '\n');
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

}  // namespace
}  // namespace logslice::testing
