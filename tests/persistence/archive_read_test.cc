// Archives are read like the segments that they stand for.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "archive_file.h"
#include "backward_line_reader.h"
#include "io_status.h"
#include "logslice/persistence/log_info.h"
#include "logslice/persistence/log_lines.h"
#include "recovery.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::ArchiveFile;
using internal::segment_path;
using internal::SegmentForm;
using internal::SegmentName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kLog = "/log.jsonl";

std::string line(int64_t seq, std::string_view text) {
  const std::string minute = std::to_string(10 + seq / 60 % 50);
  const std::string second = std::to_string(100 + seq % 60).substr(1);
  return "{\"__type__\":\"test:Note\",\"text\":\"" + std::string(text) +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:" + minute + ":" + second + ".000000+00:00\"}\n";
}

std::string lines(int64_t first_seq, int64_t last_seq, std::string_view text) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += line(seq, text);
  return all;
}

std::string unnumbered(int first, int last) {
  std::string all;
  for (int i = first; i <= last; ++i) {
    all += "{\"__type__\":\"test:Note\",\"text\":\"u" + std::to_string(i) + "\",\"number\":0}\n";
  }
  return all;
}

std::vector<int64_t> range(int64_t first, int64_t last) {
  std::vector<int64_t> all;
  for (int64_t seq = first; seq <= last; ++seq) all.push_back(seq);
  return all;
}

class ArchiveReadTest : public ::testing::Test {
 protected:
  void put_plain(const SegmentName& name, const std::string& text) {
    fs_.set_content(segment_path(kLog, name), text);
  }
  void put_archive(const SegmentName& name, const std::string& text, int64_t member_bytes = 2000) {
    fs_.set_content(segment_path(kLog, name.in_form(SegmentForm::kGzip)),
                    small_member_archive_of(text, member_bytes));
  }
  // The active file is sealed, and compressed.
  void seal_as_archive(const SegmentName& name) {
    put_archive(name, fs_.content(kLog));
    fs_.remove(kLog);
  }

  std::vector<int64_t> seqs(const ScanOptions& options = {}, const std::string& path = kLog) {
    std::vector<int64_t> all;
    for (const ScannedNote& note : scan_notes(fs_, path, options)) all.push_back(note.seq);
    return all;
  }
  std::vector<std::string> texts(const std::string& path = kLog) {
    std::vector<std::string> all;
    for (const ScannedNote& note : scan_notes(fs_, path)) all.push_back(note.text);
    return all;
  }
  std::vector<std::string> last_texts(int64_t count) {
    std::vector<std::string> all;
    const absl::StatusOr<std::vector<Note>> notes =
        last_entries<Note>(kLog, count, {.strict = true, .file_system = &fs_});
    if (!notes.ok()) return {text_of(notes.status())};
    for (const Note& note : *notes) all.push_back(note.text);
    return all;
  }

  FakeFileSystem fs_;
};

TEST_F(ArchiveReadTest, EveryReaderSeesArchivesAndPlainSegmentsAsOneSequence) {
  put_archive({1, 200}, lines(1, 200, "a"));
  put_plain({201, 300}, lines(201, 300, "b"));
  put_archive({301, 400}, lines(301, 400, "c"));
  fs_.set_content(kLog, lines(401, 410, "d"));
  EXPECT_EQ(seqs({.strict = true}), range(1, 410));
  EXPECT_EQ(count_log_entries(kLog, fs_).value(), 410);
  EXPECT_EQ(count_log_entries<Note>(kLog, fs_).value(), 410);
  EXPECT_EQ(last_texts(500).size(), 410u);
  EXPECT_THAT(last_texts(12),
              ElementsAre("c", "c", "d", "d", "d", "d", "d", "d", "d", "d", "d", "d"));
  const LogInfo info = read_log_info(kLog, {.file_system = &fs_}).value();
  EXPECT_EQ(info.entry_count, 410);
  EXPECT_EQ(info.segment_count, 4);
  EXPECT_EQ(info.bytes, static_cast<int64_t>(lines(1, 410, "a").size()));
  EXPECT_EQ(seqs({.start_seq = 150, .end_seq = 320, .order = LineOrder::kOrdered}),
            range(150, 319));
}

TEST_F(ArchiveReadTest, ALineIsWhereItStandsInTheText) {
  const std::string text = lines(1, 100, "a") + "no JSON\n" + lines(101, 120, "b");
  put_archive({1, 120}, text);
  absl::StatusOr<LogLines> scan = scan_lines(kLog, {.scan = {.file_system = &fs_}});
  ASSERT_TRUE(scan.ok());
  int64_t line_number = 0;
  int64_t offset = 0;
  while (scan->next()) {
    EXPECT_EQ(scan->line().path, segment_path(kLog, {1, 120, 1, SegmentForm::kGzip}));
    EXPECT_EQ(scan->line().line_number, ++line_number);
    EXPECT_EQ(scan->line().offset_bytes, offset);
    EXPECT_EQ(text.substr(static_cast<size_t>(offset), scan->line().text.size()),
              scan->line().text);
    offset += static_cast<int64_t>(scan->line().text.size()) + 1;
  }
  EXPECT_EQ(line_number, 121);
  EXPECT_EQ(scan->stats().damaged_count, 1);
}

TEST_F(ArchiveReadTest, OfASegmentInBothFormsThePlainOneIsRead) {
  put_archive({1, 20}, lines(1, 20, "archive"));
  put_plain({1, 20}, lines(1, 20, "plain"));
  EXPECT_EQ(texts(), std::vector<std::string>(20, "plain"));
  EXPECT_EQ(last_texts(20), std::vector<std::string>(20, "plain"));
}

TEST_F(ArchiveReadTest, AnArchiveCanBeReadByItself) {
  put_archive({1, 200}, lines(1, 200, "a"));
  put_plain({201, 300}, lines(201, 300, "b"));
  const std::string path = segment_path(kLog, {1, 200, 1, SegmentForm::kGzip});
  EXPECT_EQ(seqs({.strict = true}, path), range(1, 200));
  EXPECT_EQ(count_log_entries(path, fs_).value(), 200);
  // By any name, if it begins like gzip; a log of that name is read as it is.
  fs_.set_content("/old.gz", archive_of(lines(1, 5, "x")));
  fs_.set_content("/plain.gz", lines(1, 6, "x"));
  EXPECT_EQ(seqs({.strict = true}, "/old.gz"), range(1, 5));
  EXPECT_EQ(seqs({.strict = true}, "/plain.gz"), range(1, 6));
}

TEST_F(ArchiveReadTest, ArchivesWhoseRangesOverlapAreMerged) {
  put_archive({1, 200}, lines(1, 200, "a"));
  put_archive({150, 250, 2}, lines(150, 200, "a") + lines(201, 250, "b"));
  EXPECT_EQ(seqs({.strict = true}), range(1, 250));
  EXPECT_EQ(read_log_info(kLog, {.file_system = &fs_}).value().overlap_count, 51);
  EXPECT_EQ(last_texts(300).size(), 250u);
}

TEST_F(ArchiveReadTest, ForeignArchivesComeFirstInTheOrderOfTheirNames) {
  fs_.set_content("/log_20250116_103000.jsonl.gz", foreign_archive_of(unnumbered(3, 4)));
  fs_.set_content("/log_20250115_103000.jsonl.gz", foreign_archive_of(unnumbered(1, 2)));
  put_archive({1, 2}, lines(1, 2, "sealed"));
  fs_.set_content(kLog, lines(3, 3, "active"));
  EXPECT_THAT(texts(), ElementsAre("u1", "u2", "u3", "u4", "sealed", "sealed", "active"));
  EXPECT_THAT(last_texts(5), ElementsAre("u3", "u4", "sealed", "sealed", "active"));
  EXPECT_EQ(count_log_entries(kLog, fs_).value(), 7);
  // Alone, they are a log, too.
  fs_.remove(kLog);
  fs_.remove(segment_path(kLog, {1, 2, 1, SegmentForm::kGzip}));
  EXPECT_THAT(texts(), ElementsAre("u1", "u2", "u3", "u4"));
  EXPECT_THAT(texts("/log_20250116_103000.jsonl.gz"), ElementsAre("u3", "u4"));
}

TEST_F(ArchiveReadTest, ForeignArchivesOfSeveralMembersAreReadAsOne) {
  const std::string text = unnumbered(1, 30000);
  ASSERT_GT(text.size(), size_t{1} << 20);
  fs_.set_content("/log_20250115_103000.jsonl.gz", foreign_archive_of(text));
  const std::vector<std::string> all = texts();
  ASSERT_EQ(all.size(), 30000u);
  EXPECT_EQ(all.back(), "u30000");
  EXPECT_EQ(last_texts(40000), all);
}

TEST_F(ArchiveReadTest, ASegmentThatIsCompressedBeforeItIsOpenedIsReadFromItsArchive) {
  put_plain({1, 20}, lines(1, 20, "a"));
  put_plain({21, 40}, lines(21, 40, "b"));
  fs_.set_content(kLog, lines(41, 50, "c"));
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, {.strict = true, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  std::vector<int64_t> seen;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    seen.push_back(it.seq());
    if (it.seq() == 5) {
      put_archive({21, 40}, lines(21, 40, "b"));
      fs_.remove(segment_path(kLog, {21, 40}));
    }
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_EQ(seen, range(1, 50));
}

// Lines without a number tell nobody that they were read before.
TEST_F(ArchiveReadTest, TheActiveFileThatIsSealedAndCompressedDuringAScanIsReadOnce) {
  fs_.set_content(kLog, lines(1, 10, "a") + unnumbered(1, 3));
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, {.strict = true, .file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  std::vector<std::string> seen;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    seen.push_back(it->text);
    if (seen.size() == 13) {
      seal_as_archive({1, 10});
      put_archive({11, 12}, lines(11, 12, "b") + unnumbered(4, 4));
      fs_.set_content(kLog, lines(13, 13, "c"));
    } else if (it->text == "c") {
      seal_as_archive({13, 13});
      fs_.set_content(kLog, lines(14, 14, "d") + unnumbered(5, 5));
    }
  }
  EXPECT_TRUE(scan->status().ok()) << scan->status();
  EXPECT_THAT(seen, ElementsAre("a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "u1", "u2", "u3",
                                "b", "b", "u4", "c", "d", "u5"));
}

TEST_F(ArchiveReadTest, AForeignProgramThatRotatesDuringAScanIsReadOnce) {
  fs_.set_content(kLog, unnumbered(1, 3));
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, {.file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  std::vector<std::string> seen;
  for (auto it = scan->begin(); it != scan->end(); ++it) {
    seen.push_back(it->text);
    if (it->text == "u3") {
      fs_.set_content("/log_20250115_103000.jsonl.gz", foreign_archive_of(fs_.content(kLog)));
      fs_.remove(kLog);
      fs_.set_content(kLog, unnumbered(4, 5));
    }
  }
  EXPECT_THAT(seen, ElementsAre("u1", "u2", "u3", "u4", "u5"));
}

TEST_F(ArchiveReadTest, TheTimeOfTheLastEntryIsFoundInAnArchive) {
  put_archive({1, 200}, lines(1, 200, "a"));
  const std::string plain = segment_path(kLog, {1, 200});
  const auto ts = internal::read_last_ts(fs_, plain + ".gz", 1 << 20);
  ASSERT_TRUE(ts.ok() && ts->has_value());
  EXPECT_EQ(absl::FormatTime("%H:%M:%S", **ts, absl::UTCTimeZone()), "10:13:20");
  const auto since = internal::read_last_ts(fs_, plain, 1 << 20);
  ASSERT_TRUE(since.ok()) << "compressed since it was listed";
  EXPECT_EQ(*since, *ts);
}

TEST_F(ArchiveReadTest, AWriterRefusesTheNameOfAnArchive) {
  for (const char* name : {"/log.00000000000000000001-00000000000000000042.jsonl.gz",
                           "/log_20250115_103000.jsonl.gz"}) {
    LogPersistenceConfig config;
    config.path = name;
    FakeClock clock;
    const auto writer = PersistentLogWriter::open(config, {&clock, &fs_, [](const Diagnostic&) {}});
    EXPECT_TRUE(absl::IsInvalidArgument(writer.status())) << writer.status();
    EXPECT_THAT(text_of(writer.status()), HasSubstr("log.jsonl"));
  }
}

// ---- What it costs

std::string noise(size_t size_bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size_bytes, ' ');
  for (char& byte : text) byte = static_cast<char>('#' + random() % 57);
  return text;
}

class ArchiveCostTest : public ArchiveReadTest {
 protected:
  // 20 members of 512 KiB.
  ArchiveCostTest() {
    for (int64_t seq = 1; static_cast<int64_t>(text_.size()) < 20 * 524288; ++seq) {
      text_ += line(seq, noise(1000, static_cast<unsigned>(seq)));
      last_seq_ = seq;
    }
    archive_ = archive_of(text_);
    fs_.set_content(path(), archive_);
  }
  std::string path() const { return segment_path(kLog, {1, last_seq_, 1, SegmentForm::kGzip}); }

  std::unique_ptr<ArchiveFile> open() {
    return std::make_unique<ArchiveFile>(internal::open_for_reading(fs_, path()).value());
  }
  int64_t read_count() const {
    const std::vector<std::string> calls = fs_.calls();
    return std::count_if(calls.begin(), calls.end(), [&](const std::string& call) {
      return call.starts_with("read_at " + path());
    });
  }

  std::string text_;
  std::string archive_;
  int64_t last_seq_ = 0;
};

TEST_F(ArchiveCostTest, TheSizeIsKnownWithoutInflating) {
  const std::unique_ptr<ArchiveFile> file = open();
  EXPECT_EQ(file->stat().stat.size_bytes, static_cast<int64_t>(text_.size()));
  EXPECT_EQ(file->inflated_count(), 0);
  EXPECT_EQ(file->list_members("").value().size(), 20u);
}

TEST_F(ArchiveCostTest, ForwardAndBackwardEachMemberIsInflatedOnce) {
  std::unique_ptr<ArchiveFile> file = open();
  std::string block(700000, '\0');
  std::string forward;
  for (IoResult read;
       (read = file->read_at(block.data(), block.size(), static_cast<int64_t>(forward.size())))
           .value > 0;) {
    forward.append(block, 0, static_cast<size_t>(read.value));
  }
  EXPECT_EQ(forward, text_);
  EXPECT_EQ(file->inflated_count(), 20);

  file = open();
  internal::BackwardLineReader backward(*file, path(), file->stat().stat.size_bytes, 1 << 20);
  int64_t seq = last_seq_;
  while (backward.previous()) {
    ASSERT_EQ(std::string(backward.line()) + "\n",
              line(seq, noise(1000, static_cast<unsigned>(seq))));
    --seq;
  }
  EXPECT_EQ(seq, 0);
  EXPECT_EQ(file->inflated_count(), 20);
}

TEST_F(ArchiveCostTest, TheLastEntriesAreReadFromTheLastMembers) {
  fs_.forget_calls();
  EXPECT_EQ(last_texts(20).size(), 20u);
  // A header of each member, and the last one.
  const int64_t reads_of_a_member = static_cast<int64_t>(archive_.size()) / 20 / 65536 + 2;
  EXPECT_LE(read_count(), 20 + reads_of_a_member);
  EXPECT_GT(read_count(), 20);
}

TEST_F(ArchiveCostTest, AScanFromTheMiddleInflatesNothingBefore) {
  fs_.forget_calls();
  const std::vector<int64_t> found =
      seqs({.start_seq = last_seq_ - 100, .order = LineOrder::kOrdered});
  EXPECT_EQ(found, range(last_seq_ - 100, last_seq_));
  const int64_t reads_of_a_member = static_cast<int64_t>(archive_.size()) / 20 / 65536 + 2;
  EXPECT_LE(read_count(), 21 + reads_of_a_member);
}

}  // namespace
}  // namespace logslice::testing
