// The last lines of a log, found backward and handed out forward.

#include <limits>
#include <string>
#include <vector>

#include "logslice/persistence/log_lines.h"
#include "tests/persistence/follow_fixture.h"

namespace logslice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LastLinesTest : public FollowTest {
 protected:
  // "1", "damaged", …
  std::vector<std::string> last(int64_t count, LineScanOptions options = {}) {
    options.scan.file_system = &fs_;
    absl::StatusOr<LogLines> lines = last_lines("/log.jsonl", count, options);
    if (!lines.ok()) return {text_of(lines.status())};
    std::vector<std::string> found;
    while (lines->next()) {
      found.push_back(lines->line().damage.empty() ? std::to_string(lines->line().seq) : "damaged");
    }
    if (!lines->status().ok()) found.push_back(text_of(lines->status()));
    return found;
  }
};

TEST_F(LastLinesTest, AreTheSameAsTheEndOfAScanOfFilesThatOverlap) {
  fs_.set_content(segment(1, 3), note_lines(1, 2) + "x\n" + note_lines(3, 3));
  fs_.set_content(segment(3, 6), note_lines(3, 6));
  fs_.set_content(segment(5, 8), "\n" + note_lines(5, 8));
  fs_.set_content("/log.jsonl", note_lines(8, 10) + "torn");
  std::vector<std::string> all = {"1", "2", "damaged", "3", "4", "5", "6", "7", "8", "9", "10"};
  EXPECT_EQ(last(std::numeric_limits<int64_t>::max()), all);
  EXPECT_EQ(last(10), all);
  for (int64_t count = 0; count < 8; ++count) {
    EXPECT_EQ(last(count), std::vector<std::string>(all.end() - count, all.end())) << count;
  }
}

TEST_F(LastLinesTest, CountOnlySoundOnesThatPassAndCarryTheDamageBehindThem) {
  append("x\n" + note_lines(1, 2) + "x\n{\"a\":1}\n" + note_lines(3, 3) + "x\n");
  EXPECT_THAT(last(1), ElementsAre("3", "damaged"));
  EXPECT_THAT(last(2, {.type = "test:Note"}), ElementsAre("2", "damaged", "3", "damaged"));
  EXPECT_THAT(last(1, {.scan = {.end_seq = 3}}), ElementsAre("2", "damaged"));
  EXPECT_THAT(last(5, {.scan = {.start_seq = 2}}), ElementsAre("2", "damaged", "3", "damaged"));
  EXPECT_THAT(last(0), IsEmpty());
}

TEST_F(LastLinesTest, WhatIsWrittenMeanwhileIsLeftOut) {
  append(note_lines(1, 5));
  absl::StatusOr<LogLines> lines = last_lines("/log.jsonl", 2, {.scan = {.file_system = &fs_}});
  ASSERT_TRUE(lines.ok());
  append(note_lines(6, 7));
  ASSERT_TRUE(lines->next());
  EXPECT_EQ(lines->line().seq, 4);
  ASSERT_TRUE(lines->next());
  EXPECT_FALSE(lines->next());
  EXPECT_EQ(lines->stats().entry_count, 2);
}

TEST_F(LastLinesTest, StrictAlsoLooksAtWhatIsReadBackward) {
  append("x\n" + note_lines(1, 2));
  EXPECT_THAT(last(2, {.scan = {.strict = true}}), ElementsAre("1", "2"));
  EXPECT_THAT(last(3, {.scan = {.strict = true}}), ElementsAre(HasSubstr("/log.jsonl, byte 0: ")));
}

TEST_F(LastLinesTest, RefuseWhatTheyCannotDo) {
  append(note_lines(1, 2));
  EXPECT_THAT(last(-1), ElementsAre(HasSubstr("count is -1")));
  EXPECT_THAT(last(1, {.scan = {.unnumbered = UnnumberedLines::kCountOn}}),
              ElementsAre(HasSubstr("unnumbered is kCountOn")));
  fs_.remove("/log.jsonl");
  EXPECT_THAT(last(1), ElementsAre("there is no log at /log.jsonl"));
}

}  // namespace
}  // namespace logslice::testing
