// nlohmann's JSON for Modern C++: a document is built and dumped. The one that keeps the order of
// its members, which is also the faster one. Times as for RapidJSON.
#include <nlohmann/json.hpp>

#include "line_encoder.h"
#include "logslice/reflection/internal/time_text.h"
#include "peers.h"

namespace logslice::bench {
namespace {

class Nlohmann final : public LineEncoder {
 public:
  void append_line(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                   internal::ByteBuffer& out) override {
    nlohmann::ordered_json line;
    line["__type__"] = kToolInvokedId;
    line["prompt_name"] = entry.prompt_name;
    line["adapter"] = entry.adapter;
    line["name"] = entry.name;
    line["params"]["query"] = entry.params.query;
    line["result"]["success"] = entry.result.success;
    line["result"]["hit_count"] = entry.result.hit_count;
    if (entry.session_id.has_value()) {
      line["session_id"] = entry.session_id->to_string();
    } else {
      line["session_id"] = nullptr;
    }
    line["created_at"] = times_.format(entry.created_at);
    line["event_id"] = entry.event_id.to_string();
    line["__seq__"] = seq;
    line["__ts__"] = ts;
    out.append(line.dump());
    out.append("\n");
  }

 private:
  internal::TimeTextCache times_;
};

}  // namespace

void add_nlohmann_encoder(Peers& peers) {
  peers.encoders.push_back(encoder_maker<Nlohmann>("nlohmann"));
}

}  // namespace logslice::bench
