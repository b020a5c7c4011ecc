// RapidJSON's Writer, into a buffer that it keeps. Times come from logslice, which has a faster way
// than the application is likely to have; this favours RapidJSON.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "line_encoder.h"
#include "logslice/reflection/internal/time_text.h"
#include "peers.h"

namespace logslice::bench {
namespace {

class RapidJsonWriter final : public LineEncoder {
 public:
  void append_line(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                   internal::ByteBuffer& out) override {
    text_.Clear();
    writer_.Reset(text_);
    writer_.StartObject();
    put("__type__", "logslice.bench:ToolInvoked");
    put("prompt_name", entry.prompt_name);
    put("adapter", entry.adapter);
    put("name", entry.name);
    writer_.Key("params");
    writer_.StartObject();
    put("query", entry.params.query);
    writer_.EndObject();
    writer_.Key("result");
    writer_.StartObject();
    writer_.Key("success");
    writer_.Bool(entry.result.success);
    writer_.Key("hit_count");
    writer_.Int64(entry.result.hit_count);
    writer_.EndObject();
    if (entry.session_id.has_value()) {
      put("session_id", entry.session_id->to_string());
    } else {
      writer_.Key("session_id");
      writer_.Null();
    }
    put("created_at", times_.format(entry.created_at));
    put("event_id", entry.event_id.to_string());
    writer_.Key("__seq__");
    writer_.Int64(seq);
    put("__ts__", ts);
    writer_.EndObject();
    text_.Put('\n');
    out.append({text_.GetString(), text_.GetSize()});
  }

 private:
  void put(const char* name, std::string_view value) {
    writer_.Key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  rapidjson::StringBuffer text_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{text_};
  internal::TimeTextCache times_;
};

}  // namespace

void add_rapidjson_encoder(Peers& peers) {
  peers.encoders.push_back(encoder_maker<RapidJsonWriter>("RapidJSON Writer"));
}

}  // namespace logslice::bench
