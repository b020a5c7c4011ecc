// What salvage_log saves, and that it loses no byte.

#include "logslice/persistence/salvage_log.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "logslice/persistence/check_log.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/json_conversion.h"
#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {

// The line before a piece in a quarantine file.
struct PieceHeader {
  std::string quarantined_from;
  int64_t offset = -1;
  int64_t bytes = -1;
  std::string reason;
};

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kLog[] = "/log.jsonl";
constexpr char kNew[] = "/new.jsonl";
constexpr char kQuarantine[] = "/new.jsonl.quarantine";

std::string line(int64_t seq, std::string_view text = "a") {
  return "{\"__type__\":\"test:Note\",\"text\":\"" + std::string(text) +
         "\",\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:00:00.000000+00:00\"}\n";
}
std::string short_line(int64_t seq) { return "{\"__seq__\":" + std::to_string(seq) + "}\n"; }

std::string lines(const std::vector<int64_t>& seqs) {
  std::string all;
  for (const int64_t seq : seqs) all += line(seq);
  return all;
}

std::vector<std::string> split_lines(const std::string& content) {
  std::vector<std::string> all;
  for (size_t start = 0; start < content.size();) {
    const size_t end = std::min(content.find('\n', start), content.size() - 1) + 1;
    all.push_back(content.substr(start, end - start));
    start = end;
  }
  return all;
}

struct Piece {
  PieceHeader header;
  std::string bytes;
};

// By its layout: a header, so many bytes, a newline.
std::vector<Piece> parse_quarantine(const std::string& content) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < content.size();) {
    const size_t newline = content.find('\n', at);
    const absl::StatusOr<JsonValue> json = JsonValue::parse(content.substr(at, newline - at));
    const absl::StatusOr<PieceHeader> header =
        json.ok() ? from_json_value<PieceHeader>(*json) : json.status();
    if (!header.ok()) {
      ADD_FAILURE() << content.substr(at, newline - at);
      return pieces;
    }
    const size_t bytes = static_cast<size_t>(header->bytes);
    pieces.push_back({*header, content.substr(newline + 1, bytes)});
    at = newline + 1 + bytes;
    EXPECT_EQ(content.substr(at, 1), "\n");
    ++at;
  }
  return pieces;
}

struct Scanned {
  std::vector<std::string> all;
  std::vector<std::string> numbered;  // of those
};

class SalvageLogTest : public ::testing::Test {
 protected:
  absl::StatusOr<SalvageReport> salvage(SalvageOptions options = {}) {
    options.file_system = &fs_;
    options.clock = &clock_;
    return salvage_log(kLog, kNew, options);
  }
  SalvageReport salvaged(SalvageOptions options = {}) {
    const absl::StatusOr<SalvageReport> report = salvage(options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : SalvageReport();
  }
  std::string add_segment(int64_t first_seq, int64_t last_seq, std::string content) {
    const std::string path = internal::segment_path(kLog, {first_seq, last_seq});
    fs_.set_content(path, std::move(content));
    return path;
  }
  std::vector<Piece> pieces() { return parse_quarantine(fs_.content(kQuarantine)); }
  std::vector<std::string> reasons() {
    std::vector<std::string> all;
    for (const Piece& piece : pieces()) all.push_back(piece.header.reason);
    return all;
  }
  // The sound lines.
  Scanned scan(const std::string& path) {
    Scanned scanned;
    absl::StatusOr<LogLines> log = scan_lines(path, {.scan = {.file_system = &fs_}});
    EXPECT_TRUE(log.ok());
    while (log.ok() && log->next()) {
      if (!log->line().damage.empty()) continue;
      scanned.all.push_back(std::string(log->line().text) + "\n");
      if (log->line().seq > 0) scanned.numbered.push_back(scanned.all.back());
    }
    return scanned;
  }
  void remove_new() {
    for (const std::string& name : fs_.list_directory("/").names) {
      if (name.starts_with("new.jsonl")) fs_.remove("/" + name);
    }
  }

  // Salvages whatever is there, and holds the outcome against the contract.
  void expect_contract(const std::set<std::string>& originals);

  FakeFileSystem fs_;
  FakeClock clock_;
  int sound_count_ = 0;  // inputs of expect_contract() that were
};

void SalvageLogTest::expect_contract(const std::set<std::string>& originals) {
  std::map<std::string, std::string> input;
  int64_t input_bytes = 0;
  for (const std::string& name : fs_.list_directory("/").names) {
    if (!name.ends_with(".jsonl")) continue;
    input["/" + name] = fs_.content("/" + name);
    input_bytes += static_cast<int64_t>(fs_.content("/" + name).size());
  }
  const SalvageReport report = salvaged();
  // 1. The input is as it was.
  for (const auto& [path, content] : input) ASSERT_EQ(fs_.content(path), content);
  // 2. The counts add up, and are those of what is there.
  ASSERT_EQ(report.input_bytes, input_bytes);
  ASSERT_EQ(
      report.saved_bytes + report.quarantined_bytes + report.duplicate_bytes + report.blank_bytes,
      input_bytes);
  const std::string saved = fs_.content(kNew);
  const std::vector<std::string> saved_lines = split_lines(saved);
  ASSERT_EQ(static_cast<int64_t>(saved.size()), report.saved_bytes);
  ASSERT_EQ(static_cast<int64_t>(saved_lines.size()), report.saved_count);
  // 3. The quarantine is of pieces of the input, and there if there is one.
  int64_t quarantined_bytes = 0;
  std::set<std::string> quarantined;
  for (const Piece& piece : pieces()) {
    ASSERT_EQ(input.at(piece.header.quarantined_from)
                  .substr(static_cast<size_t>(piece.header.offset), piece.bytes.size()),
              piece.bytes);
    quarantined_bytes += piece.header.bytes;
    quarantined.insert(piece.bytes);
  }
  ASSERT_EQ(quarantined_bytes, report.quarantined_bytes);
  ASSERT_EQ(fs_.exists(kQuarantine), report.quarantined_count > 0);
  ASSERT_EQ(report.quarantine_path, report.quarantined_count > 0 ? kQuarantine : "");
  // 4. What was saved was there, or is sound all the same.
  const std::set<std::string> saved_set(saved_lines.begin(), saved_lines.end());
  for (const std::string& text : saved_lines) {
    ASSERT_TRUE(text.ends_with('\n'));
    ASSERT_TRUE(originals.contains(text) || JsonValue::parse(text).ok()) << text;
  }
  // 5. What a scan of the input finds was saved, or lost to another entry of its number.
  const Scanned found = scan(kLog);
  for (const std::string& text : found.all) {
    ASSERT_TRUE(saved_set.contains(text) || quarantined.contains(text)) << text;
  }
  // And of a sound log it is just that; those without a number may stand elsewhere.
  const absl::StatusOr<LogCheck> input_check = check_log(kLog, {.file_system = &fs_});
  ASSERT_TRUE(input_check.ok());
  if (input_check->is_sound()) {
    ++sound_count_;
    ASSERT_EQ(scan(kNew).numbered, found.numbered);
    ASSERT_EQ(saved_lines.size(), found.all.size());
  }
  // 6. It is sound, and each number is there once, in order.
  const absl::StatusOr<LogCheck> check = check_log(kNew, {.file_system = &fs_});
  ASSERT_TRUE(check.ok());
  ASSERT_TRUE(check->is_sound()) << check->findings[0].text;
  // 7. A writer goes on with a number that nobody had.
  TestLog log(fs_, clock_, {.path = kNew, .adopt_foreign = report.last_seq == 0});
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append("next").ok());
  ASSERT_GT(log.writer->marks().written_seq, report.last_seq);
  ASSERT_TRUE(log.writer->close().ok());
  ASSERT_TRUE(fs_.content(kNew).starts_with(saved));
  remove_new();
}

// ---- What is saved

TEST_F(SalvageLogTest, ASoundLogIsSavedByteForByteWithoutAQuarantine) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 5; ++i) (void)log.append("a");
  ASSERT_TRUE(log.writer->close().ok());
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), fs_.content(kLog));
  EXPECT_FALSE(fs_.exists(kQuarantine));
  EXPECT_TRUE(report.is_all_saved());
  EXPECT_EQ(report.saved_count, 5);
  EXPECT_EQ(report.saved_bytes, report.input_bytes);
  EXPECT_EQ(report.first_seq, 1);
  EXPECT_EQ(report.last_seq, 5);
  EXPECT_EQ(report.out_path, kNew);
  EXPECT_EQ(fs_.stat(kNew).stat.permissions, 0600u);
}

TEST_F(SalvageLogTest, WhatIsNoEntryGoesToTheQuarantineBehindItsPlaceAndReason) {
  fs_.set_content(kLog, line(1) + "{bad\n" + line(2) + "torn");
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), lines({1, 2}));
  const std::vector<Piece> found = pieces();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].bytes, "{bad\n");
  EXPECT_EQ(found[0].header.quarantined_from, kLog);
  EXPECT_EQ(found[0].header.offset, static_cast<int64_t>(line(1).size()));
  EXPECT_EQ(found[1].bytes, "torn");
  EXPECT_THAT(found[1].header.reason, HasSubstr("behind the last newline"));
  EXPECT_EQ(report.quarantined_bytes, 9);
  EXPECT_EQ(fs_.stat(kQuarantine).stat.permissions, 0600u);
}

TEST_F(SalvageLogTest, BlankLinesAreLeftOutAndCounted) {
  fs_.set_content(kLog, "\n" + line(1) + "  \r\n" + line(2));
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), lines({1, 2}));
  EXPECT_EQ(report.blank_count, 2);
  EXPECT_EQ(report.blank_bytes, 5);
  EXPECT_TRUE(report.is_all_saved());
}

TEST_F(SalvageLogTest, AnEntryBehindAHoleOfNulsIsSaved) {
  fs_.set_content(kLog, line(1) + std::string(4096, '\0') + line(2));
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), lines({1, 2}));
  EXPECT_EQ(report.quarantined_bytes, 4096);
  EXPECT_THAT(reasons(), ElementsAre(HasSubstr("4096 NUL bytes")));
}

TEST_F(SalvageLogTest, SoIsOneOfAnotherProgram) {
  fs_.set_content(kLog, std::string(10, '\0') + "{\"x\":1}\n");
  EXPECT_EQ(salvaged().quarantined_bytes, 10);
  EXPECT_EQ(fs_.content(kNew), "{\"x\":1}\n");
}

TEST_F(SalvageLogTest, AnEntryGluedToATornOneIsSaved) {
  fs_.set_content(kLog, line(1) + line(2).substr(0, 40) + line(3) + line(4));
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), lines({1, 3, 4}));
  EXPECT_EQ(report.quarantined_bytes, 40);
}

TEST_F(SalvageLogTest, AnEntryInsideADamagedOneIsNotTakenForOne) {
  const std::string inner = line(7).substr(0, line(7).size() - 1);
  fs_.set_content(kLog, line(1) + "{\"__type__\":\"m:B\",,\"inner\":" + inner + "}\n");
  (void)salvaged();
  EXPECT_EQ(fs_.content(kNew), line(1));
}

TEST_F(SalvageLogTest, AnEntryThatHoldsAnotherIsSavedWholeBehindATornOne) {
  const std::string inner = line(7).substr(0, line(7).size() - 1);
  const std::string outer = "{\"__type__\":\"m:B\",\"inner\":" + inner + ",\"__seq__\":2}\n";
  fs_.set_content(kLog, line(1).substr(0, 30) + outer);
  (void)salvaged();
  EXPECT_EQ(fs_.content(kNew), outer);
}

TEST_F(SalvageLogTest, ALineBeyondTheLimitIsQuarantinedWhole) {
  const std::string huge = "{\"x\":\"" + std::string(100000, 'x') + "\"}\n";
  fs_.set_content(kLog, line(1) + huge + lines({2, 1, 3}));
  const SalvageReport report = salvaged({.line_bytes_max = 1000});
  EXPECT_EQ(fs_.content(kNew), lines({1, 2, 3}));
  EXPECT_EQ(report.quarantined_bytes, static_cast<int64_t>(huge.size()));
  ASSERT_THAT(pieces(), SizeIs(1));
  EXPECT_EQ(pieces()[0].bytes, huge);
}

// ---- Order

TEST_F(SalvageLogTest, EntriesComeInTheOrderOfTheirNumbers) {
  fs_.set_content(kLog, lines({3, 1, 9, 8, 7, 2, 4}));
  EXPECT_TRUE(salvaged().is_all_saved());
  EXPECT_EQ(fs_.content(kNew), lines({1, 2, 3, 4, 7, 8, 9}));
}

TEST_F(SalvageLogTest, EntriesWithoutANumberStayBehindTheOneTheyStandBehind) {
  fs_.set_content(kLog, "{\"x\":0}\n" + line(3) + "{\"x\":3}\n" + line(1) + "{\"x\":1}\n");
  EXPECT_TRUE(salvaged().is_all_saved());
  EXPECT_EQ(fs_.content(kNew), line(1) + "{\"x\":1}\n{\"x\":0}\n" + line(3) + "{\"x\":3}\n");
}

TEST_F(SalvageLogTest, ALogWithoutNumbersKeepsItsOrderAndGetsNoSidecar) {
  const std::string content = "{\"x\":3}\n{\"x\":1}\n{\"x\":1}\n";
  fs_.set_content(kLog, content + "torn");
  EXPECT_EQ(salvaged().saved_count, 3);
  EXPECT_EQ(fs_.content(kNew), content);
  EXPECT_FALSE(fs_.exists("/new.jsonl.lock"));
}

TEST_F(SalvageLogTest, EqualRepeatsAreSavedOnceAndOfUnequalOnesTheLastIs) {
  fs_.set_content(kLog, line(1) + line(2, "old") + line(2, "old") + line(2, "new") + line(1));
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), line(1) + line(2, "new"));
  EXPECT_EQ(report.duplicate_count, 1);
  EXPECT_EQ(report.duplicate_bytes, static_cast<int64_t>(line(1).size()));
  ASSERT_THAT(pieces(), SizeIs(2));
  EXPECT_EQ(pieces()[0].bytes, line(2, "old"));
  EXPECT_THAT(pieces()[0].header.reason, HasSubstr("seq 2 is another entry in /log.jsonl, byte"));
}

TEST_F(SalvageLogTest, SegmentsAreMergedAndTheLaterOneWins) {
  const std::string sealed = add_segment(1, 4, line(1) + line(2) + line(3) + line(4, "old"));
  fs_.set_content(kLog, line(3) + line(4, "new") + line(5));
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), line(1) + line(2) + line(3) + line(4, "new") + line(5));
  EXPECT_EQ(report.input_file_count, 2);
  EXPECT_EQ(report.duplicate_count, 1);
  ASSERT_THAT(pieces(), SizeIs(1));
  EXPECT_EQ(pieces()[0].header.quarantined_from, sealed);
}

TEST_F(SalvageLogTest, TwoSequencesThatWereInterleavedAreSorted) {
  std::string content;
  std::string sorted;
  for (int64_t i = 1; i <= 3000; ++i) content += line(i) + line(100000 + i);
  for (int64_t i = 1; i <= 3000; ++i) sorted += line(i);
  for (int64_t i = 1; i <= 3000; ++i) sorted += line(100000 + i);
  fs_.set_content(kLog, content);
  EXPECT_TRUE(salvaged().is_all_saved());
  EXPECT_TRUE(fs_.content(kNew) == sorted);
}

TEST_F(SalvageLogTest, TheNextWriterGivesNoNumberAgainThatTheOldLogHadGiven) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 5; ++i) (void)log.append("a");
  ASSERT_TRUE(log.writer->close().ok());
  std::string content = fs_.content(kLog);
  content[content.size() - 20] = '\x01';  // the last line is damaged
  fs_.set_content(kLog, content);
  EXPECT_EQ(salvaged().last_seq, 4);
  TestLog next(fs_, clock_, {.path = kNew});
  ASSERT_TRUE(next.open().ok());
  EXPECT_EQ(next.accept("b"), 6);
}

// ---- Every damage

TEST_F(SalvageLogTest, EveryBitFlippedInTwoSegments) {
  const std::string sealed_content = line(1) + line(2);
  const std::string active_content = line(2) + line(3);
  const std::string sealed = add_segment(1, 2, sealed_content);
  fs_.set_content(kLog, active_content);
  const std::set<std::string> originals = {line(1), line(2), line(3)};
  for (const std::string& path : {sealed, std::string(kLog)}) {
    const std::string content = fs_.content(path);
    for (size_t bit = 0; bit < content.size() * 8; ++bit) {
      std::string damaged = content;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      fs_.set_content(path, damaged);
      expect_contract(originals);
      if (HasFatalFailure()) FAIL() << path << ", bit " << bit;
    }
    fs_.set_content(path, content);
  }
}

TEST_F(SalvageLogTest, CutAtEveryByteInTwoSegments) {
  const std::string sealed = add_segment(1, 3, lines({1, 2, 3}));
  fs_.set_content(kLog, lines({3, 4, 5}));
  const std::set<std::string> originals = {line(1), line(2), line(3), line(4), line(5)};
  for (const std::string& path : {sealed, std::string(kLog)}) {
    const std::string content = fs_.content(path);
    for (size_t size = 0; size < content.size(); ++size) {
      fs_.set_content(path, content.substr(0, size));
      expect_contract(originals);
      if (HasFatalFailure()) FAIL() << path << ", cut to " << size;
    }
    fs_.set_content(path, content);
  }
}

TEST_F(SalvageLogTest, EveryRangeZeroedInTwoSegments) {
  std::string sealed_content;
  for (int64_t seq = 1; seq <= 3; ++seq) sealed_content += short_line(seq);
  const std::string sealed = add_segment(1, 3, sealed_content);
  fs_.set_content(kLog, short_line(3) + short_line(4) + short_line(5));
  std::set<std::string> originals;
  for (int64_t seq = 1; seq <= 5; ++seq) originals.insert(short_line(seq));
  for (const std::string& path : {sealed, std::string(kLog)}) {
    const std::string content = fs_.content(path);
    for (size_t start = 0; start < content.size(); ++start) {
      for (size_t end = start + 1; end <= content.size(); ++end) {
        std::string damaged = content;
        damaged.replace(start, end - start, end - start, '\0');
        fs_.set_content(path, damaged);
        expect_contract(originals);
        if (HasFatalFailure()) FAIL() << path << ", zeroed " << start << " to " << end;
      }
    }
    fs_.set_content(path, content);
  }
}

// One thing that can happen to a file.
std::string damaged_at_random(std::string content, std::mt19937& random) {
  const auto below = [&](size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const size_t at = below(content.size());
  const size_t size = below(300);
  std::vector<std::string> all = split_lines(content);
  switch (random() % 9) {
    case 0:
      if (!content.empty()) content[at] = static_cast<char>(random());
      return content;
    case 1:
      return content.substr(0, at);
    case 2:  // a hole
      for (size_t i = at; i < std::min(content.size(), at + size); ++i) content[i] = '\0';
      return content;
    case 3:
      return content.erase(at, size);
    case 4:
      return content.insert(at, content.substr(below(content.size()), size));
    case 5:
      return content.insert(at, random() % 2 == 0 ? "\n" : " \t\r\n\n");
    case 6:
      return content.insert(at, std::string(size, static_cast<char>(random())));
    case 7:  // lines change places
      if (all.size() > 1) std::swap(all[below(all.size())], all[below(all.size())]);
      break;
    default:  // lines come again
      if (!all.empty())
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(below(all.size())),
                   all[below(all.size())]);
  }
  content.clear();
  for (const std::string& text : all) content += text;
  return content;
}

TEST_F(SalvageLogTest, DamagedAtRandomInEveryWayTheCountsAddUp) {
  constexpr int kRounds = 1500;
  for (int round = 0; round < kRounds; ++round) {
    std::mt19937 random(static_cast<uint32_t>(round));
    std::set<std::string> originals;
    std::vector<std::string> paths = {internal::segment_path(kLog, {1, 10}),
                                      internal::segment_path(kLog, {8, 20}), kLog};
    const std::vector<std::pair<int64_t, int64_t>> ranges = {{1, 10}, {8, 20}, {20, 30}};
    for (size_t i = 0; i < paths.size(); ++i) {
      std::string content;
      for (int64_t seq = ranges[i].first; seq <= ranges[i].second; ++seq) {
        const std::string text = random() % 8 == 0 ? "{\"x\":1}\n" : line(seq);
        originals.insert(text);
        content += text;
      }
      for (size_t times = random() % 4; times > 0; --times) {
        content = damaged_at_random(std::move(content), random);
      }
      fs_.set_content(paths[i], content);
    }
    expect_contract(originals);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
  EXPECT_GT(sound_count_, kRounds / 100);
  EXPECT_LT(sound_count_, kRounds / 2);
}

// ---- What is refused, and what a failure leaves

TEST_F(SalvageLogTest, NoLogIsNotFoundAndADirectoryIsNoPlaceForOne) {
  EXPECT_TRUE(absl::IsNotFound(salvage().status()));
  fs_.set_content(kLog, line(1));
  EXPECT_TRUE(
      absl::IsNotFound(salvage_log(kLog, "/none/new.jsonl", {.file_system = &fs_}).status()));
  for (const std::string path : {"/", "/log.jsonl.lock", "/log.jsonl.torn",
                                 "/new.00000000000000000001-00000000000000000002.jsonl"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(salvage_log(kLog, path, {.file_system = &fs_}).status()))
        << path;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(salvage({.line_bytes_max = 0}).status()));
}

TEST_F(SalvageLogTest, WhatStandsWhereTheNewLogWouldBeIsLeftAlone) {
  fs_.set_content(kLog, line(1));
  for (const std::string path :
       {"/new.jsonl", "/new.jsonl.lock", "/new.jsonl.torn", "/new.jsonl.quarantine",
        "/new.jsonl.recovering", "/new.00000000000000000001-00000000000000000002.jsonl"}) {
    fs_.set_content(path, "here");
    const absl::Status status = salvage().status();
    EXPECT_TRUE(absl::IsAlreadyExists(status)) << path;
    EXPECT_THAT(text_of(status), HasSubstr(path + " exists"));
    EXPECT_EQ(fs_.content(path), "here");
    fs_.remove(path);
    EXPECT_THAT(fs_.list_directory("/").names, ElementsAre("log.jsonl"));
  }
  EXPECT_TRUE(absl::IsAlreadyExists(salvage_log(kLog, kLog, {.file_system = &fs_}).status()));
}

TEST_F(SalvageLogTest, ALogThatAWriterHasOpenIsRefusedWithItsPid) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  (void)log.append("a");
  const absl::Status status = salvage().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(error_kind(status), ErrorKind::kLock);
  EXPECT_THAT(text_of(status), HasSubstr("/log.jsonl is open for writing in process "));
  EXPECT_FALSE(fs_.exists("/new.jsonl.recovering"));
}

TEST_F(SalvageLogTest, AFileThatChangesMeanwhileLeavesNoNewLog) {
  fs_.set_content(kLog, lines({1, 2, 3}));
  fs_.forget_calls();
  (void)salvaged();
  const std::vector<std::string> calls = fs_.calls();
  remove_new();
  const int64_t count = static_cast<int64_t>(calls.size());
  const int64_t synced_at =
      std::find(calls.begin(), calls.end(), "sync_data /new.jsonl.recovering") - calls.begin();
  ASSERT_LT(synced_at, count);
  int refused = 0;
  for (int64_t i = 0; i < count; ++i) {
    fs_.set_content(kLog, lines({1, 2, 3}));
    fs_.on_call(i, [&] { fs_.set_content(kLog, lines({1, 2, 3, 4})); });
    const absl::StatusOr<SalvageReport> report = salvage();
    if (report.ok()) {
      // Before it was first looked at, or after it was last.
      EXPECT_THAT(fs_.content(kNew), ::testing::AnyOf(lines({1, 2, 3}), lines({1, 2, 3, 4}))) << i;
    } else {
      ++refused;
      EXPECT_TRUE(absl::IsUnavailable(report.status())) << report.status();
      EXPECT_FALSE(fs_.exists(kNew)) << i;
    }
    if (i == synced_at) {
      EXPECT_FALSE(report.ok());
    }
    remove_new();
  }
  EXPECT_GT(refused, 5);
}

TEST_F(SalvageLogTest, WhateverCallFailsTheNewLogIsThereWholeOrNotAtAll) {
  const std::string sealed = add_segment(1, 2, lines({1, 2}));
  fs_.set_content(kLog, line(3) + "{\n" + line(4) + "torn");
  int64_t count = fs_.call_count();
  (void)salvaged();
  count = fs_.call_count() - count;
  const std::string whole = fs_.content(kNew);
  const std::string quarantine = fs_.content(kQuarantine);
  remove_new();
  int failed = 0;
  for (const Times times : {Times::kOnce, Times::kForEver}) {
    for (int64_t i = 0; i < count; ++i) {
      fs_.fail_call(fs_.call_count() + i, EIO, times);
      const absl::StatusOr<SalvageReport> report = salvage();
      fs_.heal();
      failed += report.ok() ? 0 : 1;
      if (report.ok()) {
        EXPECT_EQ(fs_.content(kNew), whole) << i;
      }
      // Where the entries are, the rest is.
      if (fs_.exists(kNew)) {
        EXPECT_EQ(fs_.content(kNew), whole) << i;
        EXPECT_EQ(fs_.content(kQuarantine), quarantine) << i;
      } else if (times == Times::kOnce && !fs_.exists("/new.jsonl.lock")) {
        EXPECT_FALSE(fs_.exists("/new.jsonl.recovering")) << i;
        EXPECT_FALSE(fs_.exists(kQuarantine)) << i;
      }
      EXPECT_EQ(fs_.content(sealed), lines({1, 2}));
      EXPECT_EQ(fs_.content(kLog), line(3) + "{\n" + line(4) + "torn");
      remove_new();
    }
  }
  EXPECT_GT(failed, 20);
}

TEST_F(SalvageLogTest, ItIsSyncedBeforeItHasItsName) {
  fs_.set_content(kLog, line(1) + "{\n");
  fs_.forget_calls();
  (void)salvaged();
  std::vector<std::string> changes;
  for (const std::string& call : fs_.calls()) {
    const std::string name = call.substr(0, call.find(' '));
    if (name == "sync_data" || name == "rename" || name == "sync_directory")
      changes.push_back(call);
  }
  EXPECT_THAT(changes, ElementsAre("sync_data /new.jsonl.recovering",
                                   "sync_data /new.jsonl.quarantine.recovering",
                                   "rename /new.jsonl.quarantine.recovering /new.jsonl.quarantine",
                                   "rename /new.jsonl.recovering /new.jsonl", "sync_directory /"));
}

}  // namespace
}  // namespace logslice::testing
