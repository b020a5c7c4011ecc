#include "logslice/reflection/internal/line_metadata.h"

#include <gtest/gtest.h>

#include "codec_support.h"
#include "sample_types.h"

namespace logslice::internal {
namespace {

TEST(LineMetadata, IsReadFromTheEndsOfACanonicalLine) {
  const std::string line = samples::encode(samples::make_everything(), INT64_MAX);
  LineStamp stamp;
  ASSERT_TRUE(read_canonical_stamp(line, &stamp));
  EXPECT_EQ(stamp.seq, INT64_MAX);
  EXPECT_EQ(stamp.ts, absl::FromUnixMicros(1736937000123789));
  EXPECT_EQ(read_canonical_type(line), "samples:Everything");
}

TEST(LineMetadata, IsReadFromAnyForm) {
  const LineMetadata metadata = read_line_metadata(
      R"({ "__ts__" : "2025-01-15T10:30:00Z", "x" : {"__seq__": 9}, "__seq__" : 7, "__type__": "a\u003ab" })");
  ASSERT_TRUE(metadata.valid) << metadata.problem;
  EXPECT_EQ(metadata.type, "a:b");
  EXPECT_EQ(metadata.stamp.seq, 7);
  EXPECT_EQ(metadata.stamp.ts, absl::FromUnixSeconds(1736937000));
}

TEST(LineMetadata, IsTheSameForEveryChangeOfALineAsTheParsersVerdict) {
  // Whatever a byte is changed to: valid if and only if the general decoder can parse the line.
  const std::string line =
      R"({"__type__":"samples:Point","x":-1.5e3,"y":[{"k":"v\u00e9"},[]],"__seq__":7})";
  LineDecoder decoder(type_table<samples::Nothing>());
  for (size_t at = 0; at < line.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      if (byte == '\n') continue;
      std::string changed = line;
      changed[at] = static_cast<char>(byte);
      samples::Nothing nothing;
      const LineDecoder::Result parsed = decoder.decode_general(changed, &nothing);
      const LineMetadata metadata = read_line_metadata(changed);
      ASSERT_EQ(metadata.valid, parsed.verdict == LineDecoder::Verdict::kOtherType)
          << changed << ": " << parsed.problem << metadata.problem;
      if (metadata.valid) {
        ASSERT_EQ(metadata.stamp.seq, parsed.stamp.seq) << changed;
      }
    }
  }
}

TEST(LineMetadata, OfAMemberNestedDeeperThanAJsonValueIsStillRead) {
  const std::string deep = std::string(300, '[') + std::string(300, ']');
  EXPECT_EQ(read_line_metadata("{\"a\":" + deep + ",\"__seq__\":3}").stamp.seq, 3);
}

TEST(LineMetadata, SaysWhatIsNotThere) {
  const LineMetadata metadata = read_line_metadata(R"({"__seq__":"7","__ts__":1,"__type__":null})");
  ASSERT_TRUE(metadata.valid);
  EXPECT_FALSE(metadata.type.has_value());
  EXPECT_EQ(metadata.stamp.seq, 0);
  EXPECT_FALSE(metadata.stamp.ts.has_value());
}

TEST(LineMetadata, TakesNoSeqOutOfRange) {
  for (const char* seq : {"0", "-1", "1.0", "9223372036854775808", "1e3"}) {
    EXPECT_EQ(read_line_metadata("{\"__seq__\":" + std::string(seq) + "}").stamp.seq, 0) << seq;
  }
}

TEST(LineMetadata, SaysWhyALineIsDamaged) {
  EXPECT_FALSE(read_line_metadata("").valid);
  EXPECT_NE(read_line_metadata("{\"a\":tru}").problem.find("at byte "), std::string::npos);
  EXPECT_EQ(read_line_metadata("[1]").problem, "not an object but an array");
}

TEST(CanonicalStamp, TakesNothingButItsShape) {
  const std::string line = samples::encode(samples::Point{}, 7);
  LineStamp stamp;
  ASSERT_TRUE(read_canonical_stamp(line, &stamp));
  for (size_t cut = 1; cut < 60; ++cut) {
    EXPECT_FALSE(read_canonical_stamp(std::string_view(line).substr(0, line.size() - cut), &stamp));
  }
  EXPECT_FALSE(read_canonical_stamp(line + " ", &stamp));
  std::string zero = line;
  zero.replace(zero.find(":7,"), 3, ":0,");
  EXPECT_FALSE(read_canonical_stamp(zero, &stamp));
  zero.replace(zero.find(":0,"), 3, ":07,");
  EXPECT_FALSE(read_canonical_stamp(zero, &stamp));
}

}  // namespace
}  // namespace logslice::internal
