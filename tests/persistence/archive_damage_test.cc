// Archives that are cut, flipped, lied about or made to hurt: what is sound is read, what is not is
// told, and memory stays bounded.

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "archive_file.h"
#include "backward_line_reader.h"
#include "io_status.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/log_lines.h"
#include "segment_name.h"
#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"
#include "tests/support/sanitized.h"

namespace logslice::testing {
namespace {

using internal::ArchiveMember;
using internal::encode_member_header;
using internal::kMemberHeaderBytes;
using internal::segment_path;
using internal::SegmentForm;
using ::testing::HasSubstr;

constexpr const char* kLog = "/log.jsonl";
constexpr int64_t kLastSeq = 12;
const std::string kArchive = segment_path(kLog, {1, kLastSeq, 1, SegmentForm::kGzip});

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

struct Read {
  std::vector<std::string> sound;  // with their newlines
  std::vector<std::string> archive_damage;
  ScanStats stats;
};

class ArchiveDamageTest : public ::testing::Test {
 protected:
  // Three members of four lines.
  ArchiveDamageTest()
      : text_(lines(1, kLastSeq)),
        archive_(small_member_archive_of(text_, static_cast<int64_t>(lines(1, 4).size()) - 10)),
        members_(members_of(archive_)) {
    EXPECT_EQ(members_.size(), 3u);
  }

  Read read(const std::string& archive) {
    fs_.set_content(kArchive, archive);
    Read result;
    absl::StatusOr<LogLines> scan = scan_lines(kLog, {.scan = {.file_system = &fs_}});
    if (!scan.ok()) {
      ADD_FAILURE() << scan.status();
      return result;
    }
    while (scan->next()) {
      const LogLine& line = scan->line();
      EXPECT_EQ(line.path, kArchive);
      if (line.is_archive_damage) {
        EXPECT_FALSE(line.damage.empty());
        result.archive_damage.emplace_back(line.damage);
      } else if (line.damage.empty()) {
        result.sound.push_back(std::string(line.text) + "\n");
      }
    }
    EXPECT_TRUE(scan->status().ok()) << scan->status();
    result.stats = scan->stats();
    EXPECT_EQ(result.stats.line_count,
              result.stats.entry_count + result.stats.damaged_count + result.stats.blank_count);
    return result;
  }

  absl::Status strict_status() {
    absl::StatusOr<LogScan<Note>> scan =
        scan_log<Note>(kLog, {.strict = true, .file_system = &fs_});
    if (!scan.ok()) return scan.status();
    for (auto it = scan->begin(); it != scan->end(); ++it) continue;
    return scan->status();
  }
  absl::Status strict_backward_status() {
    return last_entries<Note>(kLog, 1000, {.strict = true, .file_system = &fs_}).status();
  }

  // Forward and backward find the same whole lines.
  void expect_same_backward(const Read& forward) {
    const std::vector<std::string> lines = lines_of({0, 1, 2});
    const std::set<std::string> all(lines.begin(), lines.end());
    internal::ArchiveFile file(internal::open_for_reading(fs_, kArchive).value());
    const int64_t size = file.stat().stat.size_bytes;
    const int64_t end = internal::find_committed_end(file, kArchive, size).value();
    internal::BackwardLineReader reader(file, kArchive, end, 1 << 20);
    std::vector<std::string> sound;
    while (reader.previous()) {
      const std::string whole = std::string(reader.line()) + "\n";
      if (all.contains(whole)) sound.push_back(whole);
    }
    std::reverse(sound.begin(), sound.end());
    std::vector<std::string> known = forward.sound;
    std::erase_if(known, [&](const std::string& one) { return !all.contains(one); });
    EXPECT_EQ(sound, known);
  }

  size_t start_of(size_t member) const {
    size_t start = 0;
    for (size_t i = 0; i < member; ++i) start += static_cast<size_t>(members_[i].size_bytes);
    return start;
  }
  std::vector<std::string> lines_of(std::initializer_list<size_t> members) const {
    std::vector<std::string> all;
    for (const size_t member : members) {
      for (int64_t seq = members_[member].first_seq; seq <= members_[member].last_seq; ++seq) {
        all.push_back(line(seq));
      }
    }
    return all;
  }

  const std::string text_;
  const std::string archive_;
  const std::vector<ArchiveMember> members_;
  FakeFileSystem fs_;
};

TEST_F(ArchiveDamageTest, ASoundOneIsRead) {
  const Read all = read(archive_);
  EXPECT_EQ(all.sound, lines_of({0, 1, 2}));
  EXPECT_TRUE(all.archive_damage.empty());
  EXPECT_TRUE(strict_status().ok());
  EXPECT_TRUE(strict_backward_status().ok());
  expect_same_backward(all);
}

TEST_F(ArchiveDamageTest, CutAtAnyByteAllThatCanBeInflatedIsReadAndTheCutIsTold) {
  size_t most = 0;
  for (size_t size = 0; size < archive_.size(); ++size) {
    SCOPED_TRACE(size);
    const Read cut = read(archive_.substr(0, size));
    EXPECT_EQ(cut.archive_damage.size(), 1u);
    EXPECT_EQ(cut.stats.torn_bytes, 0);
    const std::vector<std::string> all = lines_of({0, 1, 2});
    ASSERT_LE(cut.sound.size(), all.size());
    EXPECT_TRUE(std::equal(cut.sound.begin(), cut.sound.end(), all.begin()));
    EXPECT_GE(cut.sound.size(), most);
    most = cut.sound.size();
    if (size >= start_of(1)) {
      EXPECT_GE(most, 4u);
    }
    if (size >= start_of(2)) {
      EXPECT_GE(most, 8u);
    }
    const absl::Status strict = strict_status();
    EXPECT_TRUE(absl::IsDataLoss(strict)) << strict;
    EXPECT_EQ(error_kind(strict), ErrorKind::kParse);
    EXPECT_THAT(text_of(strict), HasSubstr(kArchive));
    EXPECT_THAT(text_of(strict), HasSubstr("the archive is damaged at byte"));
    expect_same_backward(cut);
  }
  EXPECT_EQ(most, 12u) << "of the last member only the checksum was missing";
}

TEST_F(ArchiveDamageTest, WithAnyBitFlippedTheOtherMembersAreReadAndTheFlipIsTold) {
  for (size_t bit = 0; bit < 8 * archive_.size(); ++bit) {
    SCOPED_TRACE("byte " + std::to_string(bit / 8) + " bit " + std::to_string(bit % 8));
    std::string flipped = archive_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const Read damaged = read(flipped);
    const size_t hit = bit / 8 < start_of(1) ? 0 : bit / 8 < start_of(2) ? 1 : 2;
    for (size_t member = 0; member < 3; ++member) {
      if (member == hit) continue;
      for (const std::string& whole : lines_of({member})) {
        EXPECT_EQ(std::count(damaged.sound.begin(), damaged.sound.end(), whole), 1) << whole;
      }
    }
    // In a header, and between the end of deflate's bits and the byte's, a bit may mean nothing.
    EXPECT_TRUE(!damaged.archive_damage.empty() || damaged.sound == lines_of({0, 1, 2}));
    EXPECT_LE(damaged.archive_damage.size(), 2u);
    EXPECT_EQ(strict_status().ok(), damaged.stats.damaged_count == 0);
    if (!damaged.archive_damage.empty()) {
      EXPECT_TRUE(absl::IsDataLoss(strict_backward_status()));
    }
    if (bit % 8 == 3) expect_same_backward(damaged);
  }
}

TEST_F(ArchiveDamageTest, AMemberWithAWrongChecksumIsReadButStrictStopsBeforeIt) {
  std::string wrong = archive_;
  wrong[start_of(2) - 8] ^= 1;  // the checksum of member 1
  const Read damaged = read(wrong);
  EXPECT_EQ(damaged.sound, lines_of({0, 1, 2}));
  ASSERT_EQ(damaged.archive_damage.size(), 1u);
  EXPECT_EQ(damaged.archive_damage[0], "the archive is damaged at byte " +
                                           std::to_string(start_of(1)) +
                                           ": the checksum is not that of the text");
  absl::StatusOr<LogScan<Note>> scan = scan_log<Note>(kLog, {.strict = true, .file_system = &fs_});
  int64_t last_seq = 0;
  for (auto it = scan->begin(); it != scan->end(); ++it) last_seq = it.seq();
  EXPECT_EQ(last_seq, members_[0].last_seq);
  EXPECT_TRUE(absl::IsDataLoss(scan->status()));

  wrong = archive_;
  wrong[start_of(2) - 4] ^= 1;  // its size
  EXPECT_EQ(read(wrong).sound, lines_of({0, 1, 2}));
  EXPECT_THAT(read(wrong).archive_damage.at(0), HasSubstr("the size is not that of the text"));
}

TEST_F(ArchiveDamageTest, MembersThatAreMissingAreTold) {
  std::string without = archive_.substr(0, start_of(1)) + archive_.substr(start_of(2));
  Read damaged = read(without);
  EXPECT_EQ(damaged.sound, lines_of({0, 2}));
  ASSERT_EQ(damaged.archive_damage.size(), 1u);
  EXPECT_THAT(damaged.archive_damage[0], HasSubstr("member 1 is missing"));

  damaged = read(archive_.substr(start_of(2)));
  EXPECT_EQ(damaged.sound, lines_of({2}));
  EXPECT_THAT(damaged.archive_damage.at(0), HasSubstr("the members 0 to 1 are missing"));

  damaged = read(archive_.substr(0, start_of(2)));
  EXPECT_EQ(damaged.sound, lines_of({0, 1}));
  EXPECT_THAT(damaged.archive_damage.at(0),
              HasSubstr("ends behind member 1, which is not the last"));

  EXPECT_THAT(read("").archive_damage.at(0), HasSubstr("it is empty"));
}

TEST_F(ArchiveDamageTest, BytesThatBelongToNoMemberAreTold) {
  for (const std::string& garbage :
       {std::string("garbage"), std::string(100, '\0'), std::string(200000, 'x'),
        std::string("\x1f"), std::string("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x40\0LS\x3c\0\x01", 17)}) {
    SCOPED_TRACE(garbage.substr(0, 10));
    Read damaged = read(archive_ + garbage);
    EXPECT_EQ(damaged.sound, lines_of({0, 1, 2}));
    EXPECT_EQ(damaged.archive_damage.size(), 1u);
    expect_same_backward(damaged);
    damaged = read(garbage + archive_);
    EXPECT_EQ(damaged.sound, lines_of({0, 1, 2}));
    EXPECT_EQ(damaged.archive_damage.size(), 1u);
    expect_same_backward(damaged);
    damaged = read(archive_.substr(0, start_of(1)) + garbage + archive_.substr(start_of(1)));
    EXPECT_EQ(damaged.sound, lines_of({0, 1, 2}));
    EXPECT_EQ(damaged.archive_damage.size(), 1u);
    expect_same_backward(damaged);
  }
}

TEST_F(ArchiveDamageTest, WhatAHeaderSaysIsNotBelievedBlindly) {
  const auto with_claim = [&](auto change) {
    ArchiveMember member = members_[1];
    change(member);
    std::string archive = archive_;
    archive.replace(start_of(1), kMemberHeaderBytes, encode_member_header(member));
    return archive;
  };
  const std::vector<std::string> lies = {
      with_claim([](ArchiveMember& m) { m.size_bytes += 1; }),
      with_claim([](ArchiveMember& m) { m.size_bytes -= 1; }),
      with_claim([](ArchiveMember& m) { m.size_bytes = 100; }),
      with_claim([](ArchiveMember& m) { m.size_bytes += 1000000; }),
      // Over the next one.
      with_claim([&](ArchiveMember& m) { m.size_bytes += members_[2].size_bytes; }),
      with_claim([](ArchiveMember& m) { m.plain_size_bytes += 1; }),
      with_claim([](ArchiveMember& m) { m.plain_size_bytes -= 1; }),
      with_claim([](ArchiveMember& m) { m.plain_size_bytes = 0; }),
      with_claim([](ArchiveMember& m) { m.plain_size_bytes = 1; }),
      with_claim([](ArchiveMember& m) { m.plain_size_bytes = internal::kMemberPlainBytesMax; }),
      with_claim([](ArchiveMember& m) { m.plain_offset = INT64_MAX; }),
      with_claim([](ArchiveMember& m) { m.number = 0; }),
      with_claim([](ArchiveMember& m) { m.number = 4000000000; }),
      with_claim([](ArchiveMember& m) { m.is_last = true; }),
  };
  for (size_t i = 0; i < lies.size(); ++i) {
    SCOPED_TRACE(i);
    const Read damaged = read(lies[i]);
    for (const size_t member : {size_t{0}, size_t{2}}) {
      for (const std::string& whole : lines_of({member})) {
        EXPECT_EQ(std::count(damaged.sound.begin(), damaged.sound.end(), whole), 1) << whole;
      }
    }
    expect_same_backward(damaged);
    // A claim that misleads nobody is not told.
    EXPECT_TRUE(damaged.sound == lines_of({0, 1, 2}) || !damaged.archive_damage.empty());
  }
}

TEST_F(ArchiveDamageTest, AForeignArchiveIsReadUpToItsDamage) {
  const std::string path = "/log_20250115_103000.jsonl.gz";
  const std::string archive = foreign_archive_of(text_);
  for (size_t size = 0; size < archive.size(); ++size) {
    SCOPED_TRACE(size);
    fs_.set_content(path, archive.substr(0, size));
    absl::StatusOr<LogLines> scan = scan_lines(kLog, {.scan = {.file_system = &fs_}});
    ASSERT_TRUE(scan.ok());
    int64_t seq = 0;
    int64_t damage_count = 0;
    while (scan->next()) {
      if (scan->line().is_archive_damage) {
        ++damage_count;
      } else {
        EXPECT_EQ(std::string(scan->line().text) + "\n", line(++seq));
      }
    }
    EXPECT_EQ(damage_count, 1);
    EXPECT_EQ(scan->stats().torn_bytes, 0);
    EXPECT_EQ(last_entries<Note>(kLog, 100, {.file_system = &fs_}).value().size(),
              static_cast<size_t>(seq));
  }
  fs_.set_content(path, archive + "garbage");
  absl::StatusOr<LogLines> scan = scan_lines(kLog, {.scan = {.file_system = &fs_}});
  while (scan->next()) continue;
  EXPECT_EQ(scan->stats().entry_count, kLastSeq);
  EXPECT_EQ(scan->stats().damaged_count, 1);
}

// ---- Bombs

int64_t memory_peak_kib() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Text of so many MiB, compressed by as much as deflate can.
std::string bomb(int64_t mebibytes, char byte) {
  internal::ArchiveWriter writer;
  const std::string block(size_t{1} << 20, byte);
  for (int64_t i = 0; i < mebibytes; ++i) writer.add(block);
  writer.finish();
  return writer.take_members();
}

// The members of ours as one foreign member would be: without what they say about themselves.
std::string without_claims(std::string archive) {
  std::string foreign;
  while (!archive.empty()) {
    const auto size = static_cast<size_t>(internal::parse_member_header(archive)->size_bytes);
    foreign += std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    foreign += archive.substr(kMemberHeaderBytes, size - kMemberHeaderBytes);
    archive.erase(0, size);
  }
  return foreign;
}

TEST(ArchiveBombTest, GigabytesOfNothingTakeNoMoreMemoryThanALittleText) {
  FakeFileSystem fs;
  constexpr int64_t kMebibytes = 256;
  const std::string ours = bomb(kMebibytes, '\0');
  ASSERT_LT(ours.size(), size_t{3} << 20);
  fs.set_content(kArchive, ours);
  fs.set_content("/log_20250115_103000.jsonl.gz", without_claims(ours) + "x");
  const int64_t before_kib = memory_peak_kib();
  ScanOptions options{.file_system = &fs};
  absl::StatusOr<LogLines> scan = scan_lines(kLog, {.scan = options});
  ASSERT_TRUE(scan.ok());
  int64_t damage_count = 0;
  while (scan->next()) ++damage_count;
  EXPECT_EQ(damage_count, 1) << "the garbage, and the line before it";
  EXPECT_EQ(scan->stats().torn_bytes, kMebibytes << 20);
  if (!kIsSanitized) {
    EXPECT_LT(memory_peak_kib() - before_kib, 32 << 10);
  }
  EXPECT_TRUE(last_entries<Note>(kLog, 10, options).value().empty());
  if (!kIsSanitized) {
    EXPECT_LT(memory_peak_kib() - before_kib, (64 + 32) << 10);
  }
}

TEST_F(ArchiveDamageTest, AnArchiveThatIsCutWhileItIsReadIsAnErrorAndNoLoop) {
  constexpr const char* kPath = "/log_20250116_000000.jsonl.gz";
  const std::string line = "{\"text\":\"" + std::string(1 << 20, 'x') + "\"}\n";
  std::string text;
  while (text.size() < (size_t{80} << 20)) text += line;  // more than is kept
  const std::string archive = foreign_archive_of(text);
  FakeFileSystem fs;
  fs.set_content(kPath, archive);
  internal::ArchiveFile file(fs.open(kPath, OpenMode::kRead).file);
  ASSERT_TRUE(file.stat().ok());
  fs.set_content(kPath, archive.substr(0, archive.size() / 10));
  char block[4096];
  EXPECT_EQ(file.read_at(block, sizeof(block), int64_t{12} << 20).error, EIO);
}

}  // namespace
}  // namespace logslice::testing
