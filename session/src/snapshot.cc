// The JSON form of a snapshot. Format: specs/snapshot.md.

#include "logslice/session/snapshot.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <utility>

#include "json_outline.h"
#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/time_text.h"
#include "session_errors.h"
#include "text.h"

namespace logslice {
namespace {

using internal::join_text;
using internal::JsonOutline;
using internal::snapshot_error;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;
using Kind = JsonOutline::Kind;

std::string_view policy_name(SlicePolicy policy) {
  return policy == SlicePolicy::kState ? "state" : "log";
}

// --- Writing ------------------------------------------------------------------------------------

// What is not UTF-8 becomes U+FFFD, as in the text of entries: the file stays readable.
void write_string(JsonWriter& writer, std::string_view text) {
  const std::string repaired = internal::repaired_utf8(text);
  writer.String(repaired.data(), static_cast<rapidjson::SizeType>(repaired.size()));
}

void write_key(JsonWriter& writer, std::string_view name) {
  const std::string repaired = internal::repaired_utf8(name);
  writer.Key(repaired.data(), static_cast<rapidjson::SizeType>(repaired.size()));
}

std::string_view format_time(absl::Time time, char (&buffer)[internal::kTimeTextBytesMax]) {
  internal::TimeTextCache cache;
  const absl::Time writable = internal::has_text(time) ? time : absl::UnixEpoch();
  return {buffer, static_cast<size_t>(cache.write(writable, buffer) - buffer)};
}

void write_slice(JsonWriter& writer, const SnapshotSlice& slice) {
  writer.StartObject();
  write_key(writer, "item_type");
  write_string(writer, slice.item_type);
  write_key(writer, "items");
  writer.StartArray();
  for (const JsonValue& item : slice.items) {
    writer.RawValue(item.text().data(), item.text().size(), rapidjson::kObjectType);
  }
  writer.EndArray();
  write_key(writer, "slice_type");
  write_string(writer, slice.slice_type);
  writer.EndObject();
}

void write_log_file(JsonWriter& writer, const SnapshotLogFile& log_file) {
  writer.StartObject();
  write_key(writer, "entry_count");
  writer.Int64(log_file.entry_count);
  write_key(writer, "last_seq");
  writer.Int64(log_file.last_seq);
  write_key(writer, "path");
  write_string(writer, log_file.path);
  writer.EndObject();
}

// --- Reading ------------------------------------------------------------------------------------

// The first thing that is not as it should be ends the reading: `*this` remembers it.
class SnapshotReader {
 public:
  explicit SnapshotReader(const JsonOutline& root) : root_(root) {}

  absl::StatusOr<Snapshot> read() {
    if (root_.kind != Kind::kObject) fail("a snapshot must be an object");
    if (status_.ok()) read_version();
    if (status_.ok()) read_identity();
    if (status_.ok()) read_slices();
    if (status_.ok()) read_tags_and_policies();
    if (status_.ok()) read_log_files();
    if (!status_.ok()) return status_;
    return std::move(snapshot_);
  }

 private:
  void fail(std::string_view what) {
    if (status_.ok()) status_ = snapshot_error(absl::StatusCode::kInvalidArgument, what);
  }

  // The string that a member is, or null after a failure.
  const std::string* read_string(const JsonOutline& object, std::string_view name,
                                 std::string_view where) {
    const JsonOutline* const value = object.find(name);
    if (value != nullptr && value->kind == Kind::kString) return &value->string;
    fail(join_text({where, name, value == nullptr ? " is missing" : " must be a string"}));
    return nullptr;
  }

  std::optional<int64_t> read_count(const JsonOutline& object, std::string_view name,
                                    std::string_view where) {
    const JsonOutline* const value = object.find(name);
    int64_t count = -1;
    if (value != nullptr && value->kind == Kind::kNumber) {
      const char* const end = value->string.data() + value->string.size();
      const auto [parsed_to, error] = std::from_chars(value->string.data(), end, count);
      if (error == std::errc() && parsed_to == end && count >= 0) return count;
    }
    fail(join_text(
        {where, name, value == nullptr ? " is missing" : " must be an integer from 0 to 2^63-1"}));
    return std::nullopt;
  }

  // The member if it is there and of that kind; null if it is not there, or after a failure.
  const JsonOutline* find(std::string_view name, Kind kind, std::string_view kind_name) {
    const JsonOutline* const value = root_.find(name);
    if (value == nullptr || value->kind == kind) return value;
    fail(join_text({name, " must be ", kind_name}));
    return nullptr;
  }

  void read_version() {
    const std::string* const version = read_string(root_, "version", "");
    if (version == nullptr || *version == kSnapshotVersion) return;
    fail(join_text({"the snapshot is of version \"", *version, "\"; this library reads version \"",
                    kSnapshotVersion, "\""}));
  }

  std::optional<Uuid> read_uuid(const JsonOutline& value, std::string_view name) {
    std::optional<Uuid> id;
    if (value.kind == Kind::kString) id = Uuid::parse(value.string);
    if (!id.has_value()) fail(join_text({name, " must be a UUID"}));
    return id;
  }

  void read_identity() {
    if (const std::string* const created_at = read_string(root_, "created_at", "")) {
      internal::TimeParser parser;
      if (!parser.parse(*created_at, &snapshot_.created_at)) {
        fail("created_at must be an ISO 8601 time");
      }
    }
    if (const JsonOutline* const parent = root_.find("parent_id");
        parent != nullptr && parent->kind != Kind::kNull) {
      snapshot_.parent_id = read_uuid(*parent, "parent_id");
    }
    if (const JsonOutline* const children = find("children_ids", Kind::kArray, "an array")) {
      for (const JsonOutline& child : children->items) {
        snapshot_.children_ids.push_back(read_uuid(child, "children_ids").value_or(Uuid()));
      }
    }
    if (root_.find("unwritten") != nullptr) {
      snapshot_.unwritten_count = read_count(root_, "unwritten", "").value_or(0);
    }
  }

  void read_slices() {
    const JsonOutline* const slices = find("slices", Kind::kArray, "an array");
    if (slices == nullptr) return;
    for (size_t i = 0; i < slices->items.size() && status_.ok(); ++i) {
      read_slice(slices->items[i], join_text({"slices[", std::to_string(i), "]"}));
    }
  }

  void read_slice(const JsonOutline& value, const std::string& where) {
    if (value.kind != Kind::kObject) {
      fail(join_text({where, " must be an object"}));
      return;
    }
    SnapshotSlice slice;
    if (const std::string* type = read_string(value, "slice_type", where + ".")) {
      slice.slice_type = *type;
    }
    if (const std::string* type = read_string(value, "item_type", where + ".")) {
      slice.item_type = *type;
    }
    const JsonOutline* const items = value.find("items");
    if (items != nullptr && items->kind != Kind::kArray) {
      fail(join_text({where, ".items must be an array"}));
      return;
    }
    for (size_t i = 0; items != nullptr && i < items->items.size() && status_.ok(); ++i) {
      const std::string item_where = join_text({where, ".items[", std::to_string(i), "]"});
      if (items->items[i].kind != Kind::kObject) {
        fail(join_text({item_where, " must be an object"}));
        return;
      }
      // Validated as a part of the whole; an entry's own levels may stand around a JsonValue's.
      const std::string_view text = items->items[i].text;
      internal::ValidatedJson::assign(
          slice.items.emplace_back(),
          text.find_first_of("\r\n") == text.npos ? text : internal::compact(text));
    }
    snapshot_.slices.push_back(std::move(slice));
  }

  void read_tags_and_policies() {
    if (const JsonOutline* const tags = find("tags", Kind::kObject, "an object")) {
      for (const auto& [name, value] : tags->members) {
        if (value.kind != Kind::kString) fail(join_text({"tags.", name, " must be a string"}));
        snapshot_.tags[name] = value.string;
      }
    }
    if (const JsonOutline* const policies = find("policies", Kind::kObject, "an object")) {
      for (const auto& [type, value] : policies->members) {
        if (value.kind != Kind::kString || (value.string != "state" && value.string != "log")) {
          fail(join_text({"policies.", type, " must be \"state\" or \"log\""}));
        }
        snapshot_.policies[type] = value.string == "log" ? SlicePolicy::kLog : SlicePolicy::kState;
      }
    }
  }

  void read_log_files() {
    const JsonOutline* const log_files = find("log_files", Kind::kObject, "an object");
    if (log_files == nullptr) return;
    for (const auto& [type, value] : log_files->members) {
      const std::string where = join_text({"log_files.", type, "."});
      if (value.kind != Kind::kObject) {
        fail(join_text({"log_files.", type, " must be an object"}));
        return;
      }
      SnapshotLogFile log_file;
      if (const std::string* const path = read_string(value, "path", where)) {
        log_file.path = *path;
      }
      log_file.last_seq = read_count(value, "last_seq", where).value_or(0);
      log_file.entry_count = read_count(value, "entry_count", where).value_or(0);
      snapshot_.log_files[type] = std::move(log_file);
    }
  }

  const JsonOutline& root_;
  Snapshot snapshot_;
  absl::Status status_;
};

}  // namespace

std::string Snapshot::to_json() const {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  char time[internal::kTimeTextBytesMax];
  writer.StartObject();
  write_key(writer, "children_ids");
  writer.StartArray();
  for (const Uuid& child : children_ids) write_string(writer, child.to_string());
  writer.EndArray();
  write_key(writer, "created_at");
  write_string(writer, format_time(created_at, time));
  write_key(writer, "log_files");
  writer.StartObject();
  for (const auto& [type, log_file] : log_files) {
    write_key(writer, type);
    write_log_file(writer, log_file);
  }
  writer.EndObject();
  write_key(writer, "parent_id");
  if (parent_id.has_value()) {
    write_string(writer, parent_id->to_string());
  } else {
    writer.Null();
  }
  write_key(writer, "policies");
  writer.StartObject();
  for (const auto& [type, policy] : policies) {
    write_key(writer, type);
    write_string(writer, policy_name(policy));
  }
  writer.EndObject();
  write_key(writer, "slices");
  writer.StartArray();
  for (const SnapshotSlice& slice : slices) write_slice(writer, slice);
  writer.EndArray();
  write_key(writer, "tags");
  writer.StartObject();
  for (const auto& [name, value] : tags) {
    write_key(writer, name);
    write_string(writer, value);
  }
  writer.EndObject();
  if (unwritten_count > 0) {
    write_key(writer, "unwritten");
    writer.Int64(unwritten_count);
  }
  write_key(writer, "version");
  write_string(writer, kSnapshotVersion);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

absl::StatusOr<Snapshot> Snapshot::from_json(std::string_view json) {
  // Down to the items: {"slices":[{"items":[…]}]}. An item may be as deep as an entry may be, and
  // hold a JsonValue there.
  constexpr int kItemDepth = 4;
  constexpr int kDepthMax = kItemDepth + 2 * JsonValue::kDepthMax;
  if (json.size() > static_cast<size_t>(kSnapshotBytesMax)) {
    return snapshot_error(
        absl::StatusCode::kResourceExhausted,
        join_text({"a snapshot of ", std::to_string(json.size()),
                   " bytes is longer than the limit of ", std::to_string(kSnapshotBytesMax)}));
  }
  absl::StatusOr<JsonOutline> root = JsonOutline::parse(json, kItemDepth, kDepthMax);
  if (!root.ok()) {
    return snapshot_error(absl::StatusCode::kInvalidArgument,
                          join_text({"not a snapshot: ", internal::message_of(root.status())}));
  }
  return SnapshotReader(*root).read();
}

}  // namespace logslice
