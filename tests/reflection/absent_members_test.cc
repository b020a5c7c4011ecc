// Optional members that are left out of the line while they hold nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "bounds.h"
#include "codec_support.h"
#include "sample_types.h"

namespace samples {

// Without ExtraMembers, whose check would look at all members.
struct Priced {
  std::optional<double> price;
};

}  // namespace samples

template <>
struct logslice::EntryTraits<samples::Priced> {
  static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
};

namespace samples {
namespace {

using logslice::JsonValue;
using logslice::internal::check_encodable;
using logslice::internal::type_table;

constexpr std::string_view kTail = R"(,"__seq__":42,"__ts__":"2025-01-15T10:30:00.123789+00:00"})";

constexpr unsigned kChoices = 1u << 14;

// Of the members that may be missing, those whose bit is set are there.
Sparse sparse(unsigned bits) {
  const auto next = [&bits] {
    const bool is_set = (bits & 1) != 0;
    bits >>= 1;
    return is_set;
  };
  Sparse sparse;
  sparse.event = "e{";
  sparse.count.reset();
  if (next()) sparse.cost = 0.5;
  if (next()) sparse.count = 7;
  if (next()) sparse.reason = "r\"{";
  if (next()) sparse.insisted = "i";
  if (next()) sparse.spot.x = 1;
  if (next()) sparse.spot.label = "l";
  if (next()) sparse.tagged.tag = "t";
  if (next()) sparse.tagged.flag = false;
  if (next()) sparse.either = Tagged{.tag = "t", .name = "n"};
  if (next()) sparse.either = Spot{.x = 2};
  if (next()) sparse.point = Point{3, 4};
  if (next()) sparse.files = {"a", "b"};
  if (next()) sparse.config = *JsonValue::parse("{\"a\": 1}");
  if (next()) sparse.extra.members = {{"more", *JsonValue::parse("[1]")}};
  return sparse;
}

TEST(AbsentMembers, AreLeftOutOfTheLine) {
  EXPECT_EQ(encode(sparse(0)),
            R"({"__type__":"samples:Sparse","event":"e{","insisted":null,"spot":{},)"
            R"("tagged":{"point":{"x":0,"y":0},"name":""},"either":{"__type__":"samples:Spot"})" +
                std::string(kTail));
  EXPECT_EQ(encode(sparse(kChoices - 1)),
            R"({"__type__":"samples:Sparse","cost":0.5,"count":7,"event":"e{","reason":"r\"{",)"
            R"("insisted":"i","spot":{"x":1,"label":"l"},)"
            R"("tagged":{"tag":"t","point":{"x":0,"y":0},"name":"","flag":false},)"
            R"("either":{"__type__":"samples:Spot","x":2},"point":{"x":3,"y":4},)"
            R"("files":["a","b"],"config":{"a": 1},"more":[1])" +
                std::string(kTail));
}

TEST(AbsentMembers, AreWrittenAsNullWhereTheTypeDoesNotSaySo) {
  EXPECT_NE(encode(ToolInvoked{}).find(R"("session_id":null)"), std::string::npos);
}

TEST(AbsentMembers, ReadBackAsAbsentInEveryChoiceByBothDecoders) {
  for (unsigned bits = 0; bits < kChoices; ++bits) {
    const Sparse entry = sparse(bits);
    const std::string line = encode(entry);
    const Decoded<Sparse> fast = decode<Sparse>(line);
    ASSERT_EQ(fast.result.verdict, Verdict::kEntry) << line;
    ASSERT_TRUE(fast.result.canonical) << line;
    ASSERT_EQ(fast.entry, entry) << line;
    const Decoded<Sparse> general = decode_general<Sparse>(line);
    ASSERT_EQ(general.result.verdict, Verdict::kEntry) << general.result.problem << line;
    ASSERT_EQ(general.entry, entry) << line;
    ASSERT_EQ(general.result.missing_members, 0) << line;
  }
}

TEST(AbsentMembers, OfAnObjectReadBackInEveryChoice) {
  for (unsigned bits = 0; bits < kChoices; bits += 3) {
    std::string text;
    const Sparse entry = sparse(bits);
    logslice::internal::encode_entry_object(type_table<Sparse>(), &entry, text);
    Sparse again;
    const absl::Status status =
        logslice::internal::decode_entry_object(type_table<Sparse>(), text, &again);
    ASSERT_TRUE(status.ok()) << status << text;
    ASSERT_EQ(again, entry) << text;
  }
}

TEST(AbsentMembers, AreNotWhatAnEntryHeldBefore) {
  logslice::internal::LineDecoder decoder(type_table<Sparse>());
  Sparse entry = sparse(kChoices - 1);
  std::string line = encode(sparse(0)) + "\n";
  const size_t committed = line.size();
  line.append(logslice::internal::kReadPaddingBytes, '"');
  decoder.decode(line.data(), line.data() + committed, &entry);
  EXPECT_EQ(entry, sparse(0));
}

TEST(AbsentMembers, AreAbsentWhateverTheDefaultOfTheStruct) {
  ASSERT_TRUE(Sparse{}.count.has_value());
  const std::string line = R"({"__type__":"samples:Sparse","insisted":null, "event":"x"})";
  const Decoded<Sparse> decoded = decode<Sparse>(line);
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry);
  EXPECT_FALSE(decoded.result.canonical);
  EXPECT_FALSE(decoded.entry.count.has_value());
  // `spot`, `tagged` and `either` are not optional.
  EXPECT_EQ(decoded.result.missing_members, 3);
}

TEST(AbsentMembers, NullIsReadAsAbsent) {
  std::string line = encode(sparse(0));
  line.insert(line.find(R"("event")"), R"("cost":null,)");
  const Decoded<Sparse> decoded = decode<Sparse>(line);
  ASSERT_EQ(decoded.result.verdict, Verdict::kEntry);
  EXPECT_EQ(decoded.entry, sparse(0));
  EXPECT_EQ(decode_general<Sparse>(line).entry, sparse(0));
}

TEST(AbsentMembers, RequiredOneIsAlwaysWrittenAndMustBeThere) {
  std::string line = encode(sparse(0));
  ASSERT_NE(line.find(R"("insisted":null,)"), std::string::npos);
  line.erase(line.find(R"("insisted":null,)"), 16);
  EXPECT_EQ(decode<Sparse>(line).result.problem,
            "samples::Sparse.insisted is required, but missing");
}

TEST(AbsentMembers, ValueThatCannotBeWrittenIsRefusedByName) {
  Sparse entry = sparse(0);
  EXPECT_TRUE(check_encodable(type_table<Sparse>(), &entry, 1 << 20).ok());
  entry.cost = std::nan("");
  const absl::Status status = check_encodable(type_table<Sparse>(), &entry, 1 << 20).status();
  EXPECT_NE(status.ToString().find("samples::Sparse.cost is NaN"), std::string::npos) << status;
  const Priced priced{.price = std::nan("")};
  EXPECT_FALSE(check_encodable(type_table<Priced>(), &priced, 1 << 20).ok());
  const Priced free{};
  EXPECT_TRUE(check_encodable(type_table<Priced>(), &free, 1 << 20).ok());
}

TEST(AbsentMembers, BoundOfALineHoldsWhateverIsThere) {
  for (unsigned bits = 0; bits < kChoices; bits += 5) {
    Sparse entry = sparse(bits);
    if (entry.reason) entry.reason = std::string(1000, '\x01');
    if (entry.spot.label) entry.spot.label = std::string(1000, '"');
    const std::string line = encode(entry);
    ASSERT_GT(logslice::internal::line_bytes_bound(type_table<Sparse>(), &entry), line.size());
    ASSERT_EQ(decode<Sparse>(line).entry, entry);
  }
}

TEST(AbsentMembers, CountInTheMemoryOfAnEntry) {
  Sparse entry = sparse(kChoices - 1);
  entry.reason = std::string(1000, 'x');
  entry.spot.label = std::string(1000, 'x');
  EXPECT_GT(logslice::internal::memory_bytes(type_table<Sparse>(), &entry), 2000u);
}

// Whether both decoders have the same verdict, and the same entry if there is one.
testing::AssertionResult agree(const std::string& line) {
  const Decoded<Sparse> fast = decode<Sparse>(line);
  const Decoded<Sparse> general = decode_general<Sparse>(line);
  if (fast.result.verdict == Verdict::kOtherType && general.result.verdict != Verdict::kEntry) {
    return testing::AssertionSuccess();
  }
  if (fast.result.verdict != general.result.verdict) {
    return testing::AssertionFailure()
           << "verdicts differ (" << general.result.problem << "): " << line;
  }
  if (fast.result.verdict == Verdict::kEntry &&
      (fast.entry != general.entry ||
       fast.result.missing_members != general.result.missing_members)) {
    return testing::AssertionFailure() << "entries differ: " << line;
  }
  return testing::AssertionSuccess();
}

TEST(AbsentMembers, BothDecodersAgreeOnEveryByteInEveryPlace) {
  for (const unsigned bits : {0u, 0x2aa9u, kChoices - 1}) {
    const std::string line = encode(sparse(bits));
    for (size_t at = 0; at < line.size(); ++at) {
      for (const char byte : std::string_view("{}[]\",:\\0n etc\x01\xff")) {
        std::string changed = line;
        changed[at] = byte;
        ASSERT_TRUE(agree(changed));
        changed = line;
        changed.insert(at, 1, byte);
        ASSERT_TRUE(agree(changed));
      }
      std::string changed = line;
      changed.erase(at, 1);
      ASSERT_TRUE(agree(changed));
    }
  }
}

TEST(AbsentMembers, BothDecodersAgreeOnMembersInAnyPlace) {
  const std::vector<std::string> members = {
      R"("cost":1)",       R"("cost":null)",     R"("count":3)", R"("reason":"")",
      R"("insisted":"x")", R"("spot":{})",       R"("x":4)",     R"("tag":"t")",
      R"("config":[])",    R"("event":"again")", R"("more":0)"};
  for (const unsigned bits : {0u, 0x1555u, kChoices - 1}) {
    const std::string line = encode(sparse(bits));
    for (size_t at = 1; at < line.size(); ++at) {
      if (line[at] != ',' && line[at - 1] != '{') continue;
      for (const std::string& member : members) {
        std::string changed = line;
        changed.insert(at, line[at] == ',' ? "," + member : member + ",");
        ASSERT_TRUE(agree(changed));
      }
    }
  }
}

}  // namespace
}  // namespace samples
