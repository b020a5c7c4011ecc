#include "json_outline.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {
namespace {

// Builds the outline from the reader's events. The texts come from where the stream stands: the
// recursive reader calls StartObject behind the `{` and EndObject behind the `}` (the iterative one
// before them). Its recursion is bounded by depth_max.
class OutlineBuilder {
 public:
  OutlineBuilder(std::string_view json, const rapidjson::MemoryStream& stream, int open_depth,
                 int depth_max)
      : json_(json), stream_(stream), open_depth_(open_depth), depth_max_(depth_max) {}

  JsonOutline take_root() { return std::move(root_); }
  bool is_too_deep() const { return is_too_deep_; }

  bool Null() { return add(JsonOutline::Kind::kNull); }
  bool Bool(bool) { return add(JsonOutline::Kind::kBool); }
  bool Int(int) { return add(JsonOutline::Kind::kNumber); }
  bool Uint(unsigned) { return add(JsonOutline::Kind::kNumber); }
  bool Int64(int64_t) { return add(JsonOutline::Kind::kNumber); }
  bool Uint64(uint64_t) { return add(JsonOutline::Kind::kNumber); }
  bool Double(double) { return add(JsonOutline::Kind::kNumber); }
  bool RawNumber(const char*, rapidjson::SizeType length, bool) {
    JsonOutline* const value = place(JsonOutline::Kind::kNumber);
    // What is parsed may have another number in its place.
    if (value != nullptr) value->string.assign(json_.substr(stream_.Tell() - length, length));
    return true;
  }
  bool String(const char* characters, rapidjson::SizeType length, bool) {
    JsonOutline* const value = place(JsonOutline::Kind::kString);
    if (value != nullptr) value->string.assign(characters, length);
    return true;
  }
  bool Key(const char* characters, rapidjson::SizeType length, bool) {
    if (depth_ <= open_depth_) key_.assign(characters, length);
    return true;
  }
  bool StartObject() { return open(JsonOutline::Kind::kObject); }
  bool StartArray() { return open(JsonOutline::Kind::kArray); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  struct Open {
    JsonOutline* value;
    size_t begin;
  };

  // Where the next value goes; null below the depth that is opened.
  JsonOutline* place(JsonOutline::Kind kind) {
    if (depth_ > open_depth_) return nullptr;
    JsonOutline* value = &root_;
    if (!open_.empty()) {
      JsonOutline& parent = *open_.back().value;
      value = parent.kind == JsonOutline::Kind::kObject
                  ? &parent.members.emplace_back(JsonOutline::Member{std::move(key_), {}}).value
                  : &parent.items.emplace_back();
    }
    value->kind = kind;
    return value;
  }

  bool add(JsonOutline::Kind kind) {
    place(kind);
    return true;
  }

  bool open(JsonOutline::Kind kind) {
    if (depth_ == depth_max_) {
      is_too_deep_ = true;
      return false;
    }
    // A parent's vector does not grow while a child is open: the pointer stays good.
    if (JsonOutline* const value = place(kind)) open_.push_back({value, stream_.Tell() - 1});
    ++depth_;
    return true;
  }

  bool close() {
    --depth_;
    if (depth_ > open_depth_) return true;
    const Open closed = open_.back();
    open_.pop_back();
    closed.value->text = json_.substr(closed.begin, stream_.Tell() - closed.begin);
    return true;
  }

  const std::string_view json_;
  const rapidjson::MemoryStream& stream_;
  const int open_depth_;
  const int depth_max_;
  JsonOutline root_;
  std::vector<Open> open_;
  std::string key_;
  int depth_ = 0;
  bool is_too_deep_ = false;
};

}  // namespace

const JsonOutline* JsonOutline::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->name == name) return &member->value;
  }
  return nullptr;
}

absl::StatusOr<JsonOutline> JsonOutline::parse(std::string_view json, int open_depth,
                                               int depth_max) {
  if (!is_valid_utf8(json.data(), json.size())) {
    return invalid_argument(
        join_text({"at byte ", std::to_string(valid_utf8_prefix_bytes(json)), ": invalid UTF-8"}));
  }
  std::string readable(json);
  make_readable_by_rapidjson(&readable);
  rapidjson::MemoryStream stream(readable.data(), readable.size());
  rapidjson::Reader reader;
  OutlineBuilder builder(json, stream, open_depth, depth_max);
  reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, builder);
  if (builder.is_too_deep()) {
    return invalid_argument(
        join_text({"nested deeper than ", std::to_string(depth_max), " levels"}));
  }
  if (reader.HasParseError()) {
    return invalid_argument(join_text({"at byte ", std::to_string(reader.GetErrorOffset()), ": ",
                                       rapidjson::GetParseError_En(reader.GetParseErrorCode())}));
  }
  // RapidJSON takes a NUL for the end of the text.
  if (stream.Tell() != json.size()) {
    return invalid_argument(join_text({"at byte ", std::to_string(stream.Tell()), ": a NUL byte"}));
  }
  return builder.take_root();
}

}  // namespace logslice::internal
