// Sealed segments are compressed beside the writing, a portion at a time.

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "segment_compressor.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/segment_fixture.h"

namespace logslice::testing {
namespace {

using internal::parse_segment_name;
using internal::SegmentName;
using ::testing::Contains;
using ::testing::IsEmpty;

class CompressionTest : public SegmentWriterTest {
 protected:
  std::vector<std::string> files_ending(std::string_view end) {
    std::vector<std::string> names;
    for (const std::string& name : fs_.list_directory("/").names) {
      if (name.ends_with(end)) names.push_back("/" + name);
    }
    return names;
  }
  std::vector<std::string> archives() { return files_ending(".jsonl.gz"); }
  std::vector<std::string> temporaries() { return files_ending(".tmp"); }
  std::vector<std::string> plain_segments() {
    std::vector<std::string> names = files_ending(".jsonl");
    std::erase(names, "/log.jsonl");
    return names;
  }
  // The bytes of the log as if nothing had ever been sealed.
  std::string text() {
    std::vector<std::pair<SegmentName, std::string>> parts;
    for (const std::string& path : plain_segments()) {
      parts.emplace_back(*parse_segment_name("log.jsonl", path.substr(1)), fs_.content(path));
    }
    for (const std::string& path : archives()) {
      // Both are there when the plain one is about to go.
      if (fs_.exists(path.substr(0, path.size() - 3))) continue;
      parts.emplace_back(*parse_segment_name("log.jsonl", path.substr(1)),
                         inflate_all(fs_.content(path)));
    }
    std::sort(parts.begin(), parts.end());
    std::string all;
    for (const auto& [name, part] : parts) all += part;
    return all + fs_.content("/log.jsonl");
  }
  int64_t line_count() {
    const std::string all = text();
    return std::count(all.begin(), all.end(), '\n');
  }
};

const std::string kText(1000, 'x');

TEST_F(CompressionTest, InlineItKeepsUpWithWritingWhateverTheSizeOfSegments) {
  for (const int64_t segment_bytes : {10'000, 20'000, 400'000}) {
    for (const std::string& name : fs_.list_directory("/").names) fs_.remove("/" + name);
    TestLog log(fs_, clock_,
                {.rotate_at_bytes = segment_bytes, .compression = SegmentCompression::kGzip});
    ASSERT_TRUE(log.open().ok());
    const int64_t count = std::max<int64_t>(600, segment_bytes / 1000 * 8);
    size_t plain_count_max = 0;
    for (int64_t i = 0; i < count; ++i) {
      EXPECT_TRUE(log.append(kText, i).ok());
      plain_count_max = std::max(plain_count_max, plain_segments().size());
    }
    // Where a segment is little but calls, each 1000 bytes pay for 0.05 of a portion.
    EXPECT_LE(plain_count_max, segment_bytes < 100'000 ? 24u : 2u);
    EXPECT_GE(archives().size(), segment_bytes < 100'000 ? 8u : 6u);
    EXPECT_EQ(line_count(), count);
    EXPECT_TRUE(log.writer->close().ok());
    EXPECT_THAT(temporaries(), IsEmpty());
  }
}

TEST_F(CompressionTest, NoAppendWaitsForMoreThanAPortionOrTwo) {
  TestLog log(fs_, clock_,
              {.rotate_at_bytes = 1'000'000, .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  int64_t calls_max = 0;
  for (int i = 0; i < 3000; ++i) {
    fs_.forget_calls();
    EXPECT_TRUE(log.append(kText, i).ok());
    calls_max = std::max<int64_t>(calls_max, static_cast<int64_t>(fs_.calls().size()));
  }
  EXPECT_EQ(archives().size(), 2u);
  // Those of a rotation; a portion makes two or three.
  EXPECT_LE(calls_max, 12);
}

TEST_F(CompressionTest, HoweverManySegmentsWaitNoAppendPaysForMoreThanAPortion) {
  {
    TestLog log(fs_, clock_, {.rotate_at_bytes = 1});
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 300; ++i) EXPECT_TRUE(log.append(kText, i).ok());
    EXPECT_TRUE(log.writer->close().ok());
  }
  TestLog log(fs_, clock_, {.compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  int64_t calls_max = 0;
  for (int i = 0; i < 3000; ++i) {
    fs_.forget_calls();
    EXPECT_TRUE(log.append(kText, i).ok());
    calls_max = std::max<int64_t>(calls_max, static_cast<int64_t>(fs_.calls().size()));
  }
  EXPECT_LE(calls_max, 8);
  EXPECT_GE(archives().size(), 200u);
  EXPECT_EQ(line_count(), 3300);
}

TEST_F(CompressionTest, CloseFinishesOneSegmentSoThatShortLivedProcessesCompressToo) {
  const LogPersistenceConfig config{.rotate_at_bytes = 100'000,
                                    .compression = SegmentCompression::kGzip};
  for (int i = 0; i < 1000; ++i) {
    TestLog log(fs_, clock_, config);
    ASSERT_TRUE(log.open().ok());
    EXPECT_TRUE(log.append(kText, i).ok());
    EXPECT_TRUE(log.writer->close().ok());
  }
  EXPECT_THAT(plain_segments(), IsEmpty());
  EXPECT_EQ(archives().size(), 10u);
  EXPECT_THAT(temporaries(), IsEmpty());
  EXPECT_EQ(line_count(), 1000);
}

TEST_F(CompressionTest, CloseLeavesALongSegmentToWhoeverWritesMore) {
  const LogPersistenceConfig plain{.rotate_at_bytes = int64_t{17} << 20};
  {
    TestLog log(fs_, clock_, plain);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 18; ++i) EXPECT_TRUE(log.append(std::string(1 << 20, 'x'), i).ok());
    EXPECT_TRUE(log.writer->close().ok());
  }
  TestLog log(fs_, clock_, {.compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(plain_segments().size(), 1u);
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->close().ok());
  EXPECT_EQ(plain_segments().size(), 1u);
  EXPECT_LE(fs_.calls().size(), 12u);
}

TEST_F(CompressionTest, InBackgroundModeItGoesOnWhileNothingComes) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 200'000,
               .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 500; ++i) (void)log.accept(kText, i);
  EXPECT_TRUE(log.writer->step().ok());
  EXPECT_EQ(plain_segments().size() + archives().size(), 2u);
  int steps = 0;
  while (log.writer->time_to_step() <= absl::ZeroDuration() && steps < 100) {
    EXPECT_TRUE(log.writer->step().ok());
    ++steps;
  }
  EXPECT_GE(steps, 8);
  EXPECT_EQ(archives().size(), 2u);
  EXPECT_THAT(plain_segments(), IsEmpty());
  EXPECT_EQ(log.writer->time_to_step(), absl::InfiniteDuration());
  EXPECT_EQ(line_count(), 500);
}

TEST_F(CompressionTest, WhatCloseLeavesIsTakenUpAfterTheNextOpen) {
  const LogPersistenceConfig plain{.rotate_at_bytes = 100'000};
  {
    TestLog log(fs_, clock_, plain);
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 350; ++i) EXPECT_TRUE(log.append(kText, i).ok());
  }
  EXPECT_EQ(plain_segments().size(), 3u);
  LogPersistenceConfig gzip = plain;
  gzip.compression = SegmentCompression::kGzip;
  for (int opened = 0; opened < 3; ++opened) {
    TestLog log(fs_, clock_, gzip);
    ASSERT_TRUE(log.open().ok());
    // A second writer's leftover, and what is at hand when it is closed.
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(log.append(kText, i).ok());
    EXPECT_TRUE(log.writer->close().ok());
    EXPECT_THAT(temporaries(), IsEmpty());
  }
  TestLog log(fs_, clock_, gzip);
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(log.append(kText, i).ok());
  EXPECT_GE(archives().size(), 4u);
  EXPECT_EQ(line_count(), 350 + 90 + 300);
}

TEST_F(CompressionTest, AFailureIsToldOnceAndTriedAtAPaceAndStopsNobodyFromWriting) {
  TestLog log(fs_, clock_, {.rotate_at_bytes = 20'000, .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 25; ++i) EXPECT_TRUE(log.append(kText, i).ok());
  const auto is_archive_sync = [](const std::string& call) {
    return call.starts_with("sync_data") && call.find(".tmp") != std::string::npos;
  };
  fs_.fail_named("sync_data", ENOSPC);  // nobody else syncs
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(log.append(kText, i).ok());
    clock_.advance(absl::Milliseconds(50));
  }
  EXPECT_EQ(told(log, "log_compression_failed").size(), 1u);
  EXPECT_EQ(told(log, "log_compression_failed")[0].severity, Severity::kWarning);
  EXPECT_THAT(archives(), IsEmpty());
  EXPECT_TRUE(log.writer->status().failure.ok());
  const std::vector<std::string> calls = fs_.calls();
  EXPECT_LE(std::count_if(calls.begin(), calls.end(), is_archive_sync), 9);
  fs_.heal();
  clock_.advance(absl::Seconds(64));
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(log.append(kText, i).ok());
  EXPECT_GE(archives().size(), 5u);
  EXPECT_EQ(line_count(), 25 + 2000 + 300);
}

TEST_F(CompressionTest, ASegmentThatRetentionRemovesIsNotCompressedAnyMore) {
  TestLog log(fs_, clock_,
              {.rotate_at_bytes = 100'000,
               .compression = SegmentCompression::kGzip,
               .retain_for = absl::Hours(1)});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 230; ++i) EXPECT_TRUE(log.append(kText, i).ok());
  while (temporaries().empty()) EXPECT_TRUE(log.append(kText).ok());
  clock_.advance(absl::Hours(1));
  EXPECT_TRUE(log.writer->sync().ok());  // so that none need stay
  EXPECT_TRUE(log.append(kText).ok());
  EXPECT_THAT(temporaries(), IsEmpty());
  EXPECT_THAT(archives(), IsEmpty());
  EXPECT_THAT(plain_segments(), IsEmpty());
  EXPECT_EQ(told(log, "log_segments_removed").size(), 1u);
}

TEST_F(CompressionTest, RetentionRemovesArchivesAndCountsTheirBytes) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 20'000,
               .compression = SegmentCompression::kGzip,
               .retain_bytes = 50'000});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 1000; ++i) {
    (void)log.accept(kText, i);
    for (int idle = 0; idle < 10; ++idle) EXPECT_TRUE(log.writer->step().ok());
  }
  // Plain ones would be two: an archive of these has some hundred bytes.
  EXPECT_GT(archives().size(), 40u);
  EXPECT_THAT(told(log, "log_segments_removed"), IsEmpty());
  EXPECT_TRUE(log.writer->close().ok());
  TestLog next(fs_, clock_, {.retain_segments = 3});
  ASSERT_TRUE(next.open().ok());
  EXPECT_EQ(archives().size(), 3u);
}

TEST_F(CompressionTest, WhatIsArchivedNeedNoSync) {
  TestLog log(fs_, clock_,
              {.write_mode = WriteMode::kBackground,
               .rotate_at_bytes = 20'000,
               .compression = SegmentCompression::kGzip});
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 105; ++i) {
    (void)log.accept(kText, i);
    for (int idle = 0; idle < 20; ++idle) EXPECT_TRUE(log.writer->step().ok());
  }
  EXPECT_EQ(archives().size(), 5u);
  EXPECT_EQ(fs_.open_file_count(), 2);  // the file and the sidecar
  fs_.forget_calls();
  EXPECT_TRUE(log.writer->sync().ok());
  EXPECT_THAT(fs_.calls(), Contains("sync_data /log.jsonl"));
  EXPECT_EQ(log.writer->marks().synced_seq, 105);
}

}  // namespace
}  // namespace logslice::testing
