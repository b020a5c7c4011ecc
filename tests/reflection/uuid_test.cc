#include "logslice/reflection/uuid.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

namespace logslice {
namespace {

TEST(Uuid, PrintsWhatItParsedInLowerCase) {
  const std::optional<Uuid> id = Uuid::parse("550E8400-e29b-41d4-A716-446655440000");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->to_string(), "550e8400-e29b-41d4-a716-446655440000");
}

TEST(Uuid, RefusesOtherForms) {
  for (const char* text :
       {"", "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-446655440000}",
        "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400_e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e840-0e29b-41d4-a716-446655440000"}) {
    EXPECT_FALSE(Uuid::parse(text).has_value()) << text;
  }
}

// Each of the 256 bytes at each of its places, in either case, and everything that is no digit.
TEST(Uuid, ReadsAndWritesEveryDigitAtEveryPlace) {
  constexpr char kLower[] = "0123456789abcdef";
  constexpr char kUpper[] = "0123456789ABCDEF";
  const std::string model = "12345678-9abc-def0-1234-56789abcdef0";
  for (size_t place = 0; place < model.size(); ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string text = model;
      text[place] = static_cast<char>(c);
      const std::optional<Uuid> id = Uuid::parse(text);
      const char* const lower = c == 0 ? nullptr : std::strchr(kLower, c);
      const char* const upper = c == 0 ? nullptr : std::strchr(kUpper, c);
      const bool is_dash_place = model[place] == '-';
      ASSERT_EQ(id.has_value(), is_dash_place ? c == '-' : lower != nullptr || upper != nullptr)
          << place << " " << c;
      if (!id.has_value()) continue;
      if (upper != nullptr) text[place] = kLower[upper - kUpper];
      ASSERT_EQ(id->to_string(), text);
    }
  }
}

TEST(Uuid, RandomOnesAreVersionFourAndDiffer) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = Uuid::random();
    EXPECT_EQ(id.bytes()[6] >> 4, 4);
    EXPECT_EQ(id.bytes()[8] >> 6, 2);
    EXPECT_EQ(Uuid::parse(id.to_string()), id);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Uuid, IsNilByDefault) {
  EXPECT_TRUE(Uuid().is_nil());
  EXPECT_EQ(Uuid().to_string(), "00000000-0000-0000-0000-000000000000");
}

}  // namespace
}  // namespace logslice
