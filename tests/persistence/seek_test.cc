// Finding the place of a seq or a time by bisection: the same entries as by reading everything.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "logslice/persistence/log_lines.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::segment_path;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'736'937'000);  // 2025-01-15T10:30:00

std::string note(int64_t seq, absl::Time ts, std::string_view text) {
  return "{\"__type__\":\"test:Note\",\"text\":\"" + std::string(text) +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) + ",\"__ts__\":\"" +
         absl::FormatTime("%Y-%m-%dT%H:%M:%E6S+00:00", ts, absl::UTCTimeZone()) + "\"}\n";
}

// One entry a second: number 1 is written at kStart + 1 s.
absl::Time time_of(int64_t seq) { return kStart + absl::Seconds(seq); }

std::string notes(int64_t first_seq, int64_t last_seq, std::string_view text = "some text") {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += note(seq, time_of(seq), text);
  return all;
}

class SeekTest : public ::testing::Test {
 protected:
  SeekTest() { fs_.set_content("/log.jsonl.lock", "{\"version\":1,\"pid\":1"); }

  void put(const internal::SegmentName& name, const std::string& content) {
    fs_.set_content(segment_path("/log.jsonl", name), content);
  }
  void put_active(const std::string& content) { fs_.set_content("/log.jsonl", content); }

  void forget_reads() {
    fs_.forget_calls();
    bytes_before_ = fs_.read_byte_count();
  }

  std::vector<int64_t> seqs(ScanOptions options) {
    forget_reads();
    std::vector<int64_t> all;
    for (const ScannedNote& note : scan_notes(fs_, "/log.jsonl", options)) all.push_back(note.seq);
    return all;
  }
  // The same by scan_lines.
  std::vector<int64_t> line_seqs(ScanOptions options) {
    options.file_system = &fs_;
    std::vector<int64_t> all;
    absl::StatusOr<LogLines> lines = scan_lines("/log.jsonl", {.scan = options});
    EXPECT_TRUE(lines.ok()) << lines.status();
    while (lines->next()) {
      if (lines->line().damage.empty()) all.push_back(lines->line().seq);
    }
    EXPECT_TRUE(lines->status().ok()) << lines->status();
    return all;
  }

  // But for the entry `odd_seq`, which stands where it should not.
  void expect_as_by_a_full_pass(ScanOptions options, int64_t odd_seq = 0) {
    options.order = LineOrder::kUnknown;
    const std::vector<int64_t> expected = without(odd_seq, seqs(options));
    options.order = LineOrder::kOrdered;
    EXPECT_EQ(without(odd_seq, seqs(options)), expected);
    EXPECT_EQ(without(odd_seq, line_seqs(options)), expected);
  }
  static std::vector<int64_t> without(int64_t odd_seq, std::vector<int64_t> seqs) {
    std::erase(seqs, odd_seq);
    return seqs;
  }

  int64_t read_bytes() const { return fs_.read_byte_count() - bytes_before_; }
  int64_t opened_count(std::string_view path) const {
    const std::vector<std::string> calls = fs_.calls();
    return std::count_if(calls.begin(), calls.end(), [&](const std::string& call) {
      return call.starts_with("open " + std::string(path));
    });
  }

  FakeFileSystem fs_;
  std::vector<internal::SegmentName> names_;
  int64_t bytes_before_ = 0;
};

TEST_F(SeekTest, ASeqOrATimeIsFoundWithoutReadingWhatComesBefore) {
  put_active(notes(1, 100'000));
  for (const int64_t seq : {1, 2, 500, 50'000, 99'990, 100'000, 100'001}) {
    SCOPED_TRACE(seq);
    EXPECT_EQ(seqs({.start_seq = seq, .end_seq = seq + 1}).size(), seq <= 100'000 ? 1u : 0u);
    EXPECT_LE(read_bytes(), 1 << 20);
    const std::vector<int64_t> at_time =
        seqs({.since = time_of(seq), .until = time_of(seq) + absl::Seconds(2)});
    EXPECT_EQ(at_time.empty() ? 0 : at_time.front(), seq <= 100'000 ? seq : 0);
    EXPECT_LE(read_bytes(), 1 << 20);
  }
  EXPECT_THAT(seqs({.since = kStart - absl::Hours(1), .until = kStart}), IsEmpty());
  EXPECT_LE(read_bytes(), 1 << 20) << "until ends the scan";
}

TEST_F(SeekTest, SegmentsBeforeThePlaceAreNotRead) {
  constexpr int64_t kSegmentEntries = 100;
  for (int64_t i = 0; i < 64; ++i) {
    const int64_t first = i * kSegmentEntries + 1;
    put({first, first + kSegmentEntries - 1}, notes(first, first + kSegmentEntries - 1));
  }
  put_active(notes(6401, 6450));
  EXPECT_EQ(seqs({.start_seq = 6300, .end_seq = 6302}).size(), 2u);
  EXPECT_LE(opened_count("/log.0000"), 2);  // one, and the next, which the scan ends at
  EXPECT_EQ(seqs({.since = time_of(3000), .until = time_of(3002)}).size(), 2u);
  EXPECT_LE(opened_count("/log.0000"), 8) << "a few ends, and the segment that is read";
  EXPECT_EQ(seqs({.start_seq = 6401}).size(), 50u);
  EXPECT_EQ(opened_count("/log.0000"), 0);
  EXPECT_THAT(seqs({.start_seq = 6451}), IsEmpty());
  EXPECT_THAT(seqs({.since = time_of(6451)}), IsEmpty());
}

TEST_F(SeekTest, AllIsPassedWhereThereIsNoActiveFile) {
  put({1, 100}, notes(1, 100));
  EXPECT_THAT(seqs({.since = time_of(101)}), IsEmpty());
  EXPECT_THAT(seqs({.start_seq = 101}), IsEmpty());
  EXPECT_THAT(seqs({.start_seq = 100}), ElementsAre(100));
}

TEST_F(SeekTest, ArchivesAreEnteredWhereThePlaceIs) {
  fs_.set_content(segment_path("/log.jsonl", {1, 20'000, 1, internal::SegmentForm::kGzip}),
                  archive_of(notes(1, 20'000)));
  put({20'001, 30'000}, notes(20'001, 30'000));
  put_active(notes(30'001, 30'100));
  for (const int64_t seq : {1, 9'999, 19'990, 20'001, 29'999}) {
    EXPECT_EQ(seqs({.start_seq = seq, .end_seq = seq + 20}).size(), 20u);
    EXPECT_EQ(seqs({.since = time_of(seq), .until = time_of(seq + 20)}).size(), 20u);
    expect_as_by_a_full_pass({.start_seq = seq, .end_seq = seq + 2});
  }
}

// Another program has moved away what logslice wrote, too.
TEST_F(SeekTest, WhatForeignArchivesHoldIsFound) {
  fs_.set_content("/log_20250115_103000.jsonl.gz",
                  foreign_archive_of("{\"event\":\"old\"}\n" + notes(1, 10)));
  fs_.set_content("/log_20250115_104000.jsonl.gz", foreign_archive_of(notes(11, 20)));
  for (int64_t first = 21; first < 2'021; first += 100) {
    put({first, first + 99}, notes(first, first + 99));
  }
  put_active(notes(2'021, 2'030));
  for (const int64_t seq : {1, 10, 11, 20, 21, 122, 1'021, 2'020, 2'030}) {
    expect_as_by_a_full_pass({.start_seq = seq});
    expect_as_by_a_full_pass({.since = time_of(seq), .until = time_of(seq + 3)});
  }
}

TEST_F(SeekTest, ALogOfAnotherProgramIsReadWhole) {
  fs_.remove("/log.jsonl.lock");
  // Times go back, as they may in logs that logslice did not write.
  std::string content = notes(1, 5000);
  for (int64_t seq = 5001; seq <= 10'000; ++seq) content += note(seq, time_of(seq - 5000), "again");
  put_active(content);
  EXPECT_THAT(seqs({.since = time_of(100), .until = time_of(101)}), ElementsAre(100, 5100));
  fs_.set_content("/log.jsonl.lock", "");
  EXPECT_THAT(seqs({.since = time_of(100), .until = time_of(101)}), ElementsAre(100, 5100))
      << "a writer that refused the log leaves its lock file empty";
  fs_.set_content("/log.jsonl.lock", "{\"version\":1,\"pid\":1");
  EXPECT_THAT(seqs({.since = time_of(100), .until = time_of(101), .order = LineOrder::kUnknown}),
              ElementsAre(100, 5100));
}

TEST_F(SeekTest, ASealedSegmentIsAsOrderedAsItsLog) {
  put({1, 50'000}, notes(1, 50'000));
  ScanOptions options{.start_seq = 49'999};
  forget_reads();
  EXPECT_EQ(scan_notes(fs_, segment_path("/log.jsonl", {1, 50'000}), options).size(), 2u);
  EXPECT_LE(read_bytes(), 1 << 20);
}

TEST_F(SeekTest, ALineWithAWrongTimeOrNumberMisleadsNobody) {
  for (const int64_t wrong : {3, 2500, 4999}) {
    for (const absl::Duration by : {absl::Hours(876'000), -absl::Hours(100'000)}) {
      std::string content = notes(1, wrong - 1);
      const int64_t odd_seq = by > absl::ZeroDuration() ? 1'000'000 : 1;
      content += note(odd_seq, time_of(wrong) + by, "odd");
      content += notes(wrong + 1, 5000);
      put_active(content);
      expect_as_by_a_full_pass({.since = time_of(wrong - 2), .until = time_of(wrong + 2)}, odd_seq);
      for (int64_t seq = 1; seq < 5000; seq += 97) {
        expect_as_by_a_full_pass({.since = time_of(seq), .until = time_of(seq + 3)}, odd_seq);
        expect_as_by_a_full_pass({.start_seq = seq}, odd_seq);
      }
    }
  }
}

TEST_F(SeekTest, WhatTheStatsSayIsWhatWasRead) {
  const std::string content = notes(1, 100'000);
  put_active(content);
  absl::StatusOr<LogScan<Note>> scan =
      scan_log<Note>("/log.jsonl", {.start_seq = 90'000, .file_system = &fs_});
  ASSERT_TRUE(scan.ok()) << scan.status();
  int64_t count = 0;
  for (const Note& each : *scan) count += each.text.empty() ? 0 : 1;
  EXPECT_EQ(count, 10'001);
  EXPECT_EQ(scan->stats().entry_count, 10'001);
  EXPECT_EQ(scan->stats().line_count, 10'001 + scan->stats().filtered_count);
  EXPECT_LE(scan->stats().filtered_count, 400);
}

TEST_F(SeekTest, LineNumbersAreNotMadeUp) {
  put_active(notes(1, 50'000) + "broken\n" + notes(50'001, 50'010));
  absl::StatusOr<LogLines> lines =
      scan_lines("/log.jsonl", {.scan = {.start_seq = 50'000, .file_system = &fs_}});
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_TRUE(lines->next());
  EXPECT_EQ(lines->line().seq, 50'000);
  EXPECT_EQ(lines->line().line_number, 0);
  absl::StatusOr<LogScan<Note>> scan =
      scan_log<Note>("/log.jsonl", {.strict = true, .since = time_of(50'000), .file_system = &fs_});
  for (const Note& each : *scan) EXPECT_FALSE(each.text.empty());
  EXPECT_THAT(text_of(scan->status()), ::testing::StartsWith("/log.jsonl, byte "));
}

TEST_F(SeekTest, ReadingBackwardEndsAtSince) {
  put_active(notes(1, 100'000));
  forget_reads();
  const absl::StatusOr<std::vector<Note>> last =
      last_entries<Note>("/log.jsonl", 1'000'000, {.since = time_of(99'998), .file_system = &fs_});
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->size(), 3u);
  EXPECT_LE(read_bytes(), 1 << 20);
}

TEST_F(SeekTest, AnyShapeOfLogGivesWhatAFullPassGives) {
  uint32_t random = 11;
  const auto draw = [&random](uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    fs_.remove("/log.jsonl");
    for (const internal::SegmentName& name : names_) fs_.remove(segment_path("/log.jsonl", name));
    names_.clear();
    int64_t seq = 1 + draw(5);
    absl::Time ts = kStart;
    std::string content;
    int64_t first = seq;
    const int line_count = static_cast<int>(draw(1200));
    for (int i = 0; i < line_count; ++i) {
      switch (draw(40)) {
        case 0:
          content += "\n";
          break;
        case 1:
          content += "{\"event\":\"another program's\"}\n";
          break;
        case 2:
          content += "{\"__type__\":\"test:Note\",\"tex\n";
          break;
        case 3:
          content += std::string(draw(30'000), 'x') + "\n";
          break;
        case 4:
          seq += 1 + draw(9);  // dropped ones
          break;
        case 5:
          if (content.empty() || seq == first) break;
          names_.push_back({first, seq - 1});
          put(names_.back(), content);
          content.clear();
          first = seq;
          break;
        default:
          ts += absl::Seconds(draw(3));
          content += note(seq++, ts, std::string(draw(8) == 0 ? draw(20'000) : draw(300), 'y'));
      }
    }
    put_active(content + (draw(2) == 0 ? "{\"torn" : ""));
    for (int i = 0; i < 12; ++i) {
      const int64_t from = draw(static_cast<uint32_t>(seq) + 3);
      const absl::Time since = kStart + absl::Seconds(draw(1400));
      expect_as_by_a_full_pass({.start_seq = from, .end_seq = from + draw(100)});
      expect_as_by_a_full_pass({.since = since, .until = since + absl::Seconds(draw(60))});
      expect_as_by_a_full_pass({.start_seq = from, .since = since});
    }
  }
}

TEST_F(SeekTest, AFileThatCannotBeReadIsAnError) {
  put_active(notes(1, 5000));
  fs_.fail_named("read_at", EIO);
  const absl::Status status =
      scan_log<Note>("/log.jsonl",
                     {.start_seq = 10, .order = LineOrder::kOrdered, .file_system = &fs_})
          .status();
  EXPECT_THAT(text_of(status), ::testing::HasSubstr("cannot read /log.jsonl"));
}

}  // namespace
}  // namespace logslice::testing
