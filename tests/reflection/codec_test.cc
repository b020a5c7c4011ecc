#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "codec_support.h"
#include "sample_types.h"

namespace samples {
namespace {

TEST(EncodeLine, WritesTypeFirstThenFieldsInOrderThenSeqAndTs) {
  ToolInvoked entry{.name = "search",
                    .params = *logslice::JsonValue::parse(R"({"query":"x"})"),
                    .created_at = absl::FromUnixMicros(1736937000123456),
                    .session_id = std::nullopt};
  EXPECT_EQ(encode(entry),
            R"({"__type__":"samples:ToolInvoked","name":"search","params":{"query":"x"},)"
            R"("created_at":"2025-01-15T10:30:00.123456+00:00","session_id":null,)"
            R"("__seq__":42,"__ts__":"2025-01-15T10:30:00.123789+00:00"})");
}

TEST(EncodeLine, WritesEveryTypeOfTheTable) {
  const std::string line = encode(make_everything());
  for (const char* part :
       {R"("flag":true,"i8":-128,"i16":-32768,"i32":-2147483648,"i64":-9223372036854775808,)",
        R"("u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615,)",
        R"("f32":0.1,"f64":1.7976931348623157e+308,)",
        R"("text":"quote \" backslash \\ tab \t newline \n nul \u0000 snow ☃ 😀",)",
        R"("maybe_text":"здравствуйте, 世界","maybe_number":-7,)",
        R"("time":"2025-01-15T10:30:00.123456+00:00","duration":-1.5,)",
        R"("uuid":"550e8400-e29b-41d4-a716-446655440000","outcome":"failed","level":7,)",
        R"("path":"/var/log/agent \"x\".jsonl","numbers":[1,-2,3],"flags":[true,false,true],)",
        R"("pair_of_doubles":[0.5,-0.25],"names":["a","b\n"],"tuple":[3,"three"],)",
        R"("pair":[true,{"x":1,"y":2}],"points":{"home":{"x":3,"y":4},"wo\"rk":{"x":-5,"y":6}},)",
        R"("by_number":{"-9":"minus nine"},"nested":{"x":7,"y":8},"nothing":{},)",
        R"("more_points":[{"x":1,"y":1},{"x":2,"y":2}],)",
        R"("shape":{"__type__":"samples:Circle","radius":2.5},"bytes":"AP8QBw==",)",
        R"("json":{"b": [1, 2.50, null], "a":"\u00e9"},"maybe_json":[true],)",
        R"("tree":{"label":"root","children":[{"label":"leaf","children":[]},)",
        R"({"label":"branch","children":[{"label":"twig","children":[]}]}]},"__seq__":42,)"}) {
    EXPECT_THAT(line, testing::HasSubstr(part));
  }
}

TEST(EncodeLine, WritesAStructWithoutMembers) {
  EXPECT_EQ(
      encode(Nothing{}),
      R"({"__type__":"samples:Nothing","__seq__":42,"__ts__":"2025-01-15T10:30:00.123789+00:00"})");
  EXPECT_EQ(decode<Nothing>(encode(Nothing{})).result.verdict, Verdict::kEntry);
}

TEST(EncodeLine, WritesAnEnumValueWithoutNameAsItsNumber) {
  Everything entry;
  entry.outcome = Outcome::kNameless;
  const std::string line = encode(entry);
  EXPECT_THAT(line, testing::HasSubstr(R"("outcome":2)"));
  EXPECT_EQ(decode<Everything>(line).entry.outcome, Outcome::kNameless);
}

TEST(EncodeLine, ReplacesInvalidUtf8AndCountsTheStrings) {
  ToolInvoked entry{.name = "a\xFFz\xE2\x82", .params = {}, .created_at = {}, .session_id = {}};
  int64_t repaired = 0;
  const std::string line = encode(entry, 1, &repaired);
  EXPECT_EQ(repaired, 1);
  EXPECT_THAT(line, testing::HasSubstr("\"a\xEF\xBF\xBDz\xEF\xBF\xBD\""));
  EXPECT_EQ(decode<ToolInvoked>(line).entry.name, "a\xEF\xBF\xBDz\xEF\xBF\xBD");
}

TEST(EncodeLine, AppendsToWhatTheBufferHolds) {
  logslice::internal::ByteBuffer buffer;
  const auto& table = logslice::internal::type_table<Point>();
  const Point point{1, 2};
  logslice::internal::encode_line(table, &point, 1, kTs, buffer);
  const size_t one = buffer.size();
  logslice::internal::encode_line(table, &point, 2, kTs, buffer);
  EXPECT_EQ(buffer.size(), 2 * one);
  EXPECT_EQ(buffer.view().substr(one - 1, 2), "\n{");
}

TEST(DecodeLine, GivesBackEveryTypeOfTheTable) {
  const Everything everything = make_everything();
  const Decoded<Everything> decoded = decode<Everything>(encode(everything));
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry) << decoded.result.problem;
  EXPECT_TRUE(decoded.result.canonical);
  EXPECT_EQ(decoded.entry, everything);
  EXPECT_EQ(decoded.result.stamp.seq, 42);
  EXPECT_EQ(decoded.result.stamp.ts, absl::FromUnixMicros(1736937000123789));
  EXPECT_EQ(decoded.result.missing_members, 0);
}

TEST(DecodeLine, GivesBackDefaults) {
  const Decoded<Everything> decoded = decode<Everything>(encode(Everything{}));
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry) << decoded.result.problem;
  EXPECT_TRUE(decoded.result.canonical);
  EXPECT_EQ(decoded.entry, Everything{});
}

TEST(DecodeLine, GivesBackTheLimitsOfFloatingPoint) {
  for (const double value :
       {0.0, -0.0, 1.0, 0.1, 1e300, -1e-300, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::min(), std::numeric_limits<double>::denorm_min(),
        std::numeric_limits<double>::lowest(), 3.0, 123456789012345680.0}) {
    const Circle circle{value};
    const Decoded<Circle> decoded = decode<Circle>(encode(circle));
    ASSERT_EQ(decoded.result.verdict, Verdict::kEntry);
    EXPECT_EQ(decoded.entry.radius, value);
    EXPECT_EQ(std::signbit(decoded.entry.radius), std::signbit(value));
  }
}

TEST(DecodeLine, StopsBehindItsOwnLine) {
  const std::string first = encode(Point{1, 2}, 1) + "\n";
  const std::string second = encode(Point{3, 4}, 2) + "\n";
  std::string buffer = first + second;
  const size_t committed = buffer.size();
  buffer.append(logslice::internal::kReadPaddingBytes, '\0');
  logslice::internal::LineDecoder decoder(logslice::internal::type_table<Point>());
  Point point;
  auto result = decoder.decode(buffer.data(), buffer.data() + committed, &point);
  EXPECT_EQ(result.next, buffer.data() + first.size());
  result = decoder.decode(result.next, buffer.data() + committed, &point);
  EXPECT_EQ(result.next, buffer.data() + committed);
  EXPECT_EQ(point, (Point{3, 4}));
  EXPECT_EQ(result.stamp.seq, 2);
}

TEST(DecodeLine, ReadsATypeUnderItsAliases) {
  std::string line = encode(Renamed{.name = "x", .count = 1});
  EXPECT_THAT(line, testing::StartsWith(R"({"__type__":"new.place:Renamed")"));
  line.replace(line.find("new.place:Renamed"), 17, "old.place:Original");
  const Decoded<Renamed> decoded = decode<Renamed>(line);
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry);
  EXPECT_EQ(decoded.entry, (Renamed{.name = "x", .count = 1}));
}

TEST(DecodeLine, TellsOtherTypesFromDamage) {
  EXPECT_EQ(decode<Point>(encode(Circle{})).result.verdict, Verdict::kOtherType);
  EXPECT_EQ(decode<Point>(R"({"x":1,"y":2})").result.verdict, Verdict::kOtherType);
  EXPECT_EQ(decode<Point>("").result.verdict, Verdict::kDamaged);
  EXPECT_EQ(decode<Point>("null").result.verdict, Verdict::kDamaged);
  EXPECT_EQ(decode<Point>(std::string(20, '\0')).result.verdict, Verdict::kDamaged);
  // A longer id that begins the same is another type.
  EXPECT_EQ(decode<Point>(R"({"__type__":"samples:Pointer","x":1,"y":2})").result.verdict,
            Verdict::kOtherType);
}

TEST(DecodeLine, TakesALineWithoutTypeWhenAsked) {
  logslice::internal::LineDecoder decoder(logslice::internal::type_table<Point>(),
                                          logslice::internal::UntypedLine::kIsEntry);
  Point point;
  EXPECT_EQ(decoder.decode_general(R"({"y":4,"x":3})", &point).verdict, Verdict::kEntry);
  EXPECT_EQ(point, (Point{3, 4}));
}

TEST(DecodeLine, CountsMissingMembersAndGivesThemTheStructsDefaults) {
  logslice::internal::LineDecoder decoder(logslice::internal::type_table<Renamed>());
  Renamed reused{.name = "before", .count = 99};
  const auto result =
      decoder.decode_general(R"({"__type__":"new.place:Renamed","name":"n"})", &reused);
  EXPECT_EQ(result.verdict, Verdict::kEntry);
  EXPECT_EQ(result.missing_members, 1);
  EXPECT_EQ(reused, (Renamed{.name = "n", .count = 5}));
}

TEST(DecodeLine, NamesTheRequiredMemberThatIsMissing) {
  const auto decoded = decode<Renamed>(R"({"__type__":"new.place:Renamed","count":1})");
  EXPECT_EQ(decoded.result.verdict, Verdict::kDamaged);
  EXPECT_EQ(decoded.result.problem, "samples::Renamed.name is required, but missing");
}

TEST(DecodeLine, NamesTheMemberThatDoesNotFit) {
  const auto problem = [](std::string_view members) {
    const auto decoded =
        decode<Everything>(R"({"__type__":"samples:Everything",)" + std::string(members) + "}");
    EXPECT_EQ(decoded.result.verdict, Verdict::kDamaged) << members;
    return decoded.result.problem;
  };
  using testing::HasSubstr;
  EXPECT_THAT(problem(R"("flag":1)"), HasSubstr("Everything.flag should be true or false"));
  EXPECT_THAT(problem(R"("i8":128)"), HasSubstr("Everything.i8 is out of the range of"));
  EXPECT_THAT(problem(R"("u64":-1)"), HasSubstr("Everything.u64 is out of the range of"));
  EXPECT_THAT(problem(R"("i32":1.0)"), HasSubstr("Everything.i32 should be an integer"));
  EXPECT_THAT(problem(R"("f64":1e999)"), HasSubstr("Everything.f64 is a number out of range"));
  EXPECT_THAT(problem(R"("text":null)"), HasSubstr("Everything.text should be a string"));
  EXPECT_THAT(problem(R"("time":"yesterday")"), HasSubstr("an ISO 8601 time"));
  EXPECT_THAT(problem(R"("uuid":"550e8400")"), HasSubstr("Everything.uuid should be a UUID"));
  EXPECT_THAT(problem(R"("outcome":"meh")"), HasSubstr("has no value named `meh`"));
  EXPECT_THAT(problem(R"("bytes":"A")"), HasSubstr("Everything.bytes should be base64"));
  EXPECT_THAT(problem(R"("numbers":{})"), HasSubstr("Everything.numbers should be an array"));
  EXPECT_THAT(problem(R"("numbers":[1,"2"])"),
              HasSubstr("Everything.numbers[1] should be a number"));
  EXPECT_THAT(problem(R"("tuple":[1])"), HasSubstr("has another number of elements"));
  EXPECT_THAT(problem(R"("tuple":[1,"a",2])"), HasSubstr("has another number of elements"));
  EXPECT_THAT(problem(R"("points":{"a":{"x":"1"}})"), HasSubstr(R"(points["a"].x should be)"));
  EXPECT_THAT(problem(R"("by_number":{"x":"1"})"), HasSubstr("a key that is not of the map's"));
  EXPECT_THAT(problem(R"("shape":{"__type__":"samples:Square"})"), HasSubstr("samples:Square"));
  EXPECT_THAT(problem(R"("nested":{"x":true})"), HasSubstr("Everything.nested.x should be"));
}

TEST(DecodeLine, CollectsExtraMembersAndWritesThemBack) {
  const std::string line =
      R"({"__type__":"samples:Open","event":"nav","cost":0.5,"model":"m","files":["a", "b"],)"
      R"("__seq__":42,"__ts__":"2025-01-15T10:30:00.123789+00:00"})";
  const Decoded<Open> decoded = decode<Open>(line);
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry) << decoded.result.problem;
  EXPECT_TRUE(decoded.result.canonical);
  ASSERT_EQ(decoded.entry.extra.members.size(), 2U);
  EXPECT_EQ(decoded.entry.extra.find("files")->text(), R"(["a", "b"])");
  EXPECT_EQ(decoded.entry.extra.find("nowhere"), nullptr);
  EXPECT_EQ(encode(decoded.entry), line);
  const Decoded<Open> general = decode_general<Open>(line);
  EXPECT_EQ(general.entry, decoded.entry);
}

TEST(DecodeLine, KeepsJsonAsItWasWritten) {
  for (const char* text : {R"({"b": 1,  "a":2.50, "a":3})", R"("\ud800 lone")", "1E+2", "-0.0",
                           R"([[],{},[{}]])", "123456789012345678901234567890", "1e999"}) {
    const ToolInvoked entry{.name = "t",
                            .params = *logslice::JsonValue::parse(text),
                            .created_at = {},
                            .session_id = {}};
    const std::string line = encode(entry);
    EXPECT_EQ(decode<ToolInvoked>(line).entry.params.text(), text);
    EXPECT_TRUE(decode<ToolInvoked>(line).result.canonical);
    EXPECT_EQ(decode_general<ToolInvoked>(line).entry.params.text(), text);
  }
}

TEST(MemoryBytes, GrowsWithWhatTheEntryHolds) {
  const auto& table = logslice::internal::type_table<ToolInvoked>();
  ToolInvoked small;
  ToolInvoked large;
  large.name.assign(10'000, 'x');
  const size_t small_bytes = logslice::internal::memory_bytes(table, &small);
  EXPECT_GE(small_bytes, sizeof(ToolInvoked));
  EXPECT_GE(logslice::internal::memory_bytes(table, &large), small_bytes + 10'000);
}

}  // namespace
}  // namespace samples
