// What the bytes of an archive are: specs/archives.md.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/persistence/archive_fixture.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {
namespace {

using internal::ArchiveMember;
using internal::encode_member_header;
using internal::kMemberHeaderBytes;
using internal::kMemberPlainBytesMax;
using internal::kMemberPlainBytesWanted;
using internal::parse_member_header;

std::string line(int64_t seq, const std::string& text, const std::string& second = "00") {
  return "{\"__type__\":\"test:Note\",\"text\":\"" + text +
         "\",\"number\":0,\"__seq__\":" + std::to_string(seq) +
         ",\"__ts__\":\"2025-01-15T10:30:" + second + ".000000+00:00\"}\n";
}

// Text that deflate cannot make much smaller.
std::string noise(size_t size_bytes) {
  std::mt19937 random(7);
  std::string text(size_bytes, ' ');
  for (char& byte : text) byte = static_cast<char>('#' + random() % 57);  // no quote, no backslash
  return text;
}

std::string file_content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ArchiveMember sample() {
  ArchiveMember member;
  member.number = 3;
  member.size_bytes = 1000;
  member.plain_offset = 123456789012;
  member.plain_size_bytes = 5000;
  member.is_last = true;
  member.begins_within_line = true;
  member.first_seq = 7;
  member.last_seq = INT64_MAX;
  member.first_ts = absl::FromUnixMicros(-5);
  member.last_ts = absl::FromUnixMicros(1736937000123456);
  return member;
}

TEST(ArchiveMemberTest, AHeaderSaysWhatWasPutIn) {
  const std::string header = encode_member_header(sample());
  ASSERT_EQ(header.size(), kMemberHeaderBytes);
  const std::optional<ArchiveMember> member = parse_member_header(header + "more");
  ASSERT_TRUE(member.has_value());
  EXPECT_EQ(member->number, 3);
  EXPECT_EQ(member->size_bytes, 1000);
  EXPECT_EQ(member->plain_offset, 123456789012);
  EXPECT_EQ(member->plain_size_bytes, 5000);
  EXPECT_TRUE(member->is_last);
  EXPECT_TRUE(member->begins_within_line);
  EXPECT_EQ(member->first_seq, 7);
  EXPECT_EQ(member->last_seq, INT64_MAX);
  EXPECT_EQ(member->first_ts, absl::FromUnixMicros(-5));
  EXPECT_EQ(member->last_ts, absl::FromUnixMicros(1736937000123456));

  ArchiveMember other = sample();
  other.first_ts = other.last_ts = std::nullopt;
  other.is_last = other.begins_within_line = false;
  const std::optional<ArchiveMember> parsed = parse_member_header(encode_member_header(other));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_FALSE(parsed->is_last || parsed->begins_within_line);
  EXPECT_FALSE(parsed->first_ts.has_value() || parsed->last_ts.has_value());
}

TEST(ArchiveMemberTest, TimesBetweenMicrosecondsAreRoundedOutward) {
  ArchiveMember member = sample();
  member.first_ts = absl::FromUnixNanos(1999);
  member.last_ts = absl::FromUnixNanos(2001);
  const std::optional<ArchiveMember> parsed = parse_member_header(encode_member_header(member));
  EXPECT_EQ(parsed->first_ts, absl::FromUnixMicros(1));
  EXPECT_EQ(parsed->last_ts, absl::FromUnixMicros(3));
}

TEST(ArchiveMemberTest, AHeaderThatIsCutOrHasAFlippedBitIsNone) {
  const std::string header = encode_member_header(sample());
  for (size_t size = 0; size < header.size(); ++size) {
    EXPECT_FALSE(parse_member_header(header.substr(0, size)).has_value()) << size;
  }
  for (size_t bit = 0; bit < 8 * header.size(); ++bit) {
    std::string flipped = header;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_member_header(flipped).has_value()) << bit;
  }
}

TEST(ArchiveMemberTest, AHeaderThatClaimsWhatCannotBeIsNone) {
  const auto refuses = [](auto change) {
    ArchiveMember member = sample();
    change(member);
    return !parse_member_header(encode_member_header(member)).has_value();
  };
  EXPECT_FALSE(refuses([](ArchiveMember&) {}));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.plain_size_bytes = kMemberPlainBytesMax + 1; }));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.size_bytes = internal::kMemberBytesMax + 1; }));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.size_bytes = kMemberHeaderBytes; }));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.plain_offset = -1; }));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.first_seq = -1; }));
  EXPECT_TRUE(refuses([](ArchiveMember& m) { m.last_seq = 6; }));
}

TEST(ArchiveWriterTest, TheTextComesBackHoweverItWentIn) {
  std::string text;
  for (int seq = 1; seq <= 3000; ++seq) text += line(seq, noise(700));
  text += "a torn end";
  for (const size_t piece_bytes : {size_t{1000}, size_t{65536}, text.size()}) {
    const std::string archive = archive_of(text, piece_bytes);
    EXPECT_EQ(inflate_all(archive), text);
    EXPECT_EQ(archive, archive_of(text)) << "the pieces show";
  }
}

TEST(ArchiveWriterTest, MembersAreOfWholeLinesAndSayWhatIsInThem) {
  std::string text;
  for (int seq = 11; seq <= 3010; ++seq) {
    text += line(seq, noise(700), std::to_string(10 + seq / 100));
    if (seq % 7 == 0) text += "no entry, and no JSON\n\n";
  }
  const std::string archive = archive_of(text);
  const std::vector<ArchiveMember> members = members_of(archive);
  ASSERT_GT(members.size(), 3u);
  int64_t plain_offset = 0;
  int64_t next_seq = 11;
  size_t offset = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const ArchiveMember& member = members[i];
    EXPECT_EQ(member.number, static_cast<int64_t>(i));
    EXPECT_EQ(member.plain_offset, plain_offset);
    EXPECT_EQ(member.is_last, i + 1 == members.size());
    EXPECT_FALSE(member.begins_within_line);
    const std::string part =
        inflate_all(archive.substr(offset, static_cast<size_t>(member.size_bytes)));
    EXPECT_EQ(static_cast<int64_t>(part.size()), member.plain_size_bytes);
    EXPECT_EQ(part, text.substr(static_cast<size_t>(plain_offset), part.size()));
    EXPECT_EQ(part.back(), '\n');
    if (!member.is_last) {
      EXPECT_GE(member.plain_size_bytes, kMemberPlainBytesWanted);
    }
    EXPECT_LT(member.plain_size_bytes, kMemberPlainBytesWanted + 1000);
    EXPECT_EQ(member.first_seq, next_seq);
    EXPECT_GT(member.last_seq, member.first_seq);
    EXPECT_EQ(member.first_ts, absl::FromUnixSeconds(1736937000 + 10 + member.first_seq / 100));
    EXPECT_EQ(member.last_ts, absl::FromUnixSeconds(1736937000 + 10 + member.last_seq / 100));
    next_seq = member.last_seq + 1;
    plain_offset += member.plain_size_bytes;
    offset += static_cast<size_t>(member.size_bytes);
  }
  EXPECT_EQ(next_seq, 3011);
}

TEST(ArchiveWriterTest, ALineThatIsLongerThanAMemberGoesOnInTheNext) {
  const std::string text = line(1, "a") + line(2, noise(2500000)) + line(3, "b");
  const std::string archive = archive_of(text);
  EXPECT_EQ(inflate_all(archive), text);
  const std::vector<ArchiveMember> members = members_of(archive);
  ASSERT_EQ(members.size(), 3u);
  EXPECT_FALSE(members[0].begins_within_line);
  EXPECT_TRUE(members[1].begins_within_line);
  EXPECT_TRUE(members[2].begins_within_line);
  EXPECT_EQ(members[0].last_seq, 1);
  EXPECT_EQ(members[1].last_seq, 0);
  // Its end was not kept as a line.
  EXPECT_EQ(members[2].last_seq, 3);
  EXPECT_EQ(members[0].plain_size_bytes, kMemberPlainBytesMax);
}

TEST(ArchiveWriterTest, NoTextIsOneMemberWithoutText) {
  const std::string archive = archive_of("");
  const std::vector<ArchiveMember> members = members_of(archive);
  ASSERT_EQ(members.size(), 1u);
  EXPECT_TRUE(members[0].is_last);
  EXPECT_EQ(members[0].plain_size_bytes, 0);
  EXPECT_EQ(inflate_all(archive), "");
}

// Made by another implementation, from the golden log.
TEST(GoldenArchiveTest, VersionOneHoldsTheGoldenLog) {
  const std::string folder = LOGSLICE_SOURCE_DIR "/tests/golden/v1/";
  const std::string path = folder + "archive.00000000000000000001-00000000000000000003.jsonl.gz";
  const std::string text = file_content(folder + "notes.jsonl");
  const std::string archive = file_content(path);
  EXPECT_EQ(inflate_all(archive), text);
  const std::vector<ArchiveMember> members = members_of(archive);
  ASSERT_EQ(members.size(), 2u);
  size_t start = 0;
  for (const ArchiveMember& member : members) {
    EXPECT_EQ(encode_member_header(member), archive.substr(start, kMemberHeaderBytes));
    start += static_cast<size_t>(member.size_bytes);
  }
  EXPECT_EQ(members[0].first_seq, 1);
  EXPECT_EQ(members[0].last_seq, 2);
  EXPECT_EQ(members[0].first_ts, absl::FromUnixSeconds(1736937000));
  EXPECT_EQ(members[1].first_seq, 3);
  EXPECT_FALSE(members[1].first_ts.has_value());
  EXPECT_TRUE(members[1].is_last);
  EXPECT_EQ(scan_notes(posix_file_system(), path, {.strict = true}).size(), 3u);
  // What we make of it says the same; how deflate writes it is its own affair.
  const std::vector<ArchiveMember> ours = members_of(small_member_archive_of(text, 150));
  ASSERT_EQ(ours.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    ArchiveMember member = ours[i];
    member.size_bytes = members[i].size_bytes;
    EXPECT_EQ(encode_member_header(member), encode_member_header(members[i])) << i;
  }
}

}  // namespace
}  // namespace logslice::testing
