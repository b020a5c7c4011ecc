#include "group_keys.h"

#include <array>
#include <charconv>
#include <cstring>
#include <type_traits>
#include <utility>

#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice {

namespace {

std::strong_ordering compare_numbers(const std::string& one, const std::string& other) {
  double one_value = 0;
  double other_value = 0;
  std::from_chars(one.data(), one.data() + one.size(), one_value);
  std::from_chars(other.data(), other.data() + other.size(), other_value);
  if (one_value < other_value) return std::strong_ordering::less;
  if (one_value > other_value) return std::strong_ordering::greater;
  return one <=> other;
}

}  // namespace

std::strong_ordering operator<=>(const GroupKey& one, const GroupKey& other) {
  if (one.kind != other.kind) return one.kind <=> other.kind;
  if (one.kind == GroupKey::Kind::kTime) {
    if (one.time == other.time) return std::strong_ordering::equal;
    return one.time < other.time ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (one.kind == GroupKey::Kind::kNumber) return compare_numbers(one.text, other.text);
  return one.text <=> other.text;
}

namespace internal {

namespace {

using SizeBytes = uint32_t;

// 1, 1.0 and 1e0 are one group; integers beyond 2^53 are as many groups as there are.
std::string_view number_text(std::string_view json, const FoundValue& value,
                             std::array<char, 32>& buffer) {
  if (json == "-0") return "0";
  if (json.find_first_of(".eE") == std::string_view::npos) return json;
  const std::optional<double> number = value.number();
  if (!number.has_value()) return json;
  if (*number == 0) return "0";
  char* const begin = buffer.data();
  char* end = std::to_chars(begin, begin + buffer.size(), *number).ptr;
  // What is an integer is written like one, as far as integers are exact.
  constexpr double kExact = 0x1p53;
  if (*number > -kExact && *number < kExact &&
      *number == static_cast<double>(static_cast<int64_t>(*number))) {
    end = std::to_chars(begin, begin + buffer.size(), static_cast<int64_t>(*number)).ptr;
  }
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

absl::StatusOr<GroupKeyReader> GroupKeyReader::make(const std::vector<GroupBy>& by,
                                                    int64_t key_bytes_max, JsonFinder& finder) {
  GroupKeyReader reader;
  reader.key_bytes_max_ = key_bytes_max;
  for (const GroupBy& one : by) {
    Part part{one.what};
    if (one.what == GroupBy::What::kMember) {
      const absl::StatusOr<JsonPointer> pointer = JsonPointer::parse(one.pointer);
      if (!pointer.ok()) return pointer.status();
      part.place = finder.add(*pointer);
    } else if (one.what == GroupBy::What::kTime) {
      if (one.step <= absl::ZeroDuration() || one.step == absl::InfiniteDuration()) {
        return invalid_argument("the step of a group by time must be positive and finite");
      }
      part.step = one.step;
    }
    reader.parts_.push_back(part);
  }
  return reader;
}

std::optional<std::string_view> GroupKeyReader::read(const LogLine& line,
                                                     const std::vector<FoundValue>& found) {
  text_.clear();
  is_too_long_ = false;
  for (Part& part : parts_) {
    switch (part.what) {
      case GroupBy::What::kType:
        append(line.type.empty() ? GroupKey::Kind::kNone : GroupKey::Kind::kText, line.type);
        break;
      case GroupBy::What::kMember:
        append_value(found[part.place]);
        break;
      case GroupBy::What::kTime:
        append_time(part, line.ts);
        break;
    }
  }
  if (is_too_long_) return std::nullopt;
  return text_;
}

void GroupKeyReader::append(GroupKey::Kind kind, std::string_view text) {
  if (text.size() > static_cast<size_t>(key_bytes_max_)) {
    is_too_long_ = true;
    return;
  }
  const auto size = static_cast<SizeBytes>(text.size());
  text_ += static_cast<char>(kind);
  text_.append(reinterpret_cast<const char*>(&size), sizeof size);
  text_.append(text);
}

void GroupKeyReader::append_time(Part& part, const std::optional<absl::Time>& ts) {
  if (!ts.has_value()) return append(GroupKey::Kind::kNone, {});
  if (*ts < part.begin || *ts >= part.end) {
    const absl::Duration since_epoch = *ts - absl::UnixEpoch();
    absl::Duration begin = absl::Trunc(since_epoch, part.step);
    if (begin > since_epoch) begin -= part.step;  // before 1970
    part.begin = absl::UnixEpoch() + begin;
    part.end = part.begin + part.step;
  }
  char bytes[sizeof(absl::Time)];
  static_assert(std::is_trivially_copyable_v<absl::Time>);
  memcpy(bytes, &part.begin, sizeof bytes);
  text_ += static_cast<char>(GroupKey::Kind::kTime);
  const SizeBytes size = sizeof bytes;
  text_.append(reinterpret_cast<const char*>(&size), sizeof size);
  text_.append(bytes, sizeof bytes);
}

void GroupKeyReader::append_value(const FoundValue& value) {
  std::array<char, 32> buffer;
  switch (value.kind) {
    case FoundValue::Kind::kMissing:
    case FoundValue::Kind::kNull:
      return append(GroupKey::Kind::kNone, {});
    case FoundValue::Kind::kNumber:
      return append(GroupKey::Kind::kNumber, number_text(value.json, value, buffer));
    case FoundValue::Kind::kString:
      value_.clear();
      value.append_string(value_);
      return append(GroupKey::Kind::kText, value_);
    case FoundValue::Kind::kTrue:
    case FoundValue::Kind::kFalse:
      return append(GroupKey::Kind::kJson, value.json);
    case FoundValue::Kind::kObject:
    case FoundValue::Kind::kArray:
      return append(GroupKey::Kind::kJson, compact(value.json));
  }
}

std::vector<GroupKey> GroupKeyReader::decode(std::string_view text) {
  std::vector<GroupKey> key;
  while (!text.empty()) {
    GroupKey& part = key.emplace_back();
    part.kind = static_cast<GroupKey::Kind>(text.front());
    SizeBytes size = 0;
    memcpy(&size, text.data() + 1, sizeof size);
    text.remove_prefix(1 + sizeof size);
    if (part.kind == GroupKey::Kind::kTime) {
      memcpy(static_cast<void*>(&part.time), text.data(), size);
    } else {
      part.text = text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return key;
}

}  // namespace internal

}  // namespace logslice
