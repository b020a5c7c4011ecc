// A sealed segment becomes an archive, step by step, and is never not there.

#include "segment_archiver.h"

#include <cerrno>
#include <string>
#include <vector>

#include "log_files.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::segment_path;
using internal::SegmentArchiver;
using internal::SegmentForm;
using internal::SegmentName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kLog = "/log.jsonl";
const SegmentName kSegment{1, 900};
const std::string kPlain = segment_path(kLog, kSegment);
const std::string kArchive = kPlain + ".gz";
const std::string kTemporary = kArchive + ".tmp";

std::string lines(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) {
    all += "{\"__type__\":\"test:Note\",\"text\":\"" + std::string(900, 'a') +
           "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
           ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
  }
  return all;
}

class SegmentArchiverTest : public ::testing::Test {
 protected:
  SegmentArchiverTest() { fs_.set_content(kPlain, text_); }

  // The first error, or OK once there is nothing more to do.
  absl::Status run(SegmentArchiver& archiver, int64_t bytes_max = 100000) {
    for (int i = 0; i < 10000 && archiver.has_work(); ++i) {
      if (absl::Status status = archiver.step(bytes_max); !status.ok()) return status;
    }
    EXPECT_FALSE(archiver.has_work());
    return absl::OkStatus();
  }

  void expect_archived() {
    EXPECT_FALSE(fs_.exists(kPlain));
    EXPECT_FALSE(fs_.exists(kTemporary));
    EXPECT_EQ(inflate_all(fs_.content(kArchive)), text_);
  }
  // What readers and the next writer rely on, at any moment.
  void expect_never_missing() {
    if (fs_.exists(kPlain)) {
      EXPECT_EQ(fs_.content(kPlain), text_);
    } else {
      EXPECT_EQ(inflate_all(fs_.content(kArchive)), text_);
    }
    if (fs_.exists(kArchive)) {
      EXPECT_EQ(inflate_all(fs_.content(kArchive)), text_);
    }
  }

  const std::string text_ = lines(1, 900) + "torn";
  FakeFileSystem fs_;
};

TEST_F(SegmentArchiverTest, TheSegmentIsReplacedByItsArchive) {
  SegmentArchiver archiver(fs_, kLog);
  EXPECT_FALSE(archiver.has_work());
  EXPECT_TRUE(archiver.step(1).ok());
  archiver.add(kSegment);
  archiver.add(kSegment);
  EXPECT_TRUE(run(archiver).ok());
  expect_archived();
  EXPECT_EQ(archiver.archived_count(), 1);
  EXPECT_EQ(fs_.stat(kArchive).stat.permissions, 0600u);
  EXPECT_EQ(fs_.open_file_count(), 0);
}

TEST_F(SegmentArchiverTest, AStepReadsNoMoreThanItMay) {
  SegmentArchiver archiver(fs_, kLog);
  archiver.add(kSegment);
  int64_t steps = 0;
  while (archiver.has_work()) {
    fs_.forget_calls();
    ASSERT_TRUE(archiver.step(5000).ok());
    expect_never_missing();
    ++steps;
    EXPECT_LE(fs_.calls().size(), 4u);
  }
  // Read once to compress and once to check.
  EXPECT_GE(steps, 2 * static_cast<int64_t>(text_.size()) / 5000 - 20);
  expect_archived();
}

TEST_F(SegmentArchiverTest, TheArchiveIsDurableBeforeItHasItsNameAndTheNameBeforeThePlainOneGoes) {
  SegmentArchiver archiver(fs_, kLog);
  archiver.add(kSegment);
  ASSERT_TRUE(run(archiver).ok());
  std::vector<std::string> changes;
  for (const std::string& call : fs_.calls()) {
    for (const char* kind : {"sync_data", "rename", "sync_directory", "unlink"}) {
      if (call.starts_with(kind)) changes.push_back(call.substr(0, call.find(' ')));
    }
  }
  EXPECT_THAT(changes, ElementsAre("unlink", "sync_data", "rename", "sync_directory", "unlink"));
}

// The model disk does this with every state that a power cut may leave; this is quick and is about
// errors, too.
TEST_F(SegmentArchiverTest, AfterAFailureAtAnyCallItIsThereAndTheNextAttemptFinishes) {
  for (int64_t index = 0;; ++index) {
    SCOPED_TRACE(index);
    for (const std::string& path : {kArchive, kTemporary}) fs_.remove(path);
    fs_.set_content(kPlain, text_);
    fs_.forget_calls();
    {
      SegmentArchiver archiver(fs_, kLog);
      archiver.add(kSegment);
      fs_.fail_call(fs_.call_count() + index, EIO, Times::kOnce);
      const absl::Status status = run(archiver);
      expect_never_missing();
      if (status.ok() && index > 60) break;  // behind the last call
      EXPECT_TRUE(run(archiver).ok());
      expect_archived();
    }
    EXPECT_EQ(fs_.open_file_count(), 0);
  }
  fs_.heal();
}

TEST_F(SegmentArchiverTest, WhatACrashLeftAtAnyStepIsPutRight) {
  for (int stop = 0; stop < 40; ++stop) {
    SCOPED_TRACE(stop);
    for (const std::string& path : {kArchive, kTemporary}) fs_.remove(path);
    fs_.set_content(kPlain, text_);
    std::string temporary;
    {
      SegmentArchiver archiver(fs_, kLog);
      archiver.add(kSegment);
      for (int i = 0; i < stop; ++i) ASSERT_TRUE(archiver.step(100000).ok());
      temporary = fs_.content(kTemporary);
    }
    // Its process has died: nothing is tidied up.
    if (!temporary.empty()) fs_.set_content(kTemporary, temporary);
    expect_never_missing();
    SegmentArchiver next(fs_, kLog);
    next.add(kSegment);
    EXPECT_TRUE(run(next).ok());
    if (fs_.exists(kTemporary)) {
      // The plain one was gone already: nothing is left to do but to remove the rest.
      ADD_FAILURE() << "the temporary file is still there";
    }
    expect_archived();
  }
}

TEST_F(SegmentArchiverTest, WhatReadsBackDifferentlyIsNotTaken) {
  SegmentArchiver archiver(fs_, kLog);
  archiver.add(kSegment);
  while (fs_.content(kTemporary).empty()) ASSERT_TRUE(archiver.step(1 << 20).ok());
  ASSERT_TRUE(archiver.step(1 << 20).ok());
  std::string written = fs_.content(kTemporary);
  ASSERT_GT(written.size(), 500u);
  written[written.size() / 2] ^= 4;
  fs_.on_call(0, [&] { fs_.set_content(kTemporary, written); });
  const absl::Status status = run(archiver);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(text_of(status), HasSubstr("reads back differently"));
  EXPECT_EQ(fs_.content(kPlain), text_);
  EXPECT_FALSE(fs_.exists(kArchive));
  EXPECT_FALSE(fs_.exists(kTemporary));
  EXPECT_TRUE(run(archiver).ok());
  expect_archived();
}

TEST_F(SegmentArchiverTest, ASegmentThatIsForgottenStaysPlain) {
  SegmentArchiver archiver(fs_, kLog);
  archiver.add(kSegment);
  ASSERT_TRUE(archiver.step(1000).ok());
  ASSERT_TRUE(archiver.step(1000).ok());
  EXPECT_TRUE(fs_.exists(kTemporary));
  archiver.forget({7, 8});
  EXPECT_TRUE(archiver.has_work());
  archiver.forget(kSegment);
  EXPECT_FALSE(archiver.has_work());
  EXPECT_FALSE(fs_.exists(kTemporary));
  EXPECT_FALSE(fs_.exists(kArchive));
  EXPECT_EQ(fs_.content(kPlain), text_);
}

TEST_F(SegmentArchiverTest, ASegmentThatIsGoneIsPassedOver) {
  SegmentArchiver archiver(fs_, kLog);
  archiver.add({5000, 6000});
  archiver.add(kSegment);
  EXPECT_TRUE(run(archiver).ok());
  expect_archived();
  EXPECT_EQ(archiver.archived_count(), 1);
}

TEST_F(SegmentArchiverTest, OfASegmentInBothFormsThePlainOneIsListed) {
  fs_.set_content(kArchive, archive_of(text_));
  fs_.set_content(segment_path(kLog, {901, 950, 1, SegmentForm::kGzip}), "");
  fs_.set_content("/log_20250115_103001.jsonl.gz", "");
  fs_.set_content("/log_20250115_103000.jsonl.gz", "");
  const std::vector<SegmentName> sealed = internal::list_sealed(fs_, kLog).value();
  ASSERT_THAT(sealed, ElementsAre(kSegment, SegmentName{901, 950}));
  EXPECT_EQ(sealed[0].form, SegmentForm::kPlain);
  EXPECT_EQ(sealed[1].form, SegmentForm::kGzip);
  EXPECT_THAT(internal::list_foreign_archives(fs_, kLog).value(),
              ElementsAre("/log_20250115_103000.jsonl.gz", "/log_20250115_103001.jsonl.gz"));
}

}  // namespace
}  // namespace logslice::testing
