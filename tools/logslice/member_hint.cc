#include "member_hint.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/reflection/json_value.h"
#include "output.h"

namespace logslice::command {

// An object of any shape.
struct AnyObject {
  ExtraMembers members;
};

namespace {

constexpr int kEntriesLookedAt = 1000;
constexpr size_t kMembersKept = 1000;
constexpr size_t kMembersShown = 12;
constexpr int kDepthMax = 3;

using Pointers = std::vector<std::string>;

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

// The pointers to all that is no object.
void collect(const JsonValue& value, const std::string& prefix, int depth, Pointers& pointers) {
  const absl::StatusOr<AnyObject> object = from_json_value<AnyObject>(value);
  if (!object.ok()) return;
  for (const auto& [name, member] : object->members.members) {
    const std::string pointer = prefix + "/" + escaped(name);
    if (depth < kDepthMax && member.text().starts_with('{') && member.text() != "{}") {
      collect(member, pointer, depth + 1, pointers);
    } else if (pointers.size() < kMembersKept &&
               std::find(pointers.begin(), pointers.end(), pointer) == pointers.end()) {
      pointers.push_back(pointer);
    }
  }
}

Pointers members_of_log(const std::string& path, const LineScanOptions& scan) {
  Pointers pointers;
  absl::StatusOr<LogLines> lines = scan_lines(path, scan);
  for (int i = 0; lines.ok() && i < kEntriesLookedAt && lines->next(); ++i) {
    if (!lines->line().damage.empty()) continue;
    const absl::StatusOr<JsonValue> json = JsonValue::parse(lines->line().text);
    if (json.ok()) collect(*json, "", 1, pointers);
  }
  return pointers;
}

// How many letters differ.
size_t distance(std::string_view one, std::string_view other) {
  std::vector<size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < one.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < other.size(); ++j) {
      const size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The same name elsewhere, or one that is nearly the same.
const std::string* likely(const Pointers& pointers, const std::string& wanted) {
  const std::string name = wanted.substr(std::min(wanted.rfind('/'), wanted.size()));
  for (const std::string& pointer : pointers) {
    if (!name.empty() && pointer.ends_with(name)) return &pointer;
  }
  const std::string* best = nullptr;
  size_t best_distance = 3;
  for (const std::string& pointer : pointers) {
    // What is nearly as long as the distance is like everything.
    const size_t differing = distance(pointer, wanted);
    if (differing < best_distance && differing * 2 < wanted.size()) {
      best = &pointer;
      best_distance = differing;
    }
  }
  return best;
}

}  // namespace

void hint_at_members(const std::string& path, const std::string& pointer,
                     const LineScanOptions& scan) {
  const Pointers pointers = members_of_log(path, scan);
  std::string message = path + ": no entry has a value at " + pointer;
  if (const std::string* const meant = likely(pointers, pointer); meant != nullptr) {
    complain(message + "; did you mean " + *meant + "?");
    return;
  }
  std::string shown;
  for (size_t i = 0; i < std::min(pointers.size(), kMembersShown); ++i) {
    shown += (shown.empty() ? "" : ", ") + pointers[i];
  }
  if (shown.empty()) return complain(message);
  if (pointers.size() > kMembersShown) shown += ", …";
  complain(message + "; entries have " + shown);
}

}  // namespace logslice::command
