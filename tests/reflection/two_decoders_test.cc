// The fast decoder and the general one must agree on every line: the same verdict and the same
// entry.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "codec_support.h"
#include "sample_types.h"

namespace samples {
namespace {

// Whether the general decoder alone has the result that decoding has.
template <typename T>
testing::AssertionResult agree(const std::string& line) {
  const Decoded<T> fast = decode<T>(line);
  const Decoded<T> general = decode_general<T>(line);
  // A line of another type is not looked at beyond its type by the fast one.
  if (fast.result.verdict == Verdict::kOtherType && general.result.verdict != Verdict::kEntry) {
    return testing::AssertionSuccess();
  }
  if (fast.result.verdict != general.result.verdict) {
    return testing::AssertionFailure() << "verdicts " << static_cast<int>(fast.result.verdict)
                                       << " and " << static_cast<int>(general.result.verdict)
                                       << " (" << general.result.problem << ") on " << line;
  }
  if (fast.result.verdict != Verdict::kEntry) return testing::AssertionSuccess();
  if (!(fast.entry == general.entry) || fast.result.stamp.seq != general.result.stamp.seq ||
      fast.result.stamp.ts != general.result.stamp.ts) {
    return testing::AssertionFailure() << "entries differ on " << line;
  }
  return testing::AssertionSuccess();
}

// The top-level members of a canonical line of `ToolInvoked`, each with its name.
const std::vector<std::string> kMembers = {R"("__type__":"samples:ToolInvoked")",
                                           R"("name":"search \"x\"")",
                                           R"("params":{"query":"é \u00e9","deep":[[{}]]})",
                                           R"("created_at":"2025-01-15T10:30:00.123456+00:00")",
                                           R"("session_id":"550e8400-e29b-41d4-a716-446655440000")",
                                           R"("__seq__":42)",
                                           R"("__ts__":"2025-01-15T10:30:00.123789+00:00")"};

std::string joined(const std::vector<std::string>& members, std::string_view separator = ",") {
  std::string line = "{";
  for (const std::string& member : members) {
    if (line.size() > 1) line += separator;
    line += member;
  }
  return line + "}";
}

ToolInvoked expected_entry() {
  return {.name = "search \"x\"",
          .params = *logslice::JsonValue::parse(R"({"query":"é \u00e9","deep":[[{}]]})"),
          .created_at = absl::FromUnixMicros(1736937000123456),
          .session_id = logslice::Uuid::parse("550e8400-e29b-41d4-a716-446655440000")};
}

TEST(TwoDecoders, AgreeOnTheCanonicalLine) {
  EXPECT_TRUE(agree<ToolInvoked>(joined(kMembers)));
  EXPECT_TRUE(decode<ToolInvoked>(joined(kMembers)).result.canonical);
  EXPECT_EQ(decode<ToolInvoked>(joined(kMembers)).entry, expected_entry());
}

TEST(TwoDecoders, AgreeOnEveryOrderOfMembers) {
  std::vector<std::string> members = kMembers;
  std::sort(members.begin(), members.end());
  int orders = 0;
  do {
    const std::string line = joined(members);
    ASSERT_TRUE(agree<ToolInvoked>(line));
    ASSERT_EQ(decode<ToolInvoked>(line).entry, expected_entry());
    ++orders;
  } while (std::next_permutation(members.begin(), members.end()));
  EXPECT_EQ(orders, 5040);
}

TEST(TwoDecoders, AgreeOnALineSpacedOut) {
  std::string spaced;
  bool in_string = false;
  const std::string line = joined(kMembers);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && line[i - 1] != '\\') in_string = !in_string;
    const bool structural =
        !in_string && std::string_view("{}[]:,").find(line[i]) != std::string_view::npos;
    spaced += structural ? " \t" + std::string(1, line[i]) + " " : std::string(1, line[i]);
  }
  EXPECT_TRUE(agree<ToolInvoked>(spaced));
  const Decoded<ToolInvoked> decoded = decode<ToolInvoked>(spaced);
  EXPECT_FALSE(decoded.result.canonical);
  EXPECT_TRUE(decoded.entry.params.equivalent(expected_entry().params));
  EXPECT_EQ(decoded.entry.name, expected_entry().name);
}

TEST(TwoDecoders, AgreeOnEscapedNames) {
  std::string line = joined(kMembers);
  line.replace(line.find("\"name\""), 6, "\"\\u006eame\"");
  EXPECT_TRUE(agree<ToolInvoked>(line));
  EXPECT_EQ(decode<ToolInvoked>(line).entry, expected_entry());
}

TEST(TwoDecoders, AgreeOnExtraAndMissingMembers) {
  for (size_t place = 0; place <= kMembers.size(); ++place) {
    std::vector<std::string> members = kMembers;
    members.insert(members.begin() + static_cast<std::ptrdiff_t>(place),
                   R"("extra":[1,{"a":null}])");
    EXPECT_TRUE(agree<ToolInvoked>(joined(members)));
    EXPECT_EQ(decode<ToolInvoked>(joined(members)).entry, expected_entry());
    if (place == kMembers.size()) continue;
    members = kMembers;
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(place));
    EXPECT_TRUE(agree<ToolInvoked>(joined(members)));
  }
}

TEST(TwoDecoders, AgreeOnDoubledMembers) {
  std::vector<std::string> members = kMembers;
  members.push_back(R"("name":"last")");
  EXPECT_TRUE(agree<ToolInvoked>(joined(members)));
  EXPECT_EQ(decode<ToolInvoked>(joined(members)).entry.name, "last");
}

TEST(TwoDecoders, AgreeOnALineCutAtEveryByte) {
  const std::string line = encode(make_everything());
  for (size_t size = 0; size < line.size(); ++size) {
    ASSERT_TRUE(agree<Everything>(line.substr(0, size)));
    ASSERT_NE(decode<Everything>(line.substr(0, size)).result.verdict, Verdict::kEntry) << size;
  }
}

TEST(TwoDecoders, AgreeOnEveryFlippedBit) {
  const std::string line = encode(make_everything());
  for (size_t at = 0; at < line.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = line;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      if (flipped[at] == '\n') continue;
      ASSERT_TRUE(agree<Everything>(flipped)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(TwoDecoders, AgreeOnEveryByteInEveryPlace) {
  const std::string line = joined(kMembers);
  for (size_t at = 0; at < line.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      if (byte == '\n') continue;
      std::string changed = line;
      changed[at] = static_cast<char>(byte);
      ASSERT_TRUE(agree<ToolInvoked>(changed)) << "byte " << byte << " at " << at;
      std::string inserted = line;
      inserted.insert(at, 1, static_cast<char>(byte));
      ASSERT_TRUE(agree<ToolInvoked>(inserted)) << "byte " << byte << " before " << at;
    }
  }
}

TEST(TwoDecoders, AgreeOnValuesInEveryMember) {
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "-0",
                                           "-1",
                                           "1.0",
                                           "01",
                                           "1e2",
                                           "1E2",
                                           "012",
                                           "-0",
                                           "999999999999999999",
                                           "1000000000000000000",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "12a",
                                           "1E400",
                                           "-1e-400",
                                           "\"\"",
                                           "\"x\"",
                                           "\"\\ud800\"",
                                           "\"\\u0000\"",
                                           "{}",
                                           "[]",
                                           "[1]",
                                           "{\"a\":1}",
                                           "[1,\"x\"]",
                                           "",
                                           "\"ok\"",
                                           "7",
                                           "300",
                                           "18446744073709551616",
                                           "99999999999999999999999999999999999999",
                                           "\"2025-01-15T10:30:00Z\"",
                                           "\"2025-01-15T10:30:00.123456789+00:00\"",
                                           "\"2025-01-15 10:30:00.1Z\"",
                                           "\"550E8400-E29B-41D4-A716-446655440000\"",
                                           "\"AA==\"",
                                           "\"AB==\"",
                                           "[true,{\"x\":1,\"y\":2}]",
                                           "{\"__type__\":\"samples:Point\",\"x\":1,\"y\":2}",
                                           "{\"__type__\":\"samples:Nobody\"}",
                                           "{\"label\":\"a\",\"children\":[{}]}",
                                           "[[]]",
                                           "[ ]",
                                           "{ }",
                                           "0.5",
                                           "[0.5,1]",
                                           "\"a\\tb\"",
                                           "\"\xff\"",
                                           "\"é\"",
                                           "{\"5\":\"x\"}",
                                           "{\"x\":\"5\"}",
                                           "[null]",
                                           "tru",
                                           "\"unterminated"};
  const std::string line = encode(make_everything());
  for (const auto& field : logslice::internal::type_table<Everything>().shape->fields()) {
    const std::string name = "\"" + std::string(field.name) + "\":";
    const size_t begin = line.find(name) + name.size();
    // The next member begins behind a comma and a quote at the top level; find it by name.
    size_t end = line.find(",\"__seq__\"");
    for (const auto& other : logslice::internal::type_table<Everything>().shape->fields()) {
      const size_t at = line.find(",\"" + std::string(other.name) + "\":");
      if (at != std::string::npos && at >= begin && at < end) end = at;
    }
    for (const std::string& value : values) {
      const std::string changed = line.substr(0, begin) + value + line.substr(end);
      ASSERT_TRUE(agree<Everything>(changed)) << field.name << " = " << value;
    }
  }
}

TEST(TwoDecoders, AgreeOnExtraMembersAnywhere) {
  const std::string line =
      R"({"__type__":"samples:Open","event":"nav","cost":0.5,"a":1,"b":"x","__seq__":1,)"
      R"("__ts__":"2025-01-15T10:30:00.123789+00:00"})";
  EXPECT_TRUE(agree<Open>(line));
  for (const char* extra : {R"("event":"again",)", R"("__x__":1,)", R"("c":[ 1 ],)",
                            R"("\u0064":1,)", R"("d":{"__seq__":4},)", R"("":0,)"}) {
    std::string changed = line;
    changed.insert(changed.find("\"b\""), extra);
    EXPECT_TRUE(agree<Open>(changed)) << changed;
  }
  // A comma less, a comma more.
  for (const char* comma : {",\"a\"", ",\"b\""}) {
    std::string changed = line;
    changed.erase(changed.find(comma), 1);
    EXPECT_TRUE(agree<Open>(changed)) << changed;
    changed = line;
    changed.insert(changed.find(comma), 1, ',');
    EXPECT_TRUE(agree<Open>(changed)) << changed;
  }
}

TEST(TwoDecoders, TakeNoHalfSurrogateEscape) {
  for (const char* name : {R"("\ud8:")", R"("\ud80")", R"("\udc\"")", R"("\ud80g")", R"("\ud8")"}) {
    std::vector<std::string> members = kMembers;
    members[1] = std::string("\"name\":") + name;
    EXPECT_TRUE(agree<ToolInvoked>(joined(members)));
    EXPECT_EQ(decode_general<ToolInvoked>(joined(members)).result.verdict, Verdict::kDamaged)
        << name;
  }
}

// The type at the beginning is the one by which a line is passed over without a look at the rest.
TEST(TwoDecoders, TakeTheFirstOfSeveralTypes) {
  std::vector<std::string> members = kMembers;
  members.push_back(R"("__type__":"samples:Open")");
  EXPECT_TRUE(agree<ToolInvoked>(joined(members)));
  EXPECT_TRUE(agree<Open>(joined(members)));
  EXPECT_EQ(decode<ToolInvoked>(joined(members)).result.verdict, Verdict::kEntry);
  EXPECT_EQ(decode<Open>(joined(members)).result.verdict, Verdict::kOtherType);
}

TEST(TwoDecoders, CollectAMemberThatIsNamedAsTheOneThatCollects) {
  const std::string line =
      R"({"__type__":"samples:Open","event":"nav","cost":0.5,"extra":[1],"__seq__":1,)"
      R"("__ts__":"2025-01-15T10:30:00.123789+00:00"})";
  EXPECT_TRUE(agree<Open>(line));
  const Decoded<Open> decoded = decode<Open>(line);
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry) << decoded.result.problem;
  EXPECT_TRUE(decoded.result.canonical);
  ASSERT_NE(decoded.entry.extra.find("extra"), nullptr);
  EXPECT_EQ(encode(decoded.entry, 1), line);
}

TEST(TwoDecoders, AgreeOnRandomDamage) {
  std::mt19937 random(5);
  const std::string line = encode(make_everything());
  const std::string_view pieces = "{}[]\",:\\u0123456789eE+-.truefalsn \t\r\xC3\xA9\xFF";
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = line;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % changed.size();
      switch (random() % 3) {
        case 0:
          changed[at] = pieces[random() % pieces.size()];
          break;
        case 1:
          changed.erase(at, 1 + random() % 4);
          break;
        default:
          changed.insert(at, 1, pieces[random() % pieces.size()]);
      }
    }
    ASSERT_TRUE(agree<Everything>(changed));
  }
}

}  // namespace
}  // namespace samples
