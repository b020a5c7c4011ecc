// Following a log: where it begins, what comes, what is never handed out twice.

#include <string>
#include <vector>

#include "tests/persistence/follow_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---- Where it begins

TEST_F(FollowTest, BeginsAtTheEndUnlessToldOtherwise) {
  append(note_lines(1, 3));
  follow({});
  EXPECT_THAT(rest(), IsEmpty());
  append(note_lines(4, 5));
  EXPECT_THAT(rest(), ElementsAre("4:n", "5:n"));
}

TEST_F(FollowTest, BeginsWithTheLastEntriesThatPass) {
  append(note_lines(1, 3) + "{\"__type__\":\"test:Mark\",\"label\":\"m\",\"__seq__\":4}\n" +
         note_lines(5, 5));
  follow({At::kLast, 2});
  EXPECT_THAT(rest(), ElementsAre("3:n", "5:n"));
  follow({At::kLast, 2}, {.end_seq = 4});
  EXPECT_THAT(rest(), ElementsAre("2:n", "3:n", "end"));
  follow({At::kLast, 0});
  EXPECT_THAT(rest(), IsEmpty());
  follow({At::kLast, 100});
  append(note_lines(6, 6));
  EXPECT_THAT(rest(), ElementsAre("1:n", "2:n", "3:n", "5:n", "6:n"));
}

TEST_F(FollowTest, BeginsAtANumberOrAtTheBeginning) {
  append(note_lines(1, 4));
  follow({At::kSeq, 3});
  EXPECT_THAT(rest(), ElementsAre("3:n", "4:n"));
  follow({At::kSeq, 6});
  append(note_lines(5, 7));
  EXPECT_THAT(rest(), ElementsAre("6:n", "7:n"));
  follow({At::kBeginning});
  EXPECT_EQ(rest().size(), 7u);
}

TEST_F(FollowTest, EveryStartOfALogOfSeveralFilesIsFollowedByAllThatComesAfter) {
  const auto make_log = [&] {
    fs_.set_content(segment(1, 3), note_lines(1, 3));
    fs_.set_content(segment(3, 6), note_lines(3, 6));  // overlaps
    fs_.set_content(segment(7, 8), note_lines(7, 8));
    fs_.set_content("/log.jsonl", note_lines(8, 9));
  };
  for (int64_t first = 1; first <= 10; ++first) {
    std::vector<std::string> expected;
    for (int64_t seq = first; seq <= 12; ++seq) expected.push_back(std::to_string(seq) + ":n");
    for (const FollowStart start : {FollowStart{At::kLast, 10 - first}, {At::kSeq, first}}) {
      make_log();
      follow(start);
      watcher_->then([&] { append(note_lines(10, 10)); });
      watcher_->then([&] {
        append(note_lines(11, 11));
        seal(8, 11);
        fs_.set_content("/log.jsonl", note_lines(12, 12));
      });
      EXPECT_EQ(rest(), expected) << static_cast<int>(start.at) << " " << first;
      fs_.remove(segment(8, 11));
    }
  }
}

TEST_F(FollowTest, ALogThatDoesNotExistYetIsWaitedFor) {
  for (const FollowStart start : {FollowStart{}, {At::kLast, 3}, {At::kSeq, 1}, {At::kBeginning}}) {
    fs_.remove("/log.jsonl");
    follow(start);
    EXPECT_THAT(rest(), IsEmpty());
    watcher_->then([&] { append(""); });
    watcher_->then([&] { append(note_lines(1, 2)); });
    EXPECT_THAT(rest(), ElementsAre("1:n", "2:n"));
  }
}

TEST_F(FollowTest, OptionsOutOfRangeAndWhatIsNoLogAreRefused) {
  for (const FollowStart start : {FollowStart{At::kLast, -1}, {At::kSeq, -1}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(follow_log<Note>("/log.jsonl", options(start)).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(
      follow_log<Note>("/log.jsonl", options({}, {.line_bytes_max = 0})).status()));
  ASSERT_TRUE(fs_.make_directory("/log.jsonl").ok());
  for (const FollowStart start : {FollowStart{}, {At::kLast, 3}, {At::kSeq, 1}, {At::kBeginning}}) {
    const absl::Status status = follow_log<Note>("/log.jsonl", options(start)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(text_of(status), HasSubstr("/log.jsonl is a directory"));
  }
}

// ---- What comes

TEST_F(FollowTest, ALineIsSeenOnceItsNewlineIsThere) {
  const std::string lines = note_lines(1, 3);
  follow({});
  for (const char byte : lines) {
    const std::vector<std::string> before = rest();
    append({byte});
    EXPECT_EQ(rest().size(), byte == '\n' ? 1u : 0u);
    EXPECT_THAT(before, IsEmpty());
  }
  EXPECT_EQ(follower_->stats().entry_count, 3);
  EXPECT_EQ(follower_->stats().torn_bytes, 0);
}

TEST_F(FollowTest, BeginsBehindATornLineAndSeesItWhenItIsWhole) {
  const std::string torn = note_lines(2, 2);
  for (const FollowStart start : {FollowStart{}, {At::kLast, 1}}) {
    fs_.set_content("/log.jsonl", note_lines(1, 1) + torn.substr(0, 9));
    follow(start);
    const std::vector<std::string> first = rest();
    EXPECT_EQ(first.size(), static_cast<size_t>(start.value));
    EXPECT_EQ(follower_->stats().torn_bytes, 9);
    append(torn.substr(9));
    EXPECT_THAT(rest(), ElementsAre("2:n"));
  }
}

TEST_F(FollowTest, ATornLineThatIsTakenBackIsNotGluedToTheNext) {
  append(note_lines(1, 1));
  follow({});
  append(note_line(2, "a long one that will be cut").substr(0, 50));
  EXPECT_THAT(rest(), IsEmpty());
  fs_.set_content("/log.jsonl", note_lines(1, 1) + note_line(2, "b"));
  EXPECT_THAT(rest(), ElementsAre("2:b"));
  EXPECT_EQ(follower_->stats().damaged_count, 0);
}

TEST_F(FollowTest, ATornLineThatIsTakenBackWhileEntriesBeforeItAreHandedOutIsNotGluedEither) {
  append(note_lines(1, 2) + note_line(3, "a long one that will be cut").substr(0, 50));
  follow({At::kBeginning});
  ASSERT_EQ(follower_->wait_next(absl::ZeroDuration()), Followed::kEntry);
  fs_.set_content("/log.jsonl", note_lines(1, 2) + note_line(3, "b"));
  EXPECT_THAT(rest(), ElementsAre("2:n", "3:b"));
  EXPECT_EQ(follower_->stats().damaged_count, 0);
}

TEST_F(FollowTest, ALineLongerThanABlockIsFollowedThroughAndOneBeyondTheLimitPassedOver) {
  const std::string text(1 << 20, 'x');
  const std::string line = note_line(1, text);
  follow({}, {.line_bytes_max = static_cast<int64_t>(line.size())});
  for (size_t at = 0; at < line.size(); at += 300000) {
    EXPECT_THAT(rest(), IsEmpty());
    append(line.substr(at, 300000));
  }
  EXPECT_EQ(rest().size(), 1u);
  const std::string longer = note_line(2, text + "xx");
  append(longer.substr(0, 700000));
  EXPECT_THAT(rest(), IsEmpty());
  append(longer.substr(700000) + note_line(3, "c"));
  EXPECT_THAT(rest(), ElementsAre("3:c"));
  EXPECT_EQ(follower_->stats().damaged_count, 1);
}

TEST_F(FollowTest, WaitsAtMostAsLongAsItIsTold) {
  append(note_lines(1, 1));
  follow({});
  EXPECT_EQ(follower_->wait_next(absl::ZeroDuration()), Followed::kNothingYet);
  EXPECT_EQ(watcher_->wait_count(), 0);
  EXPECT_EQ(follower_->wait_next(absl::Seconds(100)), Followed::kNothingYet);
  EXPECT_EQ(watcher_->wait_count(), 1);
  append(note_lines(2, 2));
  EXPECT_EQ(follower_->wait_next(absl::ZeroDuration()), Followed::kEntry);
}

TEST_F(FollowTest, FiltersAndTypesAreThoseOfAScan) {
  follow({}, {.start_seq = 2, .end_seq = 5, .since = absl::FromUnixSeconds(1'736'937'003)});
  append("{\"__type__\":\"test:Mark\",\"label\":\"m\",\"__seq__\":1}\n" + note_lines(2, 3) + "x\n");
  EXPECT_THAT(rest(), ElementsAre("3:n"));
  EXPECT_EQ(follower_->ts(), absl::FromUnixSeconds(1'736'937'003));
  EXPECT_EQ(follower_->path(), "/log.jsonl");
  append(note_lines(4, 6));
  EXPECT_THAT(rest(), ElementsAre("4:n", "end"));
  append(note_lines(7, 7));
  EXPECT_THAT(rest(), ElementsAre("end"));
  EXPECT_EQ(follower_->stats().filtered_count, 2);
  EXPECT_EQ(follower_->stats().damaged_count, 1);
}

TEST_F(FollowTest, StrictEndsAtWhatIsNoEntry) {
  append("damage\n" + note_lines(1, 1));
  follow({At::kLast, 1}, {.strict = true});
  append("{\"__type__\":\"test:Mark\",\"label\":\"m\"}\n");
  const std::vector<std::string> found = rest();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], "1:n");
  EXPECT_THAT(found[1],
              HasSubstr("failed: /log.jsonl, byte " + std::to_string(7 + note_lines(1, 1).size()) +
                        ": the line is of"));
  EXPECT_EQ(follower_->wait_next(absl::Seconds(1)), Followed::kFailed);
  EXPECT_TRUE(absl::IsDataLoss(
      follow_log<Note>("/log.jsonl", options({At::kLast, 2}, {.strict = true})).status()));
}

TEST_F(FollowTest, AFileThatCannotBeReadEndsIt) {
  append(note_lines(1, 1));
  follow({});
  fs_.fail_named("read_at", EIO);
  const std::vector<std::string> found = rest();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], HasSubstr("failed: cannot read /log.jsonl"));
}

TEST_F(FollowTest, StopEndsEveryWait) {
  append(note_lines(1, 1));
  follow({});
  watcher_->then([&] { follower_->stop(); });
  watcher_->then([&] { append(note_lines(2, 2)); });
  EXPECT_THAT(rest(), ElementsAre("stopped"));
  EXPECT_THAT(rest(), ElementsAre("stopped"));
  EXPECT_EQ(watcher_->wait_count(), 1);
  EXPECT_TRUE(watcher_->is_woken());
}

TEST_F(FollowTest, NeverChangesAnything) {
  append(note_lines(1, 1) + "torn");
  for (const FollowStart start : {FollowStart{}, {At::kLast, 3}, {At::kBeginning}}) {
    follow(start);
    watcher_->then([&] { append(note_lines(2, 2)); });
    watcher_->then([&] { seal(1, 2); });
    watcher_->then([&] { append(note_lines(3, 3)); });
    rest();
    fs_.remove(segment(1, 2));
    fs_.set_content("/log.jsonl", note_lines(1, 1));
  }
  for (const std::string& call : fs_.calls()) {
    const std::string name = call.substr(0, call.find(' '));
    EXPECT_THAT((std::vector<std::string>{"open", "fstat", "stat", "read_at", "list_directory"}),
                ::testing::Contains(name));
  }
}

// ---- Lines

TEST_F(FollowTest, LinesOfAnyTypeAreFollowedAndDamagedOnesHandedOut) {
  append(note_lines(1, 1) + "{\"a\":1}\n");
  absl::StatusOr<LineFollower> lines = follow_lines("/log.jsonl", line_options({At::kLast, 2}));
  ASSERT_TRUE(lines.ok());
  std::vector<std::string> found;
  const auto look = [&] {
    while (lines->wait_next(absl::ZeroDuration()) == Followed::kEntry) {
      const LogLine& line = lines->line();
      found.push_back(line.damage.empty() ? std::string(line.type) : "damaged");
    }
  };
  look();
  EXPECT_THAT(found, ElementsAre("test:Note", ""));
  append("x\n\n" + note_lines(2, 2));
  look();
  EXPECT_THAT(found, ElementsAre("test:Note", "", "damaged", "test:Note"));
  EXPECT_EQ(lines->stats().blank_count, 1);
  lines->stop();
  EXPECT_EQ(lines->wait_next(absl::Seconds(1)), Followed::kStopped);
}

TEST_F(FollowTest, LinesAreFollowedByType) {
  append(note_lines(1, 2) + "{\"a\":1}\n");
  absl::StatusOr<LineFollower> lines =
      follow_lines("/log.jsonl", line_options({At::kLast, 1}, {.type = "test:Note"}));
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->wait_next(absl::ZeroDuration()), Followed::kEntry);
  EXPECT_EQ(lines->line().seq, 2);
  EXPECT_EQ(lines->line().line_number, 0);  // begun in the middle
  EXPECT_EQ(lines->wait_next(absl::ZeroDuration()), Followed::kNothingYet);
}

}  // namespace
}  // namespace logslice::testing
