// RapidJSON's SAX reader, in situ: the fastest of its ways. The handler knows the members of an
// entry and puts each value where it belongs.
//
// With SSE2, as its documentation recommends (SSE4.2 makes no difference here), and therefore in a
// namespace of its own: logslice uses RapidJSON without.
#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#define RAPIDJSON_NAMESPACE logslice_bench_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace logslice_bench_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <array>

#include "logslice/reflection/internal/time_text.h"
#include "peers.h"

namespace logslice::bench {
namespace {

namespace rapidjson = logslice_bench_rapidjson;

// The members of a line, those of its objects included: their names differ.
enum class Member {
  kType,
  kPromptName,
  kAdapter,
  kName,
  kParams,
  kQuery,
  kResult,
  kSuccess,
  kHitCount,
  kSessionId,
  kCreatedAt,
  kEventId,
  kSeq,
  kTs,
};
constexpr std::array<std::string_view, 14> kNames = {
    "__type__", "prompt_name", "adapter",    "name",       "params",   "query",   "result",
    "success",  "hit_count",   "session_id", "created_at", "event_id", "__seq__", "__ts__"};

class EntryHandler {
 public:
  explicit EntryHandler(ToolInvoked& entry) : entry_(entry) {}

  int64_t seq() const { return seq_; }
  void begin_line() { next_ = 0; }

  // Members come in the order in which they are written: one look is enough, else all are tried.
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view name(text, size);
    size_t found = next_;
    if (found >= kNames.size() || kNames[found] != name) {
      for (found = 0; found < kNames.size() && kNames[found] != name;) ++found;
      if (found == kNames.size()) return false;
    }
    member_ = static_cast<Member>(found);
    next_ = found + 1;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    switch (member_) {
      case Member::kType:
        return value == kToolInvokedId;
      case Member::kPromptName:
        entry_.prompt_name = value;
        return true;
      case Member::kAdapter:
        entry_.adapter = value;
        return true;
      case Member::kName:
        entry_.name = value;
        return true;
      case Member::kQuery:
        entry_.params.query = value;
        return true;
      case Member::kSessionId:
        entry_.session_id = Uuid::parse(value);
        return entry_.session_id.has_value();
      case Member::kCreatedAt:
        return times_.parse(value, &entry_.created_at);
      case Member::kEventId: {
        const std::optional<Uuid> id = Uuid::parse(value);
        entry_.event_id = id.value_or(Uuid());
        return id.has_value();
      }
      default:
        return member_ == Member::kTs;
    }
  }
  bool Bool(bool value) {
    entry_.result.success = value;
    return member_ == Member::kSuccess;
  }
  bool Null() {
    entry_.session_id.reset();
    return member_ == Member::kSessionId;
  }
  bool Int64(int64_t value) {
    if (member_ == Member::kHitCount) {
      entry_.result.hit_count = value;
    } else {
      seq_ = value;
    }
    return member_ == Member::kHitCount || member_ == Member::kSeq;
  }
  bool Int(int value) { return Int64(value); }
  bool Uint(unsigned value) { return Int64(value); }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool StartObject() { return true; }
  bool EndObject(rapidjson::SizeType) { return true; }
  bool StartArray() { return false; }
  bool EndArray(rapidjson::SizeType) { return false; }

 private:
  ToolInvoked& entry_;
  int64_t seq_ = 0;
  internal::TimeParser times_;
  Member member_ = Member::kType;
  size_t next_ = 0;
};

void scan(const std::filesystem::path& path, EntrySink& sink) {
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseStopWhenDoneFlag;
  ToolInvoked entry;
  EntryHandler handler(entry);
  rapidjson::Reader reader;
  LinePieces pieces(path);
  for (;;) {
    const auto [data, size] = pieces.next();
    if (size == 0) return;
    rapidjson::InsituStringStream stream(data);
    while (stream.src_ < data + size) {
      handler.begin_line();
      const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
      if (result.IsError()) fail(rapidjson::GetParseError_En(result.Code()));
      sink.take(handler.seq(), entry);
      ++stream.src_;  // the newline
    }
  }
}

}  // namespace

void add_rapidjson_read(Peers& peers) {
  peers.scans.push_back({.name = "RapidJSON SAX in situ", .scan = scan});
}

}  // namespace logslice::bench
