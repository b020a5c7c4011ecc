#include "recovery.h"

#include <cerrno>

#include <random>
#include "sidecar.h"

#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using RecoveryTest = WriterTest;

std::string line(int64_t seq, const std::string& text) {
  return "{\"__type__\":\"test:Note\",\"text\":\"" + text +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
}

TEST_F(RecoveryTest, LogCutAtEveryByteKeepsItsWholeLinesAndGoesOn) {
  const std::string whole = line(1, "a") + line(2, "bb") + line(3, "ccc");
  for (const bool has_sidecar : {false, true}) {
    for (size_t cut = 0; cut <= whole.size(); ++cut) {
      SCOPED_TRACE(cut);
      FakeFileSystem fs;
      if (has_sidecar) {
        TestLog first(fs, clock_);
        ASSERT_TRUE(first.open().ok());
      }
      fs.set_content("/log.jsonl", whole.substr(0, cut));
      const size_t newline = whole.substr(0, cut).rfind('\n');
      const size_t committed = newline == std::string::npos ? 0 : newline + 1;
      TestLog log(fs, clock_);
      ASSERT_TRUE(log.open().ok());
      ASSERT_EQ(fs.content("/log.jsonl"), whole.substr(0, committed));
      const std::string torn = whole.substr(committed, cut - committed);
      if (torn.empty()) {
        ASSERT_TRUE(log.diagnostics.empty());
      } else {
        ASSERT_THAT(log.events(), ElementsAre("log_torn_tail"));
        ASSERT_TRUE(fs.content("/log.jsonl.torn").ends_with("\n" + torn));
        ASSERT_THAT(fs.content("/log.jsonl.torn"),
                    HasSubstr("\"torn_at_offset\":" + std::to_string(committed)));
      }
      ASSERT_TRUE(log.append("next").ok());
      const std::vector<ScannedNote> notes = scan_notes(fs, "/log.jsonl", {.strict = true});
      const int64_t kept = std::count(whole.begin(), whole.begin() + static_cast<long>(cut), '\n');
      ASSERT_EQ(notes.size(), static_cast<size_t>(kept) + 1);
      ASSERT_EQ(notes.back().seq, kept + 1);
    }
  }
}

TEST_F(RecoveryTest, TornTailIsSyncedAsideBeforeItIsCut) {
  fs_.set_content("/log.jsonl", line(1, "a") + "{\"__type__\":\"te");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  const std::vector<std::string> calls = fs_.calls();
  const auto at = [&calls](const std::string& call) {
    return std::find(calls.begin(), calls.end(), call) - calls.begin();
  };
  EXPECT_LT(at("sync_data /log.jsonl.torn"), at("truncate /log.jsonl"));
  EXPECT_LT(at("sync_directory /"), at("truncate /log.jsonl"));
  EXPECT_LT(at("truncate /log.jsonl"), at("sync_data /log.jsonl"));
  EXPECT_LT(at("sync_data /log.jsonl"), static_cast<std::ptrdiff_t>(calls.size()));
}

TEST_F(RecoveryTest, TornTailStaysWhereItIsIfItCannotBeMovedAside) {
  const std::string content = line(1, "a") + "{\"__type__\":\"te";
  fs_.set_content("/log.jsonl", content);
  for (const char* call : {"create", "append", "sync_data", "sync_directory"}) {
    SCOPED_TRACE(call);
    fs_.remove("/log.jsonl.torn");
    fs_.set_content("/log.jsonl.lock", "");
    fs_.fail_named(call, ENOSPC);
    TestLog log(fs_, clock_);
    const absl::Status status = log.open();
    EXPECT_EQ(error_kind(status), ErrorKind::kWrite);
    EXPECT_EQ(fs_.content("/log.jsonl"), content);
    fs_.heal();
  }
}

// Trying again for ever would hang whoever opens the log.
TEST_F(RecoveryTest, AWriteThatTakesNothingIsADiskThatIsFull) {
  fs_.set_content("/log.jsonl", line(1, "a") + "{\"__type__\":\"te");
  fs_.shorten_append(0, 0);
  TestLog log(fs_, clock_);
  EXPECT_THAT(text_of(log.open()), HasSubstr("No space left on device"));
}

TEST_F(RecoveryTest, SecondTornPieceGoesBehindTheFirst) {
  for (int i = 0; i < 2; ++i) {
    fs_.set_content("/log.jsonl", fs_.content("/log.jsonl") + "{\"__type__\":\"test:No");
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("x").ok());
  }
  const std::string torn = fs_.content("/log.jsonl.torn");
  EXPECT_EQ(std::count(torn.begin(), torn.end(), '\n'), 3);
}

TEST_F(RecoveryTest, UnreadableLinesAtTheEndCountAsEntriesWhoseNumbersWereGiven) {
  fs_.set_content("/log.jsonl", line(1, "a") + line(2, "b") + "garbage\n" + "{\"also\n");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("c"), 5);
}

TEST_F(RecoveryTest, NulsAndBlankLinesAtTheEndLoseNothing) {
  const std::string nuls(5000, '\0');
  fs_.set_content("/log.jsonl", line(1, "a") + nuls + "\n\n  \n");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("b").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{1, "a"}, ScannedNote{3, "b"}));
  EXPECT_THAT(fs_.content("/log.jsonl"), HasSubstr(nuls));
}

TEST_F(RecoveryTest, NulFilledTailWithoutNewlineIsMovedAside) {
  fs_.set_content("/log.jsonl", line(1, "a") + std::string(100000, '\0'));
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("b"), 2);
  EXPECT_EQ(fs_.content("/log.jsonl"), line(1, "a"));
  EXPECT_GT(fs_.content("/log.jsonl.torn").size(), 100000u);
}

TEST_F(RecoveryTest, ZerosThatAPowerCutLeftOfTheFirstEntriesAreNoReasonToRefuse) {
  const std::string first = line(1, "a");
  for (const size_t zero_from : {size_t{0}, size_t{5}, first.size() / 2}) {
    for (const std::string& rest : {std::string(), std::string("a\"}\n"), std::string("a\"}\n{")}) {
      FakeFileSystem fs;
      const std::string content =
          first.substr(0, zero_from) + std::string(first.size() - zero_from, '\0') + rest;
      fs.set_content("/log.jsonl", content);
      TestLog log(fs, clock_);
      ASSERT_TRUE(log.open().ok());
      EXPECT_TRUE(log.append("next").ok());
      EXPECT_THAT(scan_notes(fs), ::testing::SizeIs(1));
      const std::string kept = fs.content("/log.jsonl") + fs.content("/log.jsonl.torn");
      EXPECT_THAT(kept, HasSubstr(content.substr(0, content.rfind('\n') + 1)));
    }
  }
}

TEST_F(RecoveryTest, ALogOfOneBraceIsTheBeginningOfItsFirstLine) {
  fs_.set_content("/log.jsonl", "{");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("a").ok());
  EXPECT_THAT(scan_notes(fs_, "/log.jsonl", {.strict = true}), ElementsAre(ScannedNote{1, "a"}));
  EXPECT_TRUE(fs_.content("/log.jsonl.torn").ends_with("{"));
}

TEST_F(RecoveryTest, ALogOfRandomBytesIsRefusedUnchangedOrGoneOnBehindThemButNeverLost) {
  std::mt19937_64 random(7);
  int opened_count = 0;
  for (int round = 0; round < 300; ++round) {
    std::string content(1 + random() % 3000, '\0');
    for (char& c : content) c = static_cast<char>(random());
    if (round % 2 == 0) content = line(1, "a") + content;
    FakeFileSystem fs;
    fs.set_content("/log.jsonl", content);
    TestLog log(fs, clock_);
    if (!log.open().ok()) {
      EXPECT_EQ(fs.content("/log.jsonl"), content);
      continue;
    }
    ++opened_count;
    EXPECT_TRUE(log.append("next").ok());
    EXPECT_EQ(scan_notes(fs).back().text, "next");
    const size_t committed = content.rfind('\n') + 1;
    EXPECT_TRUE(fs.content("/log.jsonl").starts_with(content.substr(0, committed)));
    if (committed < content.size()) {
      EXPECT_TRUE(fs.content("/log.jsonl.torn").ends_with(content.substr(committed)));
    }
  }
  EXPECT_GE(opened_count, 150) << "those that begin with an entry";
}

TEST_F(RecoveryTest, TailWithoutEntryIsSearchedBackToTheStart) {
  std::string content = line(41, "the only one");
  for (int i = 0; i < 5000; ++i) content += "not JSON at all, but long enough to fill blocks\n";
  fs_.set_content("/log.jsonl", content);
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("b"), 5042);
}

TEST_F(RecoveryTest, FileOfAnotherProgramIsRefusedAndNotTouched) {
  for (const std::string& content :
       {std::string("{\"a\":1}\n{\"a\":2}\n"), std::string("no newline, no log"),
        std::string("\x89PNG\r\n\x1a\n binary"), std::string("SQLite format 3\0\n", 17)}) {
    SCOPED_TRACE(content.substr(0, 8));
    FakeFileSystem fs;
    fs.set_content("/log.jsonl", content);
    TestLog log(fs, clock_);
    const absl::Status status = log.open();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(text_of(status), HasSubstr("adopt_foreign"));
    EXPECT_EQ(fs.content("/log.jsonl"), content);
    // Once refused is not once accepted.
    TestLog again(fs, clock_);
    EXPECT_TRUE(absl::IsFailedPrecondition(again.open()));
  }
}

TEST_F(RecoveryTest, AdoptedForeignFileGoesOnAtItsLineCount) {
  fs_.set_content("/log.jsonl", "{\"a\":1}\n\n{\"a\":2}\nanything\n");
  TestLog log(fs_, clock_, {.adopt_foreign = true});
  ASSERT_TRUE(log.open().ok());
  EXPECT_TRUE(log.append("x").ok());
  EXPECT_THAT(scan_notes(fs_), ElementsAre(ScannedNote{4, "x"}));
}

TEST_F(RecoveryTest, SidecarKnowsOfNumbersThatTheFileDoesNotShow) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(log.append("x").ok());
  }
  fs_.remove("/log.jsonl");
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("y"), 6);
}

TEST_F(RecoveryTest, TornSidecarAtEveryByteIsNotBelieved) {
  {
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append("x").ok());
  }
  const std::string sidecar = fs_.content("/log.jsonl.lock");
  for (size_t cut = 0; cut < sidecar.size(); ++cut) {
    SCOPED_TRACE(cut);
    fs_.set_content("/log.jsonl.lock",
                    sidecar.substr(0, cut) + std::string(sidecar.size() - cut, '9'));
    TestLog log(fs_, clock_);
    ASSERT_TRUE(log.open().ok());
    ASSERT_EQ(log.writer->last_accepted_seq(), 1);
    ASSERT_EQ(log.writer->entry_count_at_open(log.note_type()).value(), 1);
  }
}

TEST(SidecarTest, OldBytesUnderNewOnesAreNeverBelieved) {
  internal::SidecarContent older{.pid = 11, .last_seq = 111, .log_bytes = 1111};
  internal::SidecarContent newer{.pid = 22, .last_seq = 222, .log_bytes = 2222};
  older.type_counts["test:Note"] = 1;
  newer.type_counts["test:Note"] = 2;
  const std::string below = internal::encode_sidecar(older);
  const std::string above = internal::encode_sidecar(newer);
  ASSERT_EQ(below.size(), above.size());
  for (size_t cut = 0; cut <= above.size(); ++cut) {
    const std::string mixed = above.substr(0, cut) + below.substr(cut);
    const std::optional<internal::SidecarContent> read = internal::decode_sidecar(mixed);
    ASSERT_EQ(read.has_value(), mixed == below || mixed == above) << cut;
  }
  EXPECT_EQ(internal::decode_sidecar(above + "left over")->last_seq, 222);
}

TEST_F(RecoveryTest, LineTooLongIsPassedOverAndCounted) {
  fs_.set_content("/log.jsonl", line(1, "a") + "{\"x\":\"" + std::string(3 << 20, 'x') + "\"}\n");
  TestLog log(fs_, clock_, {.line_bytes_max = 1024});
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("b"), 3);
}

TEST_F(RecoveryTest, ReadsTheTailOnly) {
  std::string content;
  for (int i = 1; i <= 50000; ++i) content += line(i, "some text that makes the log long");
  fs_.set_content("/log.jsonl", content);
  TestLog log(fs_, clock_);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.accept("b"), 50001);
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_LE(std::count(calls.begin(), calls.end(), "read_at /log.jsonl"), 2);
}

TEST_F(RecoveryTest, HardLinkIsRefused) {
  fs_.set_content("/log.jsonl", line(1, "a"));
  fs_.set_link_count("/log.jsonl", 2);
  TestLog log(fs_, clock_);
  const absl::Status status = log.open();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(text_of(status), HasSubstr("2 hard links"));
}

}  // namespace
}  // namespace logslice::testing
