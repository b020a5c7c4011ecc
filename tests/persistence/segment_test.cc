// Several files read as one log: their names, their order, and where they overlap.

#include <algorithm>
#include <string>
#include <vector>

#include "logslice/persistence/log_info.h"
#include "logslice/persistence/log_lines.h"
#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::is_foreign_archive_name;
using internal::log_name_of_segment;
using internal::parse_segment_name;
using internal::segment_path;
using internal::SegmentForm;
using internal::SegmentName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- Names

TEST(SegmentNameTest, TheRangeStandsBeforeTheExtension) {
  EXPECT_EQ(segment_path("/a.b/tools.jsonl", {1, 42}),
            "/a.b/tools.00000000000000000001-00000000000000000042.jsonl");
  EXPECT_EQ(segment_path("/tools.jsonl", {7, 9, 3}),
            "/tools.00000000000000000007-00000000000000000009.g3.jsonl");
  EXPECT_EQ(segment_path("audit", {1, 2}), "audit.00000000000000000001-00000000000000000002");
  EXPECT_EQ(segment_path("/d.e/.hidden", {1, 2}),
            "/d.e/.hidden.00000000000000000001-00000000000000000002");
}

TEST(SegmentNameTest, EachNameBelongsToOneLog) {
  const std::vector<std::string> logs = {"tools.jsonl", "tools",    "tools.log", ".tools",
                                         "a.b.jsonl",   "tools.g2", "x",         "tools.g2.jsonl",
                                         "tools.gz",    "a.gz.gz"};
  const std::vector<SegmentName> names = {{1, 1},
                                          {1, 42},
                                          {1, 42, 2},
                                          {9, INT64_MAX, 11},
                                          {1, 42, 1, SegmentForm::kGzip},
                                          {1, 42, 2, SegmentForm::kGzip}};
  for (const std::string& log : logs) {
    for (const SegmentName& name : names) {
      const std::string file = segment_path(log, name);
      SCOPED_TRACE(file);
      EXPECT_EQ(log_name_of_segment(file), log);
      for (const std::string& other : logs) {
        const std::optional<SegmentName> parsed = parse_segment_name(other, file);
        EXPECT_EQ(parsed.has_value(), other == log) << other;
        if (parsed.has_value()) {
          EXPECT_EQ(*parsed, name);
          EXPECT_EQ(parsed->form, name.form);
        }
        EXPECT_FALSE(is_foreign_archive_name(other, file));
      }
    }
  }
}

TEST(SegmentNameTest, OtherNamesAreNone) {
  const std::string range = "00000000000000000001-00000000000000000042";
  for (const std::string& name : std::vector<std::string>{
           "tools.jsonl", "tools.jsonl.lock", "tools.jsonl.torn", "tools..jsonl",
           "tools.1-42.jsonl", "tools." + range + ".g1.jsonl", "tools." + range + ".g02.jsonl",
           "tools." + range + ".g.jsonl", "tools." + range + ".jsonl.gz.gz",
           "tools." + range + ".jsonl.gz.tmp", "tools." + range + ".gz.jsonl", "tools." + range,
           "tools.00000000000000000000-00000000000000000042.jsonl",
           "tools.00000000000000000043-00000000000000000042.jsonl",
           "tools.00000000000000000001-99999999999999999999.jsonl",
           "tools." + range + ".g99999999999999999999.jsonl", "stools." + range + ".jsonl"}) {
    EXPECT_FALSE(parse_segment_name("tools.jsonl", name).has_value()) << name;
  }
}

TEST(SegmentNameTest, AnArchiveIsTheSameSegmentInAnotherForm) {
  const SegmentName plain{1, 42, 2};
  const SegmentName archive = plain.in_form(SegmentForm::kGzip);
  EXPECT_EQ(segment_path("/tools.jsonl", archive), segment_path("/tools.jsonl", plain) + ".gz");
  EXPECT_EQ(plain, archive);
  EXPECT_FALSE(plain < archive || archive < plain);
  EXPECT_LT(archive, (SegmentName{1, 42, 3}));
}

TEST(SegmentNameTest, AForeignArchiveHasTheTimeInItsName) {
  for (const auto& [log, name] : std::vector<std::pair<std::string, std::string>>{
           {"audit.jsonl", "audit_20250115_103000.jsonl.gz"},
           {"audit", "audit_20250115_103000.gz"},
           {".audit", ".audit_20250115_103000.gz"},
           {"a.b.log", "a.b_19991231_235960.log.gz"},
           {"audit_20250115_103000.jsonl", "audit_20250115_103000_20250116_000000.jsonl.gz"}}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(is_foreign_archive_name(log, name));
    EXPECT_EQ(log_name_of_segment(name), log);
    EXPECT_FALSE(parse_segment_name(log, name).has_value());
    EXPECT_FALSE(is_foreign_archive_name("x" + log, name));
  }
  for (const std::string name :
       {"audit_20250115_103000.jsonl", "audit_20250115_103000.jsonl.bz2", "audit.jsonl.gz",
        "audit20250115_103000.jsonl.gz", "audit_20251315_103000.jsonl.gz",
        "audit_20250100_103000.jsonl.gz", "audit_20250115_243000.jsonl.gz",
        "audit_20250115_106000.jsonl.gz", "audit_20250115_10300.jsonl.gz",
        "audit_2025011a_103000.jsonl.gz", "_20250115_103000.jsonl.gz"}) {
    EXPECT_FALSE(is_foreign_archive_name("audit.jsonl", name)) << name;
    EXPECT_FALSE(log_name_of_segment(name).has_value()) << name;
  }
  // Where the log would be a segment, the file is an archive of that segment's log.
  const std::string segment = "a.00000000000000000001-00000000000000000042";
  EXPECT_FALSE(is_foreign_archive_name(segment, "a_20250115_103000" + segment.substr(1) + ".gz"));
}

TEST(SegmentNameTest, NamesSortAsTheyAreRead) {
  std::vector<SegmentName> names = {{11, 20}, {1, 10, 2}, {1, 10}, {1, 9}, {100, 101}};
  std::sort(names.begin(), names.end());
  EXPECT_THAT(names, ElementsAre(SegmentName{1, 9}, SegmentName{1, 10}, SegmentName{1, 10, 2},
                                 SegmentName{11, 20}, SegmentName{100, 101}));
}

// ---- Reading

std::string line(int64_t seq, std::string_view text) {
  return "{\"__type__\":\"test:Note\",\"text\":\"" + std::string(text) +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
}

std::string lines(int64_t first_seq, int64_t last_seq, std::string_view text) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += line(seq, text);
  return all;
}

std::vector<int64_t> range(int64_t first, int64_t last) {
  std::vector<int64_t> all;
  for (int64_t seq = first; seq <= last; ++seq) all.push_back(seq);
  return all;
}

class SegmentedReadTest : public ::testing::Test {
 protected:
  void put(const SegmentName& name, const std::string& content) {
    fs_.set_content(segment_path("/log.jsonl", name), content);
  }
  void put_active(const std::string& content) { fs_.set_content("/log.jsonl", content); }

  std::vector<int64_t> seqs(ScanOptions options = {}) {
    std::vector<int64_t> all;
    for (const ScannedNote& note : scan_notes(fs_, "/log.jsonl", options)) all.push_back(note.seq);
    return all;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const ScannedNote& note : scan_notes(fs_)) all.push_back(note.text);
    return all;
  }
  std::vector<std::string> last_texts(int64_t count) {
    std::vector<std::string> all;
    const absl::StatusOr<std::vector<Note>> notes =
        last_entries<Note>("/log.jsonl", count, {.file_system = &fs_});
    if (!notes.ok()) return {text_of(notes.status())};
    for (const Note& note : *notes) all.push_back(note.text);
    return all;
  }
  LogInfo info() { return read_log_info("/log.jsonl", {.file_system = &fs_}).value(); }

  FakeFileSystem fs_;
};

TEST_F(SegmentedReadTest, EveryReaderSeesAllSegmentsAsOneSequence) {
  put({11, 20}, lines(11, 20, "b"));
  put({1, 10}, lines(1, 10, "a"));
  put_active(lines(21, 25, "c"));
  EXPECT_EQ(seqs({.strict = true}), range(1, 25));
  EXPECT_EQ(seqs({.start_seq = 9, .end_seq = 22}), range(9, 21));
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 25);
  EXPECT_EQ(count_log_entries<Note>("/log.jsonl", fs_).value(), 25);
  EXPECT_EQ(count_log_entries<Mark>("/log.jsonl", fs_).value(), 0);
  EXPECT_THAT(last_texts(7), ElementsAre("b", "b", "c", "c", "c", "c", "c"));
  EXPECT_EQ(last_texts(100).size(), 25u);
  EXPECT_EQ(info().entry_count, 25);
  EXPECT_EQ(info().segment_count, 3);
  EXPECT_EQ(info().first_seq, 1);
  EXPECT_EQ(info().last_seq, 25);
  EXPECT_EQ(info().bytes, static_cast<int64_t>(lines(1, 25, "a").size()));
}

TEST_F(SegmentedReadTest, WhatIsSealedDuringAScanIsReadThoughNothingIsAtThePathJustThen) {
  put({1, 3}, lines(1, 3, "a"));
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>("/log.jsonl", {.file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  // Meanwhile a writer has rotated twice, and retention has removed what was listed.
  fs_.remove(segment_path("/log.jsonl", {1, 3}));
  put({4, 6}, lines(4, 6, "b"));
  std::vector<int64_t> seqs;
  for (auto it = scan->begin(); it != scan->end(); ++it) seqs.push_back(it.seq());
  EXPECT_THAT(seqs, ElementsAre(1, 2, 3, 4, 5, 6));  // the first was open
  EXPECT_TRUE(scan->status().ok());
}

TEST_F(SegmentedReadTest, AnEmptyOrMissingActiveFileIsNoEnd) {
  put({1, 3}, lines(1, 3, "a"));
  EXPECT_EQ(seqs(), range(1, 3));
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 3);
  EXPECT_THAT(last_texts(2), ElementsAre("a", "a"));
  put_active("");
  EXPECT_EQ(seqs(), range(1, 3));
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 3);
  EXPECT_THAT(last_texts(2), ElementsAre("a", "a"));
}

TEST_F(SegmentedReadTest, OtherLogsAndOtherFilesAreNotTouched) {
  put_active(lines(1, 2, "a"));
  fs_.set_content(segment_path("/other.jsonl", {1, 9}), lines(1, 9, "x"));
  fs_.set_content(segment_path("/log", {1, 9}), lines(1, 9, "x"));
  fs_.set_content("/log.jsonl.torn", lines(1, 9, "x"));
  EXPECT_EQ(seqs(), range(1, 2));
  EXPECT_TRUE(absl::IsNotFound(count_log_entries("/none.jsonl", fs_).status()));
}

TEST_F(SegmentedReadTest, ASegmentCanBeReadByItself) {
  put({1, 3}, lines(1, 3, "a"));
  put_active(lines(4, 5, "b"));
  EXPECT_EQ(scan_notes(fs_, segment_path("/log.jsonl", {1, 3})).size(), 3u);
}

TEST_F(SegmentedReadTest, EqualEntriesOfOverlappingSegmentsAreReadOnce) {
  put({1, 6}, lines(1, 6, "a"));
  put_active(lines(4, 8, "a"));
  absl::StatusOr<LogScan<Note>> scan =
      scan_log<Note>("/log.jsonl", {.strict = true, .file_system = &fs_});
  std::vector<int64_t> found;
  for (auto it = scan->begin(); it != scan->end(); ++it) found.push_back(it.seq());
  EXPECT_EQ(found, range(1, 8));
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_EQ(scan->stats().overlap_count, 3);
  EXPECT_EQ(scan->stats().conflict_count, 0);
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 8);
  EXPECT_EQ(count_log_entries<Note>("/log.jsonl", fs_).value(), 8);
  EXPECT_EQ(last_texts(100).size(), 8u);
  EXPECT_EQ(info().entry_count, 8);
  EXPECT_EQ(info().overlap_count, 3);
  EXPECT_EQ(info().bytes, static_cast<int64_t>(lines(1, 11, "a").size() - 2));
}

TEST_F(SegmentedReadTest, OfUnequalEntriesTheLaterSegmentCountsAndItIsReported) {
  put({1, 6}, lines(1, 6, "old"));
  put({4, 7}, lines(4, 7, "new"));
  EXPECT_THAT(texts(), ElementsAre("old", "old", "old", "new", "new", "new", "new"));
  EXPECT_THAT(last_texts(5), ElementsAre("old", "new", "new", "new", "new"));
  EXPECT_EQ(info().conflict_count, 3);
  EXPECT_THAT(info().first_conflict, HasSubstr("seq 4"));
  EXPECT_THAT(info().first_conflict, HasSubstr("00000000000000000007.jsonl, byte 0"));

  absl::StatusOr<LogScan<Note>> scan =
      scan_log<Note>("/log.jsonl", {.strict = true, .file_system = &fs_});
  int64_t count = 0;
  for (auto it = scan->begin(); it != scan->end(); ++it) ++count;
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(absl::IsDataLoss(scan->status()));
  EXPECT_EQ(error_kind(scan->status()), ErrorKind::kParse);
}

TEST_F(SegmentedReadTest, WhatTheEarlierSegmentLostTheLaterOneHas) {
  // A power loss after a failed sync: zeros, and a last line without its end.
  put({1, 6}, lines(1, 3, "a") + std::string(300, '\0') + "\n{\"__type__\":\"te");
  put_active(lines(3, 9, "a"));
  EXPECT_EQ(seqs(), range(1, 9));
  EXPECT_EQ(last_texts(100).size(), 9u);
  EXPECT_EQ(info().damaged_count, 1);
  EXPECT_EQ(info().torn_bytes, 15);
}

TEST_F(SegmentedReadTest, HolesInOneSegmentAreFilledFromTheOther) {
  put({1, 9}, lines(1, 2, "a") + lines(5, 9, "a"));
  put({2, 6}, lines(2, 3, "a") + lines(6, 6, "a"));
  put_active(lines(8, 12, "a"));
  EXPECT_EQ(seqs({.strict = true}), (std::vector<int64_t>{1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(last_texts(100).size(), 11u);
}

TEST_F(SegmentedReadTest, AnOverlapWithSeveralSegmentsIsReadOnce) {
  put({1, 50}, lines(1, 50, "a"));
  put({51, 60}, lines(51, 60, "a"));
  put({40, 55}, lines(40, 55, "a"));
  put_active(lines(40, 70, "a"));
  EXPECT_EQ(seqs({.strict = true}), range(1, 70));
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 70);
  EXPECT_EQ(last_texts(100).size(), 70u);
}

TEST_F(SegmentedReadTest, ErrorsNameTheSegmentItsLineAndItsByte) {
  put({1, 2}, lines(1, 2, "a"));
  put_active(line(3, "b") + "{broken\n");
  absl::StatusOr<LogScan<Note>> scan =
      scan_log<Note>("/log.jsonl", {.strict = true, .file_system = &fs_});
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    EXPECT_EQ(it.path(), it.seq() < 3 ? segment_path("/log.jsonl", {1, 2}) : "/log.jsonl");
  }
  EXPECT_THAT(text_of(scan->status()),
              HasSubstr("/log.jsonl, line 2, byte " + std::to_string(line(3, "b").size())));
}

TEST_F(SegmentedReadTest, LinesTellWhereTheyStand) {
  put({1, 3}, lines(1, 3, "a"));
  put_active(lines(3, 4, "a"));
  absl::StatusOr<LogLines> lines_read = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<std::string> places;
  while (lines_read->next()) {
    const LogLine& at = lines_read->line();
    places.push_back(std::to_string(at.seq) + (at.path == "/log.jsonl" ? " active " : " sealed ") +
                     std::to_string(at.line_number));
  }
  EXPECT_THAT(places, ElementsAre("1 sealed 1", "2 sealed 2", "3 active 1", "4 active 2"));
}

// ---- Reading while a writer seals

// What a writer does when it seals.
void seal(FakeFileSystem& fs, const SegmentName& name) {
  fs.move("/log.jsonl", segment_path("/log.jsonl", name));
}

TEST_F(SegmentedReadTest, WhatIsSealedAndBegunDuringAScanIsRead) {
  put_active(lines(1, 3, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  ASSERT_TRUE(scan->next());
  put_active(lines(1, 5, "a"));
  seal(fs_, {1, 5});
  put_active(lines(5, 8, "a"));  // with a line that was kept
  std::vector<int64_t> found = {scan->line().seq};
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 7) {
      seal(fs_, {5, 8});
      put({9, 9}, line(9, "a"));
      put_active(lines(10, 12, "a"));
    }
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_EQ(found, range(1, 12));
  EXPECT_EQ(scan->stats().torn_bytes, 0);
}

TEST_F(SegmentedReadTest, ALineThatWasBeingWrittenWhenTheScanCameByIsReadOnceItIsSealed) {
  put_active(lines(1, 2, "a") + line(3, "a").substr(0, 20));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 2) {
      put_active(lines(1, 3, "a"));
      seal(fs_, {1, 3});
      put_active(line(4, "a").substr(0, 9));
    }
  }
  EXPECT_EQ(found, range(1, 3));
  EXPECT_EQ(scan->stats().torn_bytes, 9);
}

TEST_F(SegmentedReadTest, AnActiveFileThatAppearsWithKeptLinesRepeatsNothing) {
  put({1, 3}, lines(1, 3, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 1) put_active(lines(3, 5, "a"));
  }
  EXPECT_EQ(found, range(1, 5));
}

TEST_F(SegmentedReadTest, AnActiveFileThatEndsBeforeItsGroupAndIsSealedLaterRepeatsNothing) {
  put({1, 9}, lines(1, 9, "a"));
  put_active(lines(5, 6, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 8) {
      put_active(lines(5, 10, "a"));
      seal(fs_, {5, 10});
      put_active(lines(11, 12, "a"));
    }
  }
  EXPECT_EQ(found, range(1, 12));
}

TEST_F(SegmentedReadTest, ACopyThatIsRemovedDuringTheScanRepeatsNothing) {
  put({1, 3}, lines(1, 3, "a"));
  put_active(lines(2, 3, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 3) {
      fs_.remove("/log.jsonl");
      put_active(lines(2, 5, "a"));
    }
  }
  EXPECT_EQ(found, range(1, 5));
}

TEST_F(SegmentedReadTest, AWriterThatSealsACopyDuringTheScanRepeatsNothing) {
  FakeClock clock;
  TestLog log(fs_, clock, {.sync_on_flush = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  fs_.fail_named("sync_data", EIO);
  EXPECT_FALSE(log.append("b").ok());  // sealed, and written to a second file, whose sync fails
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 2) {
      fs_.heal();
      EXPECT_TRUE(log.writer->flush().ok());
      EXPECT_TRUE(log.append("c").ok());
    }
  }
  EXPECT_EQ(found, range(1, 3));
}

TEST_F(SegmentedReadTest, AnActiveFileThatEndsBeforeItsGroupIsLookedAtAgain) {
  put({1, 9}, lines(1, 9, "a"));
  put_active(lines(5, 6, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 8) put_active(lines(5, 12, "a"));
  }
  EXPECT_EQ(found, range(1, 12));
}

TEST_F(SegmentedReadTest, ATruncatedFileThatIsSealedDuringTheScanRepeatsNothing) {
  put_active(lines(1, 3, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    if (found.size() == 3) {
      put_active(line(1, "a"));
      seal(fs_, {1, 1});
      put_active(lines(2, 5, "a"));
    }
  }
  EXPECT_EQ(found, range(1, 5));
}

TEST_F(SegmentedReadTest, ASegmentThatIsRemovedDuringTheScanIsPassed) {
  put({1, 3}, lines(1, 3, "a"));
  put({4, 6}, lines(4, 6, "a"));
  put_active(lines(7, 8, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  fs_.remove(segment_path("/log.jsonl", {4, 6}));
  std::vector<int64_t> found;
  while (scan->next()) found.push_back(scan->line().seq);
  EXPECT_TRUE(scan->status().ok());
  EXPECT_EQ(found, (std::vector<int64_t>{1, 2, 3, 7, 8}));
}

TEST_F(SegmentedReadTest, FilesAreOpenAndInMemoryOnlyWhereTheyOverlap) {
  constexpr int64_t kSegments = 300;
  for (int64_t seq = 1; seq <= kSegments; ++seq) put({seq, seq}, line(seq, "a"));
  // A file from long ago, put back: it begins before all of them.
  put_active(line(1, "a") + line(kSegments + 1, "a"));
  absl::StatusOr<LogLines> scan = scan_lines("/log.jsonl", {{.file_system = &fs_}});
  std::vector<int64_t> found;
  while (scan->next()) {
    found.push_back(scan->line().seq);
    ASSERT_LE(fs_.open_file_count(), 4);
  }
  EXPECT_EQ(found, range(1, kSegments + 1));
  EXPECT_EQ(last_texts(1000).size(), static_cast<size_t>(kSegments + 1));
  EXPECT_LE(fs_.open_file_count_max(), 4);
}

TEST_F(SegmentedReadTest, SealingBetweenTheLooksOfOpeningShowsNoFileTwice) {
  // The writer seals at every call of the reader's opening in turn.
  for (int64_t at = 0; at < 8; ++at) {
    SCOPED_TRACE(at);
    FakeFileSystem fs;
    fs.set_content("/log.jsonl", lines(1, 3, "a"));
    fs.set_content(segment_path("/log.jsonl", {1, 1}), line(1, "a"));
    fs.on_call(at, [&fs] {
      seal(fs, {1, 3});
      fs.set_content("/log.jsonl", lines(4, 5, "a"));
    });
    std::vector<int64_t> found;
    for (const ScannedNote& note : scan_notes(fs)) found.push_back(note.seq);
    EXPECT_EQ(found, range(1, 5));
  }
}

}  // namespace
}  // namespace logslice::testing
