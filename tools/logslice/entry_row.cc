#include "entry_row.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/reflection/json_value.h"
#include "safe_text.h"

namespace logslice::command {

// An entry of any type: all its members but the library's own.
struct AnyEntry {
  ExtraMembers members;
};

namespace {

constexpr size_t kSeqColumns = 5;
constexpr int kValueColumnsMin = 12;
// Of ordinary text; what has more (many combining marks) is cut early.
constexpr size_t kBytesPerColumnMax = 8;

std::string_view short_type(std::string_view type) {
  const size_t end = type.find_last_of(":.");
  return end == std::string_view::npos ? type : type.substr(end + 1);
}

// Whether a string can stand without its quotes and still be told from the other kinds of value.
bool reads_without_quotes(std::string_view inner) {
  const auto is_plain = [](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') ||
           std::string_view("_-./:@+").find(byte) != std::string_view::npos;
  };
  return !inner.empty() && std::all_of(inner.begin(), inner.end(), is_plain) &&
         !JsonValue::parse(inner).ok();
}

std::string_view without_needless_quotes(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return json;
  const std::string_view inner = json.substr(1, json.size() - 2);
  return reads_without_quotes(inner) ? inner : json;
}

std::string stamp_text(const LogLine& line) {
  const std::string seq = line.seq > 0 ? std::to_string(line.seq) : "-";
  constexpr size_t kTimeColumns = std::string_view("2025-01-15T10:30:00.268Z").size();
  std::string time = "-";
  if (line.ts) time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", *line.ts, absl::UTCTimeZone());
  time.resize(std::max(time.size(), kTimeColumns), ' ');
  return std::string(kSeqColumns - std::min(kSeqColumns, seq.size()), ' ') + seq + ' ' + time;
}

absl::StatusOr<AnyEntry> read_members(std::string_view line) {
  const absl::StatusOr<JsonValue> json = JsonValue::parse(line);
  if (!json.ok()) return json.status();
  return from_json_value<AnyEntry>(*json);
}

}  // namespace

void EntryRows::append(std::string& out, const LogLine& line) {
  std::string row = stamp_text(line) + ' ';
  append_safe_text(row, line.type.empty() ? "-" : short_type(line.type));
  if (line.type != type_above_) {
    type_above_ = line.type;
    members_above_.clear();
  }
  if (const absl::StatusOr<AnyEntry> entry = read_members(line.text); entry.ok()) {
    append_members(row, entry->members);
  } else {
    // Sound, but nested deeper than a JsonValue may be.
    append_safe_text(row += ' ', line.text);
  }
  if (columns_) {
    append_cut(out, row, *columns_);
  } else {
    out += row;
  }
}

void EntryRows::append_members(std::string& out, const ExtraMembers& members) {
  bool is_gap_marked = false;
  size_t index = 0;
  for (const auto& [name, value] : members.members) {
    std::string shown;
    append_member(shown, name, value.text());
    if (is_as_above(index++, shown)) {
      if (!is_gap_marked) out += " \u2026";
      is_gap_marked = true;
      continue;
    }
    is_gap_marked = false;
    out.append(" ").append(shown);
    if (!columns_) continue;
    members_above_.resize(std::max(members_above_.size(), index));
    members_above_[index - 1] = std::move(shown);
    // Nobody sees what is further to the right, and there may be much of it.
    if (out.size() > static_cast<size_t>(*columns_) * kBytesPerColumnMax) break;
  }
  // What this row does not have, or was not looked at, is not above the next.
  members_above_.resize(std::min(members_above_.size(), index));
}

void EntryRows::append_member(std::string& out, std::string_view name,
                              std::string_view value) const {
  append_safe_text(out, name);
  out += '=';
  const std::string_view bare = without_needless_quotes(value);
  if (!columns_) return append_safe_text(out, bare);
  const int value_columns = std::max(kValueColumnsMin, *columns_ / 4);
  const size_t looked_at = static_cast<size_t>(value_columns) * kBytesPerColumnMax;
  append_cut(out, safe_text(bare.substr(0, looked_at)), value_columns);
}

// A value that is cut may differ behind the cut.
bool EntryRows::is_as_above(size_t index, const std::string& shown) const {
  return columns_ && index < members_above_.size() && members_above_[index] == shown &&
         !shown.ends_with("\u2026");
}

std::string time_text(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace logslice::command
