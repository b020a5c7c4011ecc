#include <gtest/gtest.h>

#include "codec_support.h"
#include "logslice/reflection/type_id.h"
#include "sample_types.h"

struct GlobalEvent {
  int value = 0;
};

namespace app::events {
struct ToolInvoked {
  int value = 0;
};
}  // namespace app::events

namespace {
struct Hidden {
  int value = 0;
};
}  // namespace

template <>
struct logslice::EntryTraits<Hidden> {
  static constexpr std::string_view id = "test:Hidden";
};

namespace logslice::internal {
namespace {

TEST(TypeId, IsMadeOfNamespacesAndName) {
  EXPECT_EQ(type_table<app::events::ToolInvoked>().id, "app.events:ToolInvoked");
  EXPECT_EQ(type_table<samples::Point>().id, "samples:Point");
}

TEST(TypeId, OfAGlobalTypeIsInMain) {
  EXPECT_EQ(type_table<GlobalEvent>().id, "__main__:GlobalEvent");
}

TEST(TypeId, IsKnownAtCompileTime) {
  static_assert(type_id<samples::Point>() == "samples:Point");
  static_assert(type_id<Hidden>() == "test:Hidden");
}

TEST(TypeId, CanBeStated) {
  EXPECT_EQ(type_table<Hidden>().id, "test:Hidden");
  const TypeTable& renamed = type_table<samples::Renamed>();
  EXPECT_EQ(renamed.id, "new.place:Renamed");
  EXPECT_TRUE(renamed.matches("new.place:Renamed"));
  EXPECT_TRUE(renamed.matches("older:Name"));
  EXPECT_FALSE(renamed.matches("samples:Renamed"));
}

TEST(TypeTable, IsOnePerType) {
  EXPECT_EQ(&type_table<samples::Point>(), &type_table<samples::Point>());
  EXPECT_NE(&type_table<samples::Point>(), &type_table<samples::Circle>());
}

TEST(TypeTable, KnowsTheMembersInOrder) {
  const std::vector<Field>& fields = type_table<samples::ToolInvoked>().shape->fields();
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[0].name, "name");
  EXPECT_EQ(fields[1].name, "params");
  EXPECT_EQ(fields[2].name, "created_at");
  EXPECT_EQ(fields[3].name, "session_id");
  EXPECT_EQ(fields[1].offset_bytes, offsetof(samples::ToolInvoked, params));
  EXPECT_EQ(fields[3].offset_bytes, offsetof(samples::ToolInvoked, session_id));
}

TEST(TypeTable, MakesMovesAndEndsEntries) {
  const TypeTable& table = type_table<samples::ToolInvoked>();
  alignas(samples::ToolInvoked) std::byte first[sizeof(samples::ToolInvoked)];
  alignas(samples::ToolInvoked) std::byte second[sizeof(samples::ToolInvoked)];
  ASSERT_EQ(table.size_bytes, sizeof first);
  table.default_construct(first);
  reinterpret_cast<samples::ToolInvoked*>(first)->name = "a name that is too long to be in line";
  table.move_construct(second, first);
  EXPECT_EQ(reinterpret_cast<samples::ToolInvoked*>(second)->name,
            "a name that is too long to be in line");
  table.destroy(first);
  table.copy_construct(first, second);
  EXPECT_EQ(reinterpret_cast<samples::ToolInvoked*>(first)->name,
            reinterpret_cast<samples::ToolInvoked*>(second)->name);
  table.destroy(first);
  table.destroy(second);
}

}  // namespace
}  // namespace logslice::internal
