// What doctor says about archives, and what recover saves of them.

#include <algorithm>
#include <string>
#include <vector>

#include "logslice/persistence/check_log.h"
#include "logslice/persistence/salvage_log.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::segment_path;
using internal::SegmentForm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kLog = "/log.jsonl";
constexpr const char* kNew = "/new.jsonl";
constexpr const char* kQuarantine = "/new.jsonl.quarantine";
const std::string kPlain = segment_path(kLog, {1, 12});
const std::string kArchive = kPlain + ".gz";
const std::string kForeign = "/log_20250115_103000.jsonl.gz";

std::string line(int64_t seq) {
  return "{\"__type__\":\"test:Note\",\"text\":\"text " + std::to_string(seq * seq * 7919) +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
}

std::string lines(int64_t first_seq, int64_t last_seq) {
  std::string all;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) all += line(seq);
  return all;
}

std::string unnumbered(int first, int last) {
  std::string all;
  for (int i = first; i <= last; ++i)
    all += "{\"event\":\"nav\",\"n\":" + std::to_string(i) + "}\n";
  return all;
}

class ArchiveRepairTest : public ::testing::Test {
 protected:
  ArchiveRepairTest() {
    fs_.set_content(kArchive, archive_);
    fs_.set_content(kLog, lines(13, 14));
  }

  // "damage archive_damage", …
  std::vector<std::string> findings() {
    const absl::StatusOr<LogCheck> check = check_log(kLog, {.file_system = &fs_});
    EXPECT_TRUE(check.ok()) << check.status();
    std::vector<std::string> all;
    if (!check.ok()) return all;
    check_ = *check;
    for (const LogFinding& finding : check->findings) {
      all.push_back((finding.severity == LogFindingSeverity::kDamage ? "damage " : "remark ") +
                    std::string(log_finding_name(finding.kind)));
    }
    return all;
  }

  // Of the input nothing is changed, and each of its bytes is somewhere.
  SalvageReport salvaged() {
    const std::string archive = fs_.content(kArchive);
    const absl::StatusOr<SalvageReport> report =
        salvage_log(kLog, kNew, {.file_system = &fs_, .clock = &clock_});
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return {};
    EXPECT_EQ(fs_.content(kArchive), archive);
    EXPECT_EQ(report->input_bytes, report->saved_bytes + report->quarantined_bytes +
                                       report->duplicate_bytes + report->blank_bytes);
    EXPECT_EQ(static_cast<int64_t>(fs_.content(kNew).size()), report->saved_bytes);
    EXPECT_EQ(fs_.exists(kQuarantine), report->quarantined_count > 0);
    const absl::StatusOr<LogCheck> check = check_log(kNew, {.file_system = &fs_});
    EXPECT_TRUE(check.ok() && check->is_sound());
    return *report;
  }
  void remove_new() {
    for (const std::string& name : fs_.list_directory("/").names) {
      if (name.starts_with("new.jsonl")) fs_.remove("/" + name);
    }
  }

  const std::string archive_ =
      small_member_archive_of(lines(1, 12), static_cast<int64_t>(lines(1, 4).size()) - 10);
  LogCheck check_;
  FakeFileSystem fs_;
  FakeClock clock_;
};

// ---- Doctor

TEST_F(ArchiveRepairTest, SoundArchivesAreSound) {
  fs_.set_content(kForeign, foreign_archive_of(lines(1, 3)));
  fs_.remove(kArchive);
  fs_.set_content(segment_path(kLog, {4, 12, 1, SegmentForm::kGzip}), archive_of(lines(4, 12)));
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(check_.entry_count, 14);
  EXPECT_EQ(check_.file_count, 3);
  EXPECT_EQ(check_.bytes, static_cast<int64_t>(lines(1, 14).size()));
}

TEST_F(ArchiveRepairTest, ADamagedArchiveIsDamageWithThePlaceAndTheReason) {
  std::string damaged = archive_;
  damaged[archive_.size() / 2] ^= 0x10;
  fs_.set_content(kArchive, damaged);
  EXPECT_THAT(findings(), ::testing::Contains("damage archive_damage"));
  const auto found = std::find_if(
      check_.findings.begin(), check_.findings.end(),
      [](const LogFinding& one) { return one.kind == LogFindingKind::kArchiveDamage; });
  ASSERT_NE(found, check_.findings.end());
  EXPECT_EQ(found->path, kArchive);
  EXPECT_THAT(found->text, HasSubstr("the archive is damaged at byte "));
  EXPECT_EQ(found->mend, "logslice recover /log.jsonl -o /log.jsonl.recovered");
  EXPECT_TRUE(check_.is_complete);
}

TEST_F(ArchiveRepairTest, ASegmentInBothFormsAndAnUnfinishedArchiveAreRemarks) {
  fs_.set_content(kPlain, lines(1, 12));
  fs_.set_content(segment_path(kLog, {13, 14, 1, SegmentForm::kGzip}) + ".tmp", "beginning");
  fs_.set_content("/log.jsonl.gz.tmp", "of somebody else");
  EXPECT_THAT(findings(), ElementsAre("remark segment_in_both_forms", "remark unfinished_archive"));
  ASSERT_THAT(check_.findings, SizeIs(2));
  EXPECT_EQ(check_.findings[0].path, kArchive);
  EXPECT_EQ(check_.findings[1].path, segment_path(kLog, {13, 14, 1, SegmentForm::kGzip}) + ".tmp");
  EXPECT_EQ(check_.entry_count, 14);
}

TEST_F(ArchiveRepairTest, AnArchiveThatHoldsOtherNumbersThanItsNameSaysIsDamage) {
  fs_.set_content(kArchive, archive_of(lines(1, 11)));
  EXPECT_THAT(findings(), ElementsAre("damage segment_range", "remark seq_missing"));
}

TEST_F(ArchiveRepairTest, PermissionsOfArchivesAreLookedAt) {
  fs_.set_permissions(kArchive, 0644);
  EXPECT_THAT(findings(), ElementsAre("damage permissions"));
}

// ---- Recover

TEST_F(ArchiveRepairTest, ASoundArchiveIsSavedAsAPlainLog) {
  fs_.set_content(kForeign, foreign_archive_of(unnumbered(1, 3)));
  fs_.set_content("/log_20240115_103000.jsonl.gz", foreign_archive_of(unnumbered(0, 0)));
  const SalvageReport report = salvaged();
  EXPECT_TRUE(report.is_all_saved());
  EXPECT_EQ(report.input_file_count, 4);
  EXPECT_EQ(fs_.content(kNew), unnumbered(0, 3) + lines(1, 14));
}

TEST_F(ArchiveRepairTest, CutAtEveryByteAllLinesBeforeAreSavedAndTheRestIsQuarantined) {
  for (size_t size = 0; size < archive_.size(); ++size) {
    SCOPED_TRACE(size);
    fs_.set_content(kArchive, archive_.substr(0, size));
    const SalvageReport report = salvaged();
    EXPECT_FALSE(report.is_all_saved());
    const std::string saved = fs_.content(kNew);
    const size_t saved_bytes = saved.size() - lines(13, 14).size();
    EXPECT_EQ(saved, lines(1, 12).substr(0, saved_bytes) + lines(13, 14));
    EXPECT_THAT(fs_.content(kQuarantine), HasSubstr("the archive is damaged at byte"));
    remove_new();
  }
}

TEST_F(ArchiveRepairTest, WithAnyByteFlippedTheOtherMembersAreSaved) {
  const std::vector<internal::ArchiveMember> members = members_of(archive_);
  ASSERT_EQ(members.size(), 3u);
  for (size_t at = 0; at < archive_.size(); ++at) {
    SCOPED_TRACE(at);
    std::string flipped = archive_;
    flipped[at] ^= 0x20;
    fs_.set_content(kArchive, flipped);
    const SalvageReport report = salvaged();
    const std::string saved = fs_.content(kNew);
    size_t start = 0;
    for (const internal::ArchiveMember& member : members) {
      const size_t end = start + static_cast<size_t>(member.size_bytes);
      const bool is_hit = at >= start && at < end;
      for (int64_t seq = member.first_seq; seq <= member.last_seq && !is_hit; ++seq) {
        EXPECT_THAT(saved, HasSubstr(line(seq)));
      }
      start = end;
    }
    EXPECT_TRUE(!report.is_all_saved() || saved == lines(1, 14));
    remove_new();
  }
}

TEST_F(ArchiveRepairTest, WhatCannotBeInflatedIsQuarantinedAsItIs) {
  const std::string garbage = "garbage between members";
  const auto first_bytes = static_cast<size_t>(members_of(archive_)[0].size_bytes);
  std::string damaged = archive_;
  damaged.insert(first_bytes, garbage);
  fs_.set_content(kArchive, damaged);
  const SalvageReport report = salvaged();
  EXPECT_EQ(fs_.content(kNew), lines(1, 14));
  EXPECT_EQ(report.quarantined_count, 1);
  EXPECT_EQ(report.quarantined_bytes, static_cast<int64_t>(garbage.size()));
  EXPECT_THAT(fs_.content(kQuarantine), HasSubstr("\n" + garbage + "\n"));
  EXPECT_THAT(fs_.content(kQuarantine), HasSubstr("\"offset\":" + std::to_string(first_bytes)));
}

TEST_F(ArchiveRepairTest, ANewLogIsNotPutWhereArchivesWouldBelongToIt) {
  for (const std::string& path : {std::string("/new_20250115_103000.jsonl.gz"),
                                  segment_path(kNew, {1, 2, 1, SegmentForm::kGzip})}) {
    fs_.set_content(path, archive_);
    const absl::StatusOr<SalvageReport> report =
        salvage_log(kLog, kNew, {.file_system = &fs_, .clock = &clock_});
    EXPECT_TRUE(absl::IsAlreadyExists(report.status())) << report.status();
    fs_.remove(path);
  }
  for (const char* path :
       {"/a_20250115_103000.jsonl.gz", "/a.00000000000000000001-00000000000000000002.jsonl.gz"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        salvage_log(kLog, path, {.file_system = &fs_, .clock = &clock_}).status()));
  }
}

}  // namespace
}  // namespace logslice::testing
