// The types that the reflection tests share: one of each row of the type table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace samples {

struct Point {
  int32_t x = 0;
  int32_t y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Circle {
  double radius = 1;
  friend bool operator==(const Circle&, const Circle&) = default;
};

struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

enum class Outcome : uint8_t { kOk, kFailed, kNameless };
enum class Level : int16_t { kLow = -1, kHigh = 7 };

// Holds itself, by way of a container.
struct Tree {
  std::string label;
  std::vector<Tree> children;
  friend bool operator==(const Tree&, const Tree&) = default;
};

struct Everything {
  bool flag = false;
  int8_t i8 = 0;
  int16_t i16 = 0;
  int32_t i32 = 0;
  int64_t i64 = 0;
  uint8_t u8 = 0;
  uint16_t u16 = 0;
  uint32_t u32 = 0;
  uint64_t u64 = 0;
  float f32 = 0;
  double f64 = 0;
  std::string text;
  std::optional<std::string> maybe_text;
  std::optional<int> maybe_number;
  absl::Time time = absl::UnixEpoch();
  absl::Duration duration;
  logslice::Uuid uuid;
  Outcome outcome = Outcome::kOk;
  Level level = Level::kLow;
  std::filesystem::path path;
  std::vector<int> numbers;
  std::vector<bool> flags;
  std::array<double, 2> pair_of_doubles{};
  std::set<std::string> names;
  std::tuple<int, std::string> tuple;
  std::pair<bool, Point> pair;
  std::map<std::string, Point> points;
  std::unordered_map<int64_t, std::string> by_number;
  Point nested;
  Nothing nothing;
  std::vector<Point> more_points;
  std::variant<Point, Circle> shape;
  std::vector<std::byte> bytes;
  logslice::JsonValue json;
  std::optional<logslice::JsonValue> maybe_json;
  Tree tree;
  friend bool operator==(const Everything&, const Everything&) = default;
};

// A value of `Everything` in which no member has its default.
inline Everything make_everything() {
  Everything e;
  e.flag = true;
  e.i8 = -128;
  e.i16 = -32768;
  e.i32 = -2147483647 - 1;
  e.i64 = INT64_MIN;
  e.u8 = 255;
  e.u16 = 65535;
  e.u32 = 4294967295U;
  e.u64 = UINT64_MAX;
  e.f32 = 0.1F;
  e.f64 = 1.7976931348623157e308;
  e.text = "quote \" backslash \\ tab \t newline \n nul " + std::string(1, '\0') + " snow ☃ 😀";
  e.maybe_text = "здравствуйте, 世界";
  e.maybe_number = -7;
  e.time = absl::FromUnixMicros(1736937000123456);
  e.duration = absl::Milliseconds(-1500);
  e.uuid = *logslice::Uuid::parse("550e8400-e29b-41d4-a716-446655440000");
  e.outcome = Outcome::kFailed;
  e.level = Level::kHigh;
  e.path = "/var/log/agent \"x\".jsonl";
  e.numbers = {1, -2, 3};
  e.flags = {true, false, true};
  e.pair_of_doubles = {0.5, -0.25};
  e.names = {"a", "b\n"};
  e.tuple = {3, "three"};
  e.pair = {true, {1, 2}};
  e.points = {{"home", {3, 4}}, {"wo\"rk", {-5, 6}}};
  e.by_number = {{-9, "minus nine"}};
  e.nested = {7, 8};
  e.more_points = {{1, 1}, {2, 2}};
  e.shape = Circle{2.5};
  e.bytes = {std::byte{0}, std::byte{255}, std::byte{16}, std::byte{7}};
  e.json = *logslice::JsonValue::parse(R"({"b": [1, 2.50, null], "a":"\u00e9"})");
  e.maybe_json = *logslice::JsonValue::parse("[true]");
  e.tree = {"root", {{"leaf", {}}, {"branch", {{"twig", {}}}}}};
  return e;
}

// The entry of the specification.
struct ToolInvoked {
  std::string name;
  logslice::JsonValue params;
  absl::Time created_at;
  std::optional<logslice::Uuid> session_id;
  friend bool operator==(const ToolInvoked&, const ToolInvoked&) = default;
};

struct Open {
  std::string event;
  double cost = 0;
  logslice::ExtraMembers extra;
  friend bool operator==(const Open&, const Open&) = default;
};

// Reads its old name, too, and insists on a member.
struct Renamed {
  std::string name = "unnamed";
  int count = 5;
  friend bool operator==(const Renamed&, const Renamed&) = default;
};

// Whose members may all be missing in a line.
struct Spot {
  std::optional<int> x;
  std::optional<std::string> label;
  friend bool operator==(const Spot&, const Spot&) = default;
};

// In front of a member that is always there stands one that may be missing.
struct Tagged {
  std::optional<std::string> tag;
  Point point;
  std::string name;
  std::optional<bool> flag;
  friend bool operator==(const Tagged&, const Tagged&) = default;
};

// Leaves out what it does not have. Each neighbourhood of such a member is here.
struct Sparse {
  std::optional<double> cost;
  std::optional<int> count = 5;
  std::string event;
  std::optional<std::string> reason;
  std::optional<std::string> insisted;
  Spot spot;
  Tagged tagged;
  std::variant<Spot, Tagged> either;
  std::optional<Point> point;
  std::optional<std::vector<std::string>> files;
  std::optional<logslice::JsonValue> config;
  logslice::ExtraMembers extra;
  friend bool operator==(const Sparse&, const Sparse&) = default;
};

}  // namespace samples

template <>
struct logslice::EntryTraits<samples::Spot> {
  static constexpr std::string_view id = "samples:Spot";
  static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
};
template <>
struct logslice::EntryTraits<samples::Tagged> {
  static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
};
template <>
struct logslice::EntryTraits<samples::Sparse> {
  static constexpr std::array<std::string_view, 1> required = {"insisted"};
  static constexpr AbsentMembers absent = AbsentMembers::kOmitted;
};

template <>
struct logslice::EnumTraits<samples::Outcome> {
  static constexpr std::array<logslice::EnumName<samples::Outcome>, 2> names = {
      {{samples::Outcome::kOk, "ok"}, {samples::Outcome::kFailed, "failed"}}};
};

template <>
struct logslice::EntryTraits<samples::Renamed> {
  static constexpr std::string_view id = "new.place:Renamed";
  static constexpr std::array<std::string_view, 2> aliases = {"old.place:Original", "older:Name"};
  static constexpr std::array<std::string_view, 1> required = {"name"};
};
