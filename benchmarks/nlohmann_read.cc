// nlohmann's JSON for Modern C++, as its documentation has it: a document per line, and from_json()
// for the structs.
#include <cstring>
#include <nlohmann/json.hpp>

#include "logslice/reflection/internal/time_text.h"
#include "peers.h"

namespace logslice::bench {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SearchParams, query)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SearchResult, success, hit_count)

namespace {

using nlohmann::json;

Uuid uuid_of(const json& member) {
  const std::optional<Uuid> id = Uuid::parse(member.get_ref<const std::string&>());
  check(id.has_value(), "a UUID");
  return *id;
}

void scan(const std::filesystem::path& path, EntrySink& sink) {
  internal::TimeParser times;
  LinePieces pieces(path);
  ToolInvoked entry;
  for (;;) {
    const auto [data, size] = pieces.next();
    if (size == 0) return;
    for (const char* at = data; at < data + size;) {
      const size_t left = size - static_cast<size_t>(at - data);
      const auto* const newline = static_cast<const char*>(std::memchr(at, '\n', left));
      const json line = json::parse(at, newline);
      check(line.at("__type__").get_ref<const std::string&>() == kToolInvokedId, "another type");
      line.at("prompt_name").get_to(entry.prompt_name);
      line.at("adapter").get_to(entry.adapter);
      line.at("name").get_to(entry.name);
      line.at("params").get_to(entry.params);
      line.at("result").get_to(entry.result);
      const json& session_id = line.at("session_id");
      entry.session_id = session_id.is_null() ? std::nullopt : std::optional(uuid_of(session_id));
      check(times.parse(line.at("created_at").get_ref<const std::string&>(), &entry.created_at),
            "a time");
      entry.event_id = uuid_of(line.at("event_id"));
      sink.take(line.at("__seq__").get<int64_t>(), entry);
      at = newline + 1;
    }
  }
}

}  // namespace

void add_nlohmann_read(Peers& peers) {
  peers.scans.push_back({.name = "nlohmann", .scan = scan, .is_slow = true});
}

}  // namespace logslice::bench
