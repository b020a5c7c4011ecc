// What check_log finds, and what it calls damage.

#include "logslice/persistence/check_log.h"

#include <cerrno>
#include <string>
#include <vector>

#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = LogFindingKind;

constexpr char kLog[] = "/log.jsonl";
constexpr char kRecover[] = "logslice recover /log.jsonl -o /log.jsonl.recovered";

// Written `second` seconds past the hour; by default as many as its number.
std::string line(int64_t seq, int64_t second = -1) {
  const std::string digits = std::to_string(second < 0 ? seq % 60 : second);
  return "{\"__type__\":\"test:Note\",\"text\":\"a\",\"number\":0,\"__seq__\":" +
         std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:00:" + std::string(2 - digits.size(), '0') + digits +
         ".000000+00:00\"}\n";
}

std::string lines(std::vector<int64_t> seqs) {
  std::string all;
  for (const int64_t seq : seqs) all += line(seq, 0);
  return all;
}

class CheckLogTest : public ::testing::Test {
 protected:
  LogCheck check(const std::string& path = kLog, CheckOptions options = {}) {
    options.file_system = &fs_;
    absl::StatusOr<LogCheck> result = check_log(path, options);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : LogCheck();
  }
  LogCheck check_content(std::string content) {
    fs_.set_content(kLog, std::move(content));
    return check();
  }
  std::string add_segment(int64_t first_seq, int64_t last_seq, std::string content) {
    const std::string path = internal::segment_path(kLog, {first_seq, last_seq});
    fs_.set_content(path, std::move(content));
    return path;
  }

  FakeFileSystem fs_;
  FakeClock clock_;
};

// "damage torn_tail 80", "remark seq_missing 160 2-3": severity, kind, offset, numbers.
std::vector<std::string> findings(const LogCheck& check) {
  std::vector<std::string> all;
  for (const LogFinding& finding : check.findings) {
    std::string text = finding.severity == LogFindingSeverity::kDamage ? "damage " : "remark ";
    text += log_finding_name(finding.kind);
    if (finding.offset_bytes) text += " " + std::to_string(*finding.offset_bytes);
    if (finding.first_seq > 0) {
      text += " " + std::to_string(finding.first_seq) + "-" + std::to_string(finding.last_seq);
    }
    all.push_back(text);
  }
  return all;
}

const int64_t kLine = static_cast<int64_t>(line(1).size());
std::string at(int64_t lines_before, int64_t bytes = 0) {
  return std::to_string(lines_before * kLine + bytes);
}

TEST_F(CheckLogTest, AWrittenLogIsSound) {
  TestLog log(fs_, clock_, {.flush_interval = 2});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 5; ++i) (void)log.append("a");
  ASSERT_TRUE(log.writer->close().ok());
  const LogCheck result = check();
  EXPECT_THAT(findings(result), IsEmpty());
  EXPECT_TRUE(result.is_sound());
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.entry_count, 5);
  EXPECT_EQ(result.file_count, 1);
  EXPECT_EQ(result.bytes, static_cast<int64_t>(fs_.content(kLog).size()));
}

TEST_F(CheckLogTest, AnEmptyLogIsSound) { EXPECT_THAT(findings(check_content("")), IsEmpty()); }

TEST_F(CheckLogTest, NoLogIsNotFoundAndWhatIsNoneIsNamed) {
  EXPECT_TRUE(absl::IsNotFound(check_log(kLog, {.file_system = &fs_}).status()));
  fs_.make_directory("/dir");
  const absl::Status status = check_log("/dir", {.file_system = &fs_}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(text_of(status), HasSubstr("/dir is a directory"));
  EXPECT_TRUE(absl::IsInvalidArgument(
      check_log(kLog, {.findings_per_kind_max = 0, .file_system = &fs_}).status()));
}

TEST_F(CheckLogTest, NothingIsEverChanged) {
  add_segment(1, 3, lines({1, 2, 2}) + "torn");
  fs_.set_content(kLog, line(3) + "{bad\n" + line(9) + "torn");
  fs_.set_content("/log.jsonl.lock", "x");
  fs_.forget_calls();
  EXPECT_FALSE(check().is_sound());
  for (const std::string& call : fs_.calls()) {
    const std::string name = call.substr(0, call.find(' '));
    EXPECT_THAT(name, ::testing::AnyOf("open", "stat", "fstat", "read_at", "list_directory",
                                       "locked_elsewhere"))
        << call;
  }
}

// ---- Lines

TEST_F(CheckLogTest, ADamagedLineIsToldWithItsPlaceAndWhatMendsIt) {
  const LogCheck result = check_content(line(1) + line(2) + "{\"a\":\n" + line(3));
  EXPECT_THAT(findings(result), ElementsAre("damage damaged_line " + at(2)));
  EXPECT_EQ(result.findings[0].line_number, 3);
  EXPECT_EQ(result.findings[0].path, kLog);
  EXPECT_EQ(result.findings[0].mend, kRecover);
  EXPECT_FALSE(result.is_sound());
}

TEST_F(CheckLogTest, BytesThatAreNotUtf8AreNamedWithTheFirst) {
  std::string bad = line(2);
  bad[30] = '\xFF';
  EXPECT_THAT(
      findings(check_content(line(1) + bad + line(3))),
      ElementsAre("damage invalid_utf8 " + at(1, 30), "remark seq_missing " + at(2) + " 2-2"));
}

TEST_F(CheckLogTest, ARunOfNulsIsOneFinding) {
  std::string hole = lines({2, 3});
  hole.replace(10, 100, 100, '\0');
  const LogCheck result = check_content(line(1) + hole + line(4));
  EXPECT_THAT(findings(result),
              ElementsAre("damage nul_bytes " + at(1, 10), "remark seq_missing " + at(3) + " 2-3"));
  EXPECT_THAT(result.findings[0].text, HasSubstr("100 NUL bytes"));
}

TEST_F(CheckLogTest, ALineBeyondTheLimitIsDamage) {
  fs_.set_content(kLog, line(1) + "{\"x\":\"" + std::string(1000, 'x') + "\"}\n" + line(2));
  EXPECT_THAT(findings(check(kLog, {.line_bytes_max = 200})),
              ElementsAre("damage long_line " + at(1)));
}

TEST_F(CheckLogTest, FindingsOfOneKindAreBounded) {
  std::string garbage;
  for (int i = 0; i < 1000; ++i) garbage += "{\n";
  fs_.set_content(kLog, garbage);
  const LogCheck result = check(kLog, {.findings_per_kind_max = 3});
  ASSERT_THAT(result.findings, SizeIs(4));
  EXPECT_EQ(result.findings[3].text, "and 997 more of the kind damaged_line");
  EXPECT_EQ(result.findings[3].mend, kRecover);
  EXPECT_EQ(result.damage_count, 1000);
}

// ---- Numbers and times

TEST_F(CheckLogTest, AHoleIsARemark) {
  const LogCheck result = check_content(lines({1, 2, 6, 8}));
  EXPECT_THAT(findings(result), ElementsAre("remark seq_missing " + at(2) + " 3-5",
                                            "remark seq_missing " + at(3) + " 7-7"));
  EXPECT_TRUE(result.is_sound());
}

TEST_F(CheckLogTest, WhereALogBeginsIsNoHole) {
  EXPECT_THAT(findings(check_content(lines({7, 8}))), IsEmpty());
}

TEST_F(CheckLogTest, AHoleThatIsFilledOutOfOrderIsNone) {
  EXPECT_THAT(
      findings(check_content(lines({1, 5, 3, 2, 4, 6}))),
      ElementsAre("damage seq_back " + at(2) + " 3-3", "damage seq_back " + at(3) + " 2-2"));
}

TEST_F(CheckLogTest, WhatIsBelowAllOthersIsNoRepeat) {
  EXPECT_THAT(findings(check_content(lines({9, 8, 5, 6, 10}))),
              ElementsAre("damage seq_back " + at(1) + " 8-8", "damage seq_back " + at(2) + " 5-5",
                          "remark seq_missing " + at(2) + " 7-7"));
}

TEST_F(CheckLogTest, AmongHolesThatAreNotKeptNothingIsCalledRepeated) {
  std::string content;
  for (int64_t seq = 1; seq <= 24001; seq += 2) content += line(seq, 0);
  const std::vector<std::string> found =
      findings(check_content(content + line(2, 0) + line(23000, 0) + line(1, 0)));
  EXPECT_THAT(found, ::testing::Contains(AllOf(HasSubstr("seq_repeated"), EndsWith(" 1-1"))));
  EXPECT_THAT(found, ::testing::Not(::testing::Contains(HasSubstr("23000-23000"))));
}

TEST_F(CheckLogTest, RepeatsAreToldAsRanges) {
  EXPECT_THAT(
      findings(check_content(lines({1, 2, 3, 4, 2, 3, 4, 5, 5}))),
      ElementsAre("damage seq_repeated " + at(4) + " 2-4", "damage seq_repeated " + at(8) + " 5-5",
                  "damage seq_back " + at(4) + " 2-2"));
}

TEST_F(CheckLogTest, HolesBeyondThoseKeptAreCounted) {
  std::string content;
  for (int64_t seq = 1; seq <= 24001; seq += 2) content += line(seq, 0);
  const LogCheck result = check_content(content);
  EXPECT_THAT(result.findings, SizeIs(11));
  EXPECT_TRUE(result.is_sound());
  // 10,000 one by one, and one that tells of the others.
  EXPECT_EQ(result.remark_count, 10001);
  EXPECT_EQ(result.findings[10].text, "and 9991 more of the kind seq_missing");
}

TEST_F(CheckLogTest, TimeGoingBackIsARemarkAndToldOnce) {
  const LogCheck result = check_content(line(1, 10) + line(2, 5) + line(3, 6) + line(4, 11));
  EXPECT_THAT(findings(result), ElementsAre("remark time_back " + at(1) + " 2-2"));
  EXPECT_TRUE(result.is_sound());
}

TEST_F(CheckLogTest, EntriesWithoutANumberAreARemark) {
  EXPECT_THAT(findings(check_content(line(1) + "{}\n{}\n" + line(2))),
              ElementsAre("remark seq_none " + at(1)));
}

TEST_F(CheckLogTest, NumbersThatTheSidecarKnowsAndTheLogLacksAreARemark) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 5; ++i) (void)log.append("a");
  ASSERT_TRUE(log.writer->close().ok());
  std::string content = fs_.content(kLog);
  content.resize(content.rfind('\n', content.size() - 2) + 1);
  EXPECT_THAT(findings(check_content(content)), ElementsAre("remark seq_missing 5-5"));
}

// ---- The end

TEST_F(CheckLogTest, ATornTailIsDamageThatTheNextWriterMends) {
  const LogCheck result = check_content(line(1) + "{\"__type__\":");
  EXPECT_THAT(findings(result), ElementsAre("damage torn_tail " + at(1)));
  EXPECT_THAT(result.findings[0].text, HasSubstr("12 bytes behind the last newline"));
  EXPECT_EQ(result.findings[0].mend,
            "open the log with a writer: it moves them to /log.jsonl.torn");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.writer->close().ok());
  EXPECT_THAT(findings(check()), IsEmpty());
}

TEST_F(CheckLogTest, ATornTailOfNulsSaysSo) {
  const LogCheck result = check_content(line(1) + std::string(4096, '\0'));
  EXPECT_THAT(findings(result), ElementsAre("damage torn_tail " + at(1)));
  EXPECT_THAT(result.findings[0].text, HasSubstr("4096 bytes behind the last newline, 4096 of"));
}

TEST_F(CheckLogTest, WhileAWriterIsAtWorkATornTailIsARemark) {
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  (void)log.append("a");
  const int64_t end = static_cast<int64_t>(fs_.content(kLog).size());
  fs_.set_content(kLog, fs_.content(kLog) + "{\"__ty");
  const LogCheck result = check();
  EXPECT_THAT(findings(result),
              ElementsAre("remark torn_tail " + std::to_string(end), "remark writer"));
  EXPECT_THAT(result.findings[1].text,
              ::testing::MatchesRegex("process [0-9]+ since 2025-01-15T10:30:00.000000\\+00:00 has "
                                      "the log open for writing"));
  EXPECT_TRUE(result.is_sound());
}

TEST_F(CheckLogTest, ATornTailOfASealedSegmentIsARemark) {
  const std::string sealed = add_segment(1, 2, lines({1, 2}) + "{\"__ty");
  fs_.set_content(kLog, lines({3}));
  const LogCheck result = check();
  EXPECT_THAT(findings(result), ElementsAre("remark torn_tail " + at(2)));
  EXPECT_EQ(result.findings[0].path, sealed);
}

// ---- Segments

TEST_F(CheckLogTest, SegmentsAreOneLogAndAnEmptyActiveFileIsFine) {
  add_segment(1, 2, lines({1, 2}));
  add_segment(3, 4, lines({3, 4}));
  fs_.set_content(kLog, "");
  const LogCheck result = check();
  EXPECT_THAT(findings(result), IsEmpty());
  EXPECT_EQ(result.file_count, 3);
  EXPECT_EQ(result.entry_count, 4);
  fs_.remove(kLog);
  EXPECT_THAT(findings(check()), IsEmpty());
}

TEST_F(CheckLogTest, EqualLinesInTwoSegmentsAreARemarkAndUnequalOnesDamage) {
  const std::string sealed = add_segment(1, 3, lines({1, 2, 3}));
  fs_.set_content(kLog, lines({2}) + line(3, 30) + line(4, 31));
  const LogCheck result = check();
  EXPECT_THAT(findings(result),
              ElementsAre("damage seq_conflict " + at(1) + " 3-3", "remark segment_overlap"));
  EXPECT_THAT(result.findings[0].text, HasSubstr("is another entry in " + sealed));
  EXPECT_THAT(result.findings[1].text, HasSubstr("1 entry stands in two segments"));
}

TEST_F(CheckLogTest, ASegmentThatLacksWhatItsNameSaysIsDamage) {
  const std::string sealed = add_segment(1, 5, lines({1, 2, 3}));
  fs_.set_content(kLog, lines({6}));
  const LogCheck result = check();
  EXPECT_THAT(findings(result),
              ElementsAre("damage segment_range 1-5", "remark seq_missing " + at(0) + " 4-5"));
  EXPECT_EQ(result.findings[0].text, "holds seq 1 to 3, but its name says 1 to 5");
  EXPECT_EQ(result.findings[0].mend, kRecover);
}

TEST_F(CheckLogTest, DamagedLinesAtTheEndsOfASegmentDoNotContradictItsName) {
  add_segment(1, 4, "{\n" + lines({2, 3}) + "{\n");
  fs_.set_content(kLog, lines({5}));
  EXPECT_THAT(findings(check()),
              ElementsAre("damage damaged_line 0", "damage damaged_line " + at(2, 2),
                          "remark seq_missing 0 4-4"));
}

TEST_F(CheckLogTest, ANumberBeyondTheNameOfItsSegmentIsDamage) {
  add_segment(1, 3, lines({1, 2, 9, 3}));
  fs_.set_content(kLog, lines({4}));
  EXPECT_THAT(findings(check()), ::testing::Contains("damage segment_range " + at(2) + " 9-9"));
}

TEST_F(CheckLogTest, ASegmentThatCannotBeReadIsToldAndTheOthersAreLookedAt) {
  const std::string sealed = add_segment(1, 2, lines({1, 2}));
  fs_.set_content(kLog, lines({3}));
  fs_.set_permissions(kLog, 0644);
  fs_.on_call(0, [] {});
  // The sidecar, twice; then the segment.
  fs_.fail_call(fs_.call_count() + 3, EACCES, Times::kOnce);
  const LogCheck result = check();
  EXPECT_THAT(findings(result), ElementsAre("damage unreadable", "damage permissions"));
  EXPECT_EQ(result.findings[0].path, sealed);
  EXPECT_FALSE(result.is_complete);
}

TEST_F(CheckLogTest, WhateverCallFailsItSaysSoOrFindsEverything) {
  add_segment(1, 2, lines({1, 2}));
  fs_.set_content(kLog, lines({3}) + "{\n");
  fs_.set_content("/log.jsonl.lock", "");
  const int64_t first = fs_.call_count();
  (void)check();
  const int64_t count = fs_.call_count() - first;
  ASSERT_GT(count, 20);
  for (int64_t i = 0; i < count; ++i) {
    fs_.fail_call(fs_.call_count() + i, EIO, Times::kOnce);
    const absl::StatusOr<LogCheck> result = check_log(kLog, {.file_system = &fs_});
    fs_.heal();
    if (!result.ok() || !result->is_complete) continue;
    EXPECT_THAT(findings(*result), ::testing::Contains("damage damaged_line " + at(1))) << i;
  }
}

// ---- The files

TEST_F(CheckLogTest, PermissionsWiderThan0600AreDamageOfEachFile) {
  add_segment(1, 2, lines({1, 2}));
  for (const std::string file : {kLog, "/log.jsonl.lock", "/log.jsonl.torn"}) {
    fs_.set_content(file, "");
    fs_.set_permissions(file, 0640);
  }
  const LogCheck result = check();
  EXPECT_THAT(findings(result),
              ElementsAre("damage permissions", "damage permissions", "damage permissions"));
  EXPECT_EQ(result.findings[0].mend, "chmod 600 /log.jsonl.lock");
  EXPECT_EQ(result.findings[1].mend, "chmod 600 /log.jsonl");
  EXPECT_EQ(result.findings[2].mend, "chmod 600 /log.jsonl.torn");
  EXPECT_THAT(result.findings[0].text, HasSubstr("0640"));
  fs_.set_permissions(kLog, 0400);  // narrower
  EXPECT_THAT(findings(check()), SizeIs(2));
}

TEST_F(CheckLogTest, ASecondHardLinkIsDamage) {
  fs_.set_content(kLog, lines({1}));
  fs_.set_link_count(kLog, 2);
  EXPECT_THAT(findings(check()), ElementsAre("damage hard_link"));
}

TEST_F(CheckLogTest, ASidecarThatNoWriterWroteIsARemark) {
  fs_.set_content("/log.jsonl.lock", "garbage\n");
  EXPECT_THAT(findings(check_content(lines({1}))), ElementsAre("remark sidecar"));
  fs_.set_content("/log.jsonl.lock", "");  // a log that was refused leaves one
  EXPECT_THAT(findings(check()), IsEmpty());
}

TEST_F(CheckLogTest, WhatMendsIsQuotedForAShell) {
  const std::string path = "/it's a log";
  fs_.set_content(path, "{\n");
  const LogCheck result = check(path);
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_EQ(result.findings[0].mend,
            "logslice recover '/it'\\''s a log' -o '/it'\\''s a log.recovered'");
}

}  // namespace
}  // namespace logslice::testing
