// Following a log to which things happen: sealing, truncation, replacement, deletion.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/follow_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FollowChangeTest : public FollowTest {
 protected:
  // The file at the path is another one with this content.
  void replace(const std::string& content) {
    fs_.remove("/log.jsonl");
    fs_.set_content("/log.jsonl", content);
  }
};

std::vector<std::string> numbered(int64_t first_seq, int64_t last_seq) {
  std::vector<std::string> all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all.push_back(std::to_string(seq) + ":n");
  return all;
}

// ---- Sealing

TEST_F(FollowChangeTest, ManySealingsBetweenTwoLooksAreNothingToTell) {
  append(note_lines(1, 3));
  follow({At::kBeginning});
  int64_t seen = 0;
  int64_t written = 3;
  int64_t sealed = 0;
  for (int looks = 0; looks < 20; ++looks) {
    for (int sealings = 0; sealings < looks % 5; ++sealings) {
      append(note_lines(written + 1, written + 2));
      seal(sealed + 1, written + 2);
      sealed = written + 2;
      append(note_lines(written + 3, written + 4));
      written += 4;
    }
    EXPECT_EQ(rest(), numbered(seen + 1, written)) << looks;
    seen = written;
  }
  EXPECT_EQ(follower_->stats().overlap_count, 0);
}

TEST_F(FollowChangeTest, SegmentsAreFoundThoughNoFileIsActive) {
  append(note_lines(1, 1));
  follow({});
  seal(1, 1);
  EXPECT_THAT(rest(), IsEmpty());
  fs_.set_content(segment(2, 3), note_lines(2, 3));
  EXPECT_EQ(rest(), numbered(2, 3));
  fs_.set_content(segment(4, 4), note_lines(4, 4));
  append(note_lines(5, 5));
  EXPECT_EQ(rest(), numbered(4, 5));
}

TEST_F(FollowChangeTest, WhatIsWrittenBeforeTheSealingIsSeenAfterIt) {
  append(note_lines(1, 1));
  follow({});
  append(note_lines(2, 2) + note_line(3, "n").substr(0, 20));
  EXPECT_EQ(rest(), numbered(2, 2));
  append(note_line(3, "n").substr(20));
  seal(1, 3);
  EXPECT_EQ(rest(), numbered(3, 3));
  append(note_lines(4, 4));
  EXPECT_EQ(rest(), numbered(4, 4));
}

TEST_F(FollowChangeTest, ASegmentWithAnotherNameThatHoldsWhatWasSeenIsPassedOver) {
  // What an archive in the place of the file is, which is gone before we look.
  append(note_lines(1, 2) + "damage\n" + note_lines(3, 3));
  absl::StatusOr<LineFollower> lines = follow_lines("/log.jsonl", line_options({At::kBeginning}));
  ASSERT_TRUE(lines.ok());
  int count = 0;
  while (lines->wait_next(absl::ZeroDuration()) == Followed::kEntry) ++count;
  EXPECT_EQ(count, 4);
  fs_.set_content(segment(1, 3), fs_.content("/log.jsonl"));
  replace(note_lines(4, 4));
  ASSERT_EQ(lines->wait_next(absl::ZeroDuration()), Followed::kEntry);
  EXPECT_EQ(lines->line().seq, 4);
  EXPECT_EQ(lines->wait_next(absl::ZeroDuration()), Followed::kNothingYet);
}

TEST_F(FollowChangeTest, LinesThatAreWrittenAgainAfterAFailedSyncComeOnce) {
  append(note_lines(1, 5));
  for (const FollowStart start : {FollowStart{}, {At::kLast, 1}, {At::kBeginning}}) {
    fs_.remove(segment(1, 5));
    replace(note_lines(1, 5));
    follow(start);
    rest();
    seal(1, 5);
    append(note_lines(3, 4));
    EXPECT_THAT(rest(), IsEmpty());
    append(note_lines(5, 6));
    EXPECT_EQ(rest(), numbered(6, 6));
  }
}

TEST_F(FollowChangeTest, AFileThatIsEmptyWhenItIsListedMayBeginWithLinesThatAreWrittenAgain) {
  fs_.set_content(segment(1, 5), note_lines(1, 5));
  append("");
  follow({At::kBeginning});
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>("/log.jsonl", {.file_system = &fs_});
  ASSERT_TRUE(scan.ok());
  append(note_lines(4, 6));
  EXPECT_EQ(rest(), numbered(1, 6));
  std::vector<int64_t> seqs;
  for (auto it = scan->begin(); it != scan->end(); ++it) seqs.push_back(it.seq());
  EXPECT_THAT(seqs, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(FollowChangeTest, BeginsAtTheEndOfASegmentWhoseEndIsStillToBeWrittenAgain) {
  fs_.set_content(segment(1, 5), note_lines(1, 5));
  append(note_lines(3, 4));
  for (const FollowStart start : {FollowStart{}, {At::kLast, 1}}) {
    replace(note_lines(3, 4));
    follow(start);
    EXPECT_EQ(rest(), numbered(6 - start.value, 5));
    append(note_lines(5, 6));
    EXPECT_EQ(rest(), numbered(6, 6));
  }
}

// ---- Archives

TEST_F(FollowChangeTest, AnArchiveInThePlaceOfASegmentIsReadOnlyAsFarAsItIsNew) {
  append(note_lines(1, 2));
  follow({At::kBeginning});
  EXPECT_EQ(rest(), numbered(1, 2));
  // Sealed and compressed between two looks, and once more.
  fs_.set_content(segment(1, 4) + ".gz",
                  archive_of(note_lines(1, 2) + "damage\n" + note_lines(3, 4)));
  append("damage\n" + note_lines(3, 4));
  replace(note_lines(5, 6));
  fs_.set_content(segment(5, 6) + ".gz", archive_of(note_lines(5, 6)));
  replace(note_lines(7, 7));
  EXPECT_EQ(rest(), numbered(3, 7));
  EXPECT_EQ(follower_->stats().damaged_count, 1);
}

TEST_F(FollowChangeTest, ASegmentThatIsCompressedLaterIsNothingNew) {
  append(note_lines(1, 2));
  follow({});
  for (int64_t seq = 3; seq < 10; ++seq) {
    seal(seq == 3 ? 1 : seq - 1, seq - 1);
    append(note_lines(seq, seq));
    EXPECT_EQ(rest(), numbered(seq, seq));
    const std::string sealed = segment(seq == 3 ? 1 : seq - 1, seq - 1);
    fs_.set_content(sealed + ".gz", archive_of(fs_.content(sealed)));
    fs_.remove(sealed);
    EXPECT_THAT(rest(), IsEmpty());
  }
}

TEST_F(FollowChangeTest,
       AnotherProgramsArchiveOfAFileThatWasFollowedIsNothingNewThoughItComesLate) {
  const auto unnumbered = [](const std::string& text) {
    return "{\"__type__\":\"test:Note\",\"text\":\"" + text + "\",\"number\":0}\n";
  };
  append(unnumbered("a"));
  follow({At::kBeginning});
  EXPECT_THAT(rest(), ElementsAre("0:a"));
  fs_.set_content("/log_20250115_103000.jsonl.gz", foreign_archive_of(fs_.content("/log.jsonl")));
  replace(unnumbered("b"));
  EXPECT_THAT(rest(), ElementsAre("0:b"));
  // The next time it compresses after it has begun a new file.
  const std::string before = fs_.content("/log.jsonl");
  replace(unnumbered("c"));
  EXPECT_THAT(rest(), ElementsAre("replaced", "0:c"));
  fs_.set_content("/log_20250115_103100.jsonl.gz", foreign_archive_of(before));
  replace(unnumbered("d"));
  EXPECT_THAT(rest(), ElementsAre("replaced", "0:d"));
}

TEST_F(FollowChangeTest, BeginsInAnArchive) {
  fs_.set_content(segment(1, 9) + ".gz", archive_of(note_lines(1, 9)));
  for (const int64_t count : {3, 9, 10}) {
    follow({At::kLast, count});
    EXPECT_EQ(rest(), numbered(std::max<int64_t>(1, 10 - count), 9));
  }
  follow({At::kSeq, 8});
  EXPECT_EQ(rest(), numbered(8, 9));
  append(note_lines(10, 10));
  EXPECT_EQ(rest(), numbered(10, 10));
}

// ---- Truncation

TEST_F(FollowChangeTest, ATruncatedFileIsToldAndReadFromItsStart) {
  append(note_lines(1, 3));
  follow({});
  fs_.set_content("/log.jsonl", "");
  EXPECT_THAT(rest(), ElementsAre("truncated"));
  append(note_lines(4, 5));
  EXPECT_EQ(rest(), numbered(4, 5));
}

TEST_F(FollowChangeTest, AFileThatIsLongerAgainWhenItIsLookedAtWasTruncatedAllTheSame) {
  append(note_lines(1, 3));
  follow({});
  fs_.set_content("/log.jsonl", note_lines(4, 9));
  EXPECT_THAT(rest(), ElementsAre("truncated", "4:n", "5:n", "6:n", "7:n", "8:n", "9:n"));
}

TEST_F(FollowChangeTest, WhatATruncationLeftIsNotHandedOutAgain) {
  append(note_lines(1, 3));
  follow({At::kBeginning});
  EXPECT_EQ(rest(), numbered(1, 3));
  fs_.set_content("/log.jsonl", note_lines(1, 2));
  EXPECT_THAT(rest(), ElementsAre("truncated"));
  append(note_lines(4, 4));
  EXPECT_EQ(rest(), numbered(4, 4));
}

TEST_F(FollowChangeTest, NumbersThatBeginAnewAfterATruncationAreNewEntries) {
  append(note_lines(1, 3));
  follow({});
  fs_.set_content("/log.jsonl", note_line(1, "anew", 10) + note_line(2, "anew", 11));
  EXPECT_THAT(rest(), ElementsAre("truncated", "1:anew", "2:anew"));
  append(note_line(3, "anew", 12));
  EXPECT_THAT(rest(), ElementsAre("3:anew"));
}

TEST_F(FollowChangeTest, TheChangeComesBeforeWhatIsReadAfterItInTheMiddleOfAFile) {
  // More than a block, so that the truncation comes between two.
  std::string lines;
  for (int64_t seq = 1; seq <= 8000; ++seq) lines += note_line(seq, "n", 1);
  append(lines);
  follow({At::kBeginning});
  for (int64_t seq = 1; seq <= 10; ++seq) {
    ASSERT_EQ(follower_->wait_next(absl::ZeroDuration()), Followed::kEntry);
  }
  fs_.set_content("/log.jsonl", note_line(9000, "later", 2));
  std::vector<std::string> found = rest();
  ASSERT_GE(found.size(), 2u);
  EXPECT_EQ(found[found.size() - 2], "truncated");
  EXPECT_EQ(found.back(), "9000:later");
  EXPECT_LT(found.size(), 7000u);
}

// ---- Replacement and removal

TEST_F(FollowChangeTest, AFileInThePlaceOfAnotherIsToldAndReadFromItsStart) {
  append(note_lines(1, 3));
  follow({});
  append(note_lines(4, 4));
  replace(note_lines(5, 6));
  EXPECT_THAT(rest(), ElementsAre("4:n", "replaced", "5:n", "6:n"));
}

TEST_F(FollowChangeTest, ACopyInThePlaceOfTheFileBringsOnlyWhatIsNew) {
  append(note_lines(1, 3));
  follow({});
  replace(note_lines(1, 4));
  EXPECT_THAT(rest(), ElementsAre("replaced", "4:n"));
}

TEST_F(FollowChangeTest, ADeletedFileIsToldAndTheNextOneIsFollowed) {
  append(note_lines(1, 3));
  follow({});
  fs_.remove("/log.jsonl");
  EXPECT_THAT(rest(), ElementsAre("removed"));
  EXPECT_THAT(rest(), IsEmpty());
  append(note_lines(4, 4));
  EXPECT_THAT(rest(), ElementsAre("4:n"));
  replace(note_line(1, "anew", 20));
  EXPECT_THAT(rest(), ElementsAre("replaced", "1:anew"));
  append(note_line(2, "anew", 21));
  EXPECT_THAT(rest(), ElementsAre("2:anew"));
}

TEST_F(FollowChangeTest, ARenamedFileIsFollowedUntilThereIsAnother) {
  append(note_lines(1, 3));
  follow({});
  fs_.move("/log.jsonl", "/log.jsonl.1");
  append(note_lines(4, 4), "/log.jsonl.1");
  EXPECT_THAT(rest(), ElementsAre("4:n", "removed"));
  append(note_lines(5, 5), "/log.jsonl.1");
  EXPECT_THAT(rest(), ElementsAre("5:n"));
  append(note_lines(6, 6), "/log.jsonl.1");
  append(note_lines(7, 7));
  EXPECT_THAT(rest(), ElementsAre("6:n", "7:n"));
}

TEST_F(FollowChangeTest, ALogThatIsBegunAnewAndSealedBetweenTwoLooksIsReadAsAWhole) {
  append(note_lines(1, 9));
  follow({});
  replace(note_line(1, "anew", 20) + note_line(2, "anew", 21));
  seal(1, 2);
  append(note_line(3, "anew", 22));
  EXPECT_THAT(rest(), ElementsAre("replaced", "1:anew", "2:anew", "3:anew"));
}

TEST_F(FollowChangeTest, LinesWithoutNumbersAreAllNewInAnotherFile) {
  append("{\"__type__\":\"test:Note\",\"text\":\"a\",\"number\":0}\n");
  follow({});
  replace("{\"__type__\":\"test:Note\",\"text\":\"b\",\"number\":0}\n");
  EXPECT_THAT(rest(), ElementsAre("replaced", "0:b"));
}

TEST_F(FollowChangeTest, SomethingElseInThePlaceOfTheFileEndsIt) {
  append(note_lines(1, 1));
  follow({});
  fs_.remove("/log.jsonl");
  ASSERT_TRUE(fs_.make_directory("/log.jsonl").ok());
  const std::vector<std::string> found = rest();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], ::testing::HasSubstr("failed: /log.jsonl is a directory"));
}

TEST_F(FollowChangeTest, FilesThatAreDoneWithAreClosed) {
  append(note_lines(1, 1));
  follow({});
  for (int64_t seq = 2; seq < 50; ++seq) {
    seal(seq - 1, seq - 1);
    append(note_lines(seq, seq));
    rest();
  }
  EXPECT_LE(fs_.open_file_count_max(), 4);
}

// Whatever moment somebody seals at, nothing is missed and nothing comes twice.
TEST_F(FollowChangeTest, ASealingAtAnyCallOfALookIsNothingToTell) {
  for (int64_t index = 0; index < 40; ++index) {
    fs_.remove(segment(1, 4));
    fs_.remove(segment(5, 5));
    replace(note_lines(1, 2));
    follow({At::kBeginning});
    rest();
    append(note_lines(3, 3));
    fs_.on_call(index, [&] {
      append(note_lines(4, 4));
      seal(1, 4);
      append(note_lines(5, 5));
      seal(5, 5);
      append(note_lines(6, 6));
    });
    std::vector<std::string> found = rest();
    if (!fs_.exists(segment(5, 5))) break;  // behind the last call
    for (const std::string& more : rest()) found.push_back(more);
    EXPECT_EQ(found, numbered(3, 6)) << index;
  }
}

// Likewise for a file that is deleted and begun again.
TEST_F(FollowChangeTest, AReplacementAtAnyCallOfALookIsToldOnce) {
  for (int64_t index = 0; index < 40; ++index) {
    replace(note_lines(1, 2));
    follow({At::kBeginning});
    rest();
    append(note_lines(3, 3));
    bool is_replaced = false;
    fs_.on_call(index, [&] {
      replace(note_lines(4, 5));
      is_replaced = true;
    });
    std::vector<std::string> found = rest();
    for (const std::string& more : rest()) found.push_back(more);
    if (!is_replaced) break;
    EXPECT_THAT(found, ElementsAre("3:n", "replaced", "4:n", "5:n")) << index;
  }
}

}  // namespace
}  // namespace logslice::testing
