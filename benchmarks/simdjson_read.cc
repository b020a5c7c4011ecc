// simdjson's on-demand parser, as its documentation has it for lines of JSON: iterate_many over
// pieces of the file, members looked for in the order in which they stand.
#include <simdjson.h>

#include "logslice/reflection/internal/time_text.h"
#include "peers.h"

namespace logslice::bench {
namespace {

namespace ondemand = simdjson::ondemand;

// Everything that simdjson may complain about ends the benchmark.
template <typename T>
T get(simdjson::simdjson_result<T> result) {
  T value;
  check(std::move(result).get(value) == simdjson::SUCCESS, "simdjson");
  return value;
}

std::string_view text_of(ondemand::object& object, std::string_view name) {
  return get(object.find_field(name).get_string());
}

// Reads the members of an entry behind __type__. It may use the library's own reading of times and
// UUIDs: simdjson knows neither.
class EntryReader {
 public:
  int64_t read(ondemand::object& object, ToolInvoked& entry) {
    entry.prompt_name = text_of(object, "prompt_name");
    entry.adapter = text_of(object, "adapter");
    entry.name = text_of(object, "name");
    ondemand::object params = get(object.find_field("params").get_object());
    entry.params.query = text_of(params, "query");
    ondemand::object result = get(object.find_field("result").get_object());
    entry.result.success = get(result.find_field("success").get_bool());
    entry.result.hit_count = get(result.find_field("hit_count").get_int64());
    ondemand::value session_id = get(object.find_field("session_id"));
    if (session_id.is_null()) {
      entry.session_id.reset();
    } else {
      entry.session_id = uuid_of(get(session_id.get_string()));
    }
    check(times_.parse(text_of(object, "created_at"), &entry.created_at), "a time");
    entry.event_id = uuid_of(text_of(object, "event_id"));
    return get(object.find_field("__seq__").get_int64());
  }

 private:
  static Uuid uuid_of(std::string_view text) {
    const std::optional<Uuid> id = Uuid::parse(text);
    check(id.has_value(), "a UUID");
    return *id;
  }

  internal::TimeParser times_;
};

enum class Threads { kOne, kTwo };  // with two, one finds the structure ahead of the other

// Gives each line of the log to `take` as an object, until it returns false.
template <typename Take>
void for_each_line(const std::filesystem::path& path, Threads threads, Take take) {
  // With one thread, what stays in the cache is fastest, by a little; two need a batch ahead.
  const size_t batch_bytes = threads == Threads::kOne ? 128 << 10 : 1 << 20;
  LinePieces pieces(path, threads == Threads::kOne ? batch_bytes : 8 * batch_bytes);
  ondemand::parser parser;
  parser.threaded = threads == Threads::kTwo;
  for (;;) {
    const auto [data, size] = pieces.next();
    if (size == 0) return;
    ondemand::document_stream lines;
    check(parser.iterate_many(data, size, batch_bytes).get(lines) == simdjson::SUCCESS, "simdjson");
    for (simdjson::simdjson_result<ondemand::document_reference> line : lines) {
      ondemand::object object = get(line.get_object());
      if (!take(object)) return;
    }
    check(lines.truncated_bytes() == 0, "simdjson left lines out");
  }
}

void scan(const std::filesystem::path& path, Threads threads, EntrySink& sink) {
  EntryReader reader;
  ToolInvoked entry;
  for_each_line(path, threads, [&](ondemand::object& line) {
    check(text_of(line, "__type__") == kToolInvokedId, "another type");
    sink.take(reader.read(line, entry), entry);
    return true;
  });
}

int64_t last_seq(const std::filesystem::path& path) {
  int64_t last = 0;
  for_each_line(path, Threads::kOne, [&](ondemand::object& line) {
    last = std::max(last, get(line.find_field("__seq__").get_int64()));
    return true;
  });
  return last;
}

// A member behind __seq__ cannot be had any more: what is decoded is gone through twice.
void seek(const std::filesystem::path& path, int64_t seq, int64_t count, EntrySink& sink) {
  EntryReader reader;
  ToolInvoked entry;
  int64_t left = count;
  for_each_line(path, Threads::kOne, [&](ondemand::object& line) {
    if (get(line.find_field("__seq__").get_int64()) < seq) return true;
    check(!line.reset().error(), "simdjson");
    sink.take(reader.read(line, entry), entry);
    return --left > 0;
  });
}

void filter(const std::filesystem::path& path,
            const std::function<void(const CostReported&)>& take) {
  CostReported entry;
  for_each_line(path, Threads::kOne, [&](ondemand::object& line) {
    if (text_of(line, "__type__") != kCostReportedId) return true;
    entry.model = text_of(line, "model");
    entry.cost = get(line.find_field("cost").get_double());
    entry.input_tokens = get(line.find_field("input_tokens").get_int64());
    entry.output_tokens = get(line.find_field("output_tokens").get_int64());
    take(entry);
    return true;
  });
}

}  // namespace

void add_simdjson_read(Peers& peers) {
  peers.scans.push_back(
      {"simdjson", [](const auto& path, EntrySink& sink) { scan(path, Threads::kOne, sink); }});
  peers.scans.push_back({"simdjson, 2 threads",
                         [](const auto& path, EntrySink& sink) { scan(path, Threads::kTwo, sink); },
                         2});
  peers.places.push_back({"simdjson", last_seq, seek});
  peers.filters.push_back({"simdjson", filter});
}

}  // namespace logslice::bench
