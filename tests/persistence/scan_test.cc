#include <limits>

#include "backward_line_reader.h"
#include "logslice/persistence/log_info.h"
#include "logslice/persistence/log_lines.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string note(int64_t seq, const std::string& text, int second = 0) {
  const std::string digits = (second < 10 ? "0" : "") + std::to_string(second);
  return "{\"__type__\":\"test:Note\",\"text\":\"" + text +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:" + digits + ".000000+00:00\"}\n";
}

std::string mark(int64_t seq) {
  return "{\"__type__\":\"test:Mark\",\"label\":\"m\",\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
}

class ScanLogTest : public ::testing::Test {
 protected:
  void write(std::string content) { fs_.set_content("/log.jsonl", std::move(content)); }

  absl::StatusOr<LogScan<Note>> scan(ScanOptions options = {}) {
    options.file_system = &fs_;
    return scan_log<Note>("/log.jsonl", options);
  }

  // Runs a scan to its end.
  std::vector<int64_t> seqs(ScanOptions options = {}) {
    std::vector<int64_t> seqs;
    absl::StatusOr<LogScan<Note>> notes = scan(options);
    if (!notes.ok()) return {-1};
    for (auto it = notes->begin(); it != notes->end(); ++it) seqs.push_back(it.seq());
    status_ = notes->status();
    stats_ = notes->stats();
    return seqs;
  }

  FakeFileSystem fs_;
  absl::Status status_;
  ScanStats stats_;
};

TEST_F(ScanLogTest, HandsOutEntriesWithSeqTimeAndOffset) {
  write(note(1, "a") + note(2, "b", 5));
  absl::StatusOr<LogScan<Note>> notes = scan();
  ASSERT_TRUE(notes.ok());
  auto it = notes->begin();
  EXPECT_EQ(it->text, "a");
  EXPECT_EQ(it.offset(), 0);
  const std::string moved = std::move(it->text);
  ++it;
  EXPECT_EQ((*it).text, "b");
  EXPECT_EQ(it.seq(), 2);
  EXPECT_EQ(it.ts(), absl::FromUnixSeconds(1'736'937'005));
  EXPECT_EQ(it.offset(), static_cast<int64_t>(note(1, "a").size()));
  ++it;
  EXPECT_TRUE(it == notes->end());
  EXPECT_TRUE(notes->status().ok());
}

TEST_F(ScanLogTest, EmptyLogHasNoEntries) {
  write("");
  EXPECT_THAT(seqs(), IsEmpty());
  EXPECT_TRUE(status_.ok());
}

TEST_F(ScanLogTest, MissingLogIsNotFound) { EXPECT_TRUE(absl::IsNotFound(scan().status())); }

TEST_F(ScanLogTest, DirectoryIsNamedAsOne) {
  ASSERT_TRUE(fs_.make_directory("/log.jsonl").ok());
  const absl::Status status = scan().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(text_of(status), HasSubstr("/log.jsonl is a directory"));
}

TEST_F(ScanLogTest, SeqRangeHasItsStartAndNotItsEnd) {
  std::string content;
  for (int i = 1; i <= 9; ++i) content += i == 5 ? mark(i) : note(i, "x");
  write(content);
  EXPECT_THAT(seqs({.start_seq = 3, .end_seq = 7}), ElementsAre(3, 4, 6));
  EXPECT_EQ(stats_.filtered_count, 2);
  EXPECT_EQ(stats_.other_type_count, 1);
  EXPECT_EQ(stats_.line_count, 6);
  EXPECT_THAT(seqs({.start_seq = 8}), ElementsAre(8, 9));
  EXPECT_THAT(seqs({.end_seq = 2}), ElementsAre(1));
  EXPECT_THAT(seqs({.start_seq = 5, .end_seq = 5}), IsEmpty());
}

TEST_F(ScanLogTest, TimeRangeHasItsStartAndNotItsEndAndDoesNotEndTheScan) {
  write(note(1, "a", 1) + note(2, "b", 5) + note(3, "c", 2));
  const absl::Time start = absl::FromUnixSeconds(1'736'937'000);
  EXPECT_THAT(seqs({.since = start + absl::Seconds(1), .until = start + absl::Seconds(5)}),
              ElementsAre(1, 3));
}

TEST_F(ScanLogTest, SkipsAndCountsWhatIsNoEntry) {
  write(note(1, "a") + "garbage\n" + mark(2) + "\n \t\r\n" + "{\"untyped\":1}\n" + note(3, "b") +
        "{\"__type__\":\"test:Note\",\"text\":\"torn");
  EXPECT_THAT(seqs(), ElementsAre(1, 3));
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(stats_.entry_count, 2);
  EXPECT_EQ(stats_.damaged_count, 1);
  EXPECT_EQ(stats_.other_type_count, 2);
  EXPECT_EQ(stats_.blank_count, 2);
  EXPECT_EQ(stats_.line_count, 7);
  EXPECT_EQ(stats_.torn_bytes, 36);
}

TEST_F(ScanLogTest, StrictNamesFileByteLineAndReason) {
  write(note(1, "a") + "\n" + "garbage\n");
  EXPECT_THAT(seqs({.strict = true}), ElementsAre(1));
  EXPECT_TRUE(absl::IsDataLoss(status_));
  EXPECT_EQ(error_kind(status_), ErrorKind::kParse);
  EXPECT_THAT(text_of(status_), HasSubstr("/log.jsonl, line 3, byte " +
                                          std::to_string(note(1, "a").size() + 1) + ": "));
  write(note(1, "a") + mark(2));
  EXPECT_THAT(seqs({.strict = true}), ElementsAre(1));
  EXPECT_THAT(text_of(status_), HasSubstr("of type test:Mark, not test:Note"));
}

TEST_F(ScanLogTest, TornTailIsNeverAnErrorNotEvenStrict) {
  write(note(1, "a") + "garb");
  EXPECT_THAT(seqs({.strict = true}), ElementsAre(1));
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(stats_.torn_bytes, 4);
}

TEST_F(ScanLogTest, OtherMemberOrdersAndSpacesAreRead) {
  write("  { \"__seq__\" : 7, \"text\":\"a\", \"__type__\" : \"test:Note\" }  \r\n");
  EXPECT_THAT(seqs({.strict = true}), ElementsAre(7));
  EXPECT_EQ(stats_.missing_member_count, 1);
  EXPECT_THAT(seqs({.strict = true, .start_seq = 7}), ElementsAre(7));
  EXPECT_THAT(seqs({.start_seq = 8}), IsEmpty());
}

TEST_F(ScanLogTest, NulsInTheMiddleAreOneDamagedLine) {
  write(note(1, "a") + std::string(4096, '\0') + "\n" + note(2, "b") + std::string(9, '\0'));
  EXPECT_THAT(seqs(), ElementsAre(1, 2));
  EXPECT_EQ(stats_.damaged_count + stats_.other_type_count, 1);
  EXPECT_EQ(stats_.torn_bytes, 9);
}

TEST_F(ScanLogTest, EveryBitFlipLosesAtMostTheLinesItTouches) {
  const std::string whole = note(1, "a") + note(2, "b") + note(3, "c");
  for (size_t byte = 0; byte < whole.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      write(flipped);
      const std::vector<int64_t> found = seqs();
      // A flipped newline joins two lines; any other flip touches one.
      ASSERT_GE(found.size(), whole[byte] == '\n' ? 1u : 2u) << "byte " << byte << " bit " << bit;
      ASSERT_LE(found.size(), 3u);
      ASSERT_EQ(stats_.bytes + stats_.torn_bytes, static_cast<int64_t>(whole.size()));
    }
  }
}

TEST_F(ScanLogTest, LineLengthLimitIsExact) {
  const std::string line = note(1, "abc");
  const int64_t size = static_cast<int64_t>(line.size());
  write(line + note(2, std::string(9, 'x')) + note(3, "abc"));
  EXPECT_THAT(seqs({.line_bytes_max = size}), ElementsAre(1, 3));
  EXPECT_EQ(stats_.damaged_count, 1);
  EXPECT_THAT(seqs({.line_bytes_max = size - 1}), IsEmpty());
  EXPECT_EQ(stats_.damaged_count, 3);
  EXPECT_THAT(seqs({.strict = true, .line_bytes_max = size}), ElementsAre(1));
  EXPECT_THAT(text_of(status_), HasSubstr("line 2, byte " + std::to_string(size)));
  EXPECT_TRUE(absl::IsInvalidArgument(scan({.line_bytes_max = 0}).status()));
}

TEST_F(ScanLogTest, LongLinesWithinTheLimitAreRead) {
  std::string content;
  for (int i = 1; i <= 40; ++i)
    content += note(i, std::string(static_cast<size_t>(i) * 40000, 'x'));
  write(content);
  EXPECT_EQ(seqs({.strict = true}).size(), 40u);
  EXPECT_EQ(seqs({.strict = true, .start_seq = 20}).size(), 21u);
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 40);
}

TEST_F(ScanLogTest, ReadErrorsAreReported) {
  write(note(1, "a"));
  fs_.fail_named("read_at", EIO);
  EXPECT_THAT(seqs(), IsEmpty());
  EXPECT_THAT(text_of(status_), HasSubstr("cannot read /log.jsonl: Input/output error"));
}

TEST_F(ScanLogTest, DamagedLineThatLooksLikeTheEndDoesNotEndTheScan) {
  write(note(1, "a") + "{\"__type__\":\"test:Note\",broken,\"__seq__\":99," +
        "\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n" + note(3, "b"));
  EXPECT_THAT(seqs({.end_seq = 10}), ElementsAre(1, 3));
  EXPECT_EQ(stats_.damaged_count, 1);
}

// ---- Counting -----------------------------------------------------------------------------------

using CountLogEntriesTest = ScanLogTest;

TEST_F(CountLogEntriesTest, CountsCommittedLinesThatAreNotBlank) {
  write("a\n\n \n\t\r\nb\n c\nd");
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 3);
  write("");
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 0);
  write("no newline");
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 0);
  EXPECT_TRUE(absl::IsNotFound(count_log_entries("/none", fs_).status()));
}

TEST_F(CountLogEntriesTest, AgreesWithASimpleCountAcrossBlocks) {
  std::string content;
  int64_t expected = 0;
  uint32_t random = 1;
  while (content.size() < 1200000) {
    random = random * 1664525 + 1013904223;
    const size_t length = (random >> 20) % 97;
    expected += length % 5 != 0;
    content += std::string(length, length % 5 == 0 ? ' ' : 'x') + "\n";
  }
  write(content);
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), expected);
}

TEST_F(CountLogEntriesTest, CountsOneTypeInAnyForm) {
  write(note(1, "a") + mark(2) + "{ \"__type__\" : \"test:Note\" }\n" + "garbage\n" +
        "{\"x\":1}\n" + note(4, "b"));
  EXPECT_EQ(count_log_entries<Note>("/log.jsonl", fs_).value(), 3);
  EXPECT_EQ(count_log_entries<Mark>("/log.jsonl", fs_).value(), 1);
  EXPECT_EQ(count_log_entries("/log.jsonl", fs_).value(), 6);
}

// ---- From the end -------------------------------------------------------------------------------

class LastEntriesTest : public ScanLogTest {
 protected:
  std::vector<std::string> last(int64_t count, ScanOptions options = {}) {
    options.file_system = &fs_;
    absl::StatusOr<std::vector<Note>> entries = last_entries<Note>("/log.jsonl", count, options);
    status_ = entries.status();
    std::vector<std::string> texts;
    if (!entries.ok()) return texts;
    for (const Note& entry : *entries) texts.push_back(entry.text);
    return texts;
  }
};

TEST_F(LastEntriesTest, AreTheNewestOldestFirst) {
  write(note(1, "a") + note(2, "b") + mark(3) + "garbage\n\n" + note(4, "c") + "torn");
  EXPECT_THAT(last(2), ElementsAre("b", "c"));
  EXPECT_THAT(last(9), ElementsAre("a", "b", "c"));
  EXPECT_THAT(last(0), IsEmpty());
  EXPECT_THAT(last(9, {.start_seq = 2}), ElementsAre("b", "c"));
  EXPECT_THAT(last(9, {.end_seq = 4}), ElementsAre("a", "b"));
  EXPECT_THAT(last(1, {.strict = true}), ElementsAre("c"));
  EXPECT_THAT(last(2, {.strict = true}), IsEmpty());
  EXPECT_TRUE(absl::IsDataLoss(status_));
  EXPECT_THAT(last(-1), IsEmpty());
  EXPECT_TRUE(absl::IsInvalidArgument(status_));
}

TEST_F(LastEntriesTest, ReadOnlyAsMuchOfTheLogAsTheyNeed) {
  std::string content;
  for (int i = 1; i <= 50000; ++i) content += note(i, "some text");
  write(content);
  fs_.forget_calls();
  EXPECT_EQ(last(10).size(), 10u);
  EXPECT_LE(fs_.calls().size(), 8u);  // three looks, open, list, and reads
  EXPECT_EQ(last(100000).size(), 50000u);
}

TEST_F(LastEntriesTest, LongLinesOnTheWayArePassedOver) {
  write(note(1, "a") + note(2, std::string(3 << 20, 'x')) + note(3, "b"));
  EXPECT_THAT(last(5, {.line_bytes_max = 4096}), ElementsAre("a", "b"));
  EXPECT_EQ(last(5).size(), 3u);
}

TEST(BackwardLineReaderTest, MirrorsForwardReadingForManyShapes) {
  uint32_t random = 7;
  for (int round = 0; round < 60; ++round) {
    std::string content;
    std::vector<std::string> lines;
    const int count = round % 7;
    for (int i = 0; i < count; ++i) {
      random = random * 1664525 + 1013904223;
      lines.emplace_back((random >> 8) % (round < 30 ? 40 : 60000), static_cast<char>('a' + i));
      content += lines.back() + "\n";
    }
    FakeFileSystem fs;
    fs.set_content("/f", content);
    OpenResult opened = fs.open("/f", OpenMode::kRead);
    constexpr int64_t kMax = 30000;
    internal::BackwardLineReader reader(*opened.file, "/f", static_cast<int64_t>(content.size()),
                                        kMax);
    int64_t end = static_cast<int64_t>(content.size());
    while (!lines.empty()) {
      ASSERT_TRUE(reader.previous());
      const bool is_too_long = static_cast<int64_t>(lines.back().size()) + 1 > kMax;
      ASSERT_EQ(reader.is_too_long(), is_too_long);
      if (!is_too_long) {
        ASSERT_EQ(reader.line(), lines.back());
      }
      ASSERT_EQ(reader.size_bytes(), static_cast<int64_t>(lines.back().size()) + 1);
      end -= reader.size_bytes();
      ASSERT_EQ(reader.offset_bytes(), end);
      lines.pop_back();
    }
    ASSERT_FALSE(reader.previous());
    ASSERT_TRUE(reader.status().ok());
  }
}

// ---- Lines and info -----------------------------------------------------------------------------

using LogLinesTest = ScanLogTest;

TEST_F(LogLinesTest, HandOutLinesAsTheyAreWithTypeSeqAndDamage) {
  const std::string first = note(1, "a");
  write(first + "garbage\n\n" + mark(3) + "torn");
  absl::StatusOr<LogLines> lines = scan_lines("/log.jsonl", {.scan = {.file_system = &fs_}});
  ASSERT_TRUE(lines.ok());
  ASSERT_TRUE(lines->next());
  EXPECT_EQ(std::string(lines->line().text) + "\n", first);
  EXPECT_EQ(lines->line().type, "test:Note");
  EXPECT_EQ(lines->line().seq, 1);
  EXPECT_EQ(lines->line().line_number, 1);
  ASSERT_TRUE(lines->next());
  EXPECT_EQ(lines->line().text, "garbage");
  EXPECT_FALSE(lines->line().damage.empty());
  EXPECT_EQ(lines->line().offset_bytes, static_cast<int64_t>(first.size()));
  ASSERT_TRUE(lines->next());
  EXPECT_EQ(lines->line().type, "test:Mark");
  EXPECT_EQ(lines->line().line_number, 4);
  EXPECT_FALSE(lines->next());
  EXPECT_FALSE(lines->next());
  EXPECT_TRUE(lines->status().ok());
  EXPECT_EQ(lines->stats().torn_bytes, 4);
}

TEST_F(LogLinesTest, FilterByTypeAndSeqAndKeepDamagedLines) {
  write(note(1, "a") + mark(2) + "garbage\n" + mark(3) + mark(9) + note(10, "b"));
  absl::StatusOr<LogLines> lines = scan_lines(
      "/log.jsonl",
      {.scan = {.start_seq = 2, .end_seq = 9, .file_system = &fs_}, .type = "test:Mark"});
  ASSERT_TRUE(lines.ok());
  std::vector<int64_t> seqs;
  while (lines->next()) seqs.push_back(lines->line().seq);
  EXPECT_THAT(seqs, ElementsAre(2, 0, 3));
}

TEST_F(LogLinesTest, StrictEndsAtTheFirstDamagedLine) {
  write(note(1, "a") + "garbage\n");
  absl::StatusOr<LogLines> lines =
      scan_lines("/log.jsonl", {.scan = {.strict = true, .file_system = &fs_}});
  ASSERT_TRUE(lines.ok());
  EXPECT_TRUE(lines->next());
  EXPECT_FALSE(lines->next());
  EXPECT_TRUE(absl::IsDataLoss(lines->status()));
}

using LogInfoTest = ScanLogTest;

TEST_F(LogInfoTest, TellsWhatALogHolds) {
  const std::string content = note(4, "a", 1) + mark(5) + "garbage\n" + note(7, "b", 9) + "to";
  write(content);
  const absl::StatusOr<LogInfo> info = read_log_info("/log.jsonl", {.file_system = &fs_});
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->bytes, static_cast<int64_t>(content.size()));
  EXPECT_EQ(info->line_count, 4);
  EXPECT_EQ(info->entry_count, 3);
  EXPECT_EQ(info->type_counts.at("test:Note"), 2);
  EXPECT_EQ(info->type_counts.at("test:Mark"), 1);
  EXPECT_EQ(info->first_seq, 4);
  EXPECT_EQ(info->last_seq, 7);
  EXPECT_EQ(info->last_ts, absl::FromUnixSeconds(1'736'937'009));
  EXPECT_EQ(info->damaged_count, 1);
  EXPECT_THAT(info->first_damage, HasSubstr("/log.jsonl, line 3, byte "));
  EXPECT_EQ(info->torn_bytes, 2);
  EXPECT_FALSE(info->holder.has_value());
}

TEST_F(LogInfoTest, NamesTheHolderWhileThereIsOne) {
  FakeClock clock;
  TestLog log(fs_, clock);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  absl::StatusOr<LogInfo> info = read_log_info("/log.jsonl", {.file_system = &fs_});
  ASSERT_TRUE(info.ok() && info->holder.has_value());
  EXPECT_EQ(info->holder->pid, getpid());
  EXPECT_EQ(info->holder->started_at, clock.now());
  EXPECT_TRUE(log.writer->close().ok());
  info = read_log_info("/log.jsonl", {.file_system = &fs_});
  EXPECT_FALSE(info->holder.has_value());
}

// ---- Golden files -------------------------------------------------------------------------------

const std::string kGolden = LOGSLICE_SOURCE_DIR "/tests/golden/v1/";

TEST(GoldenLogTest, VersionOneIsReadStrictly) {
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kGolden + "notes.jsonl", {.strict = true});
  ASSERT_TRUE(scan.ok());
  std::vector<std::string> texts;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    texts.push_back(std::to_string(it.seq()) + it->text);
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_THAT(texts, ElementsAre("1first", "2\xC3\xA9t\xC3\xA9 \"quoted\"\n", "3reordered"));
}

TEST(GoldenLogTest, VersionOneDamagesAreAllFound) {
  const absl::StatusOr<LogInfo> info = read_log_info(kGolden + "damaged.jsonl");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->entry_count, 2);
  EXPECT_EQ(info->damaged_count, 3);
  EXPECT_EQ(info->torn_bytes, 22);
}

}  // namespace
}  // namespace logslice::testing
