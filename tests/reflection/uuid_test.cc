#include "logslice/reflection/uuid.h"

#include <gtest/gtest.h>

#include <set>

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
