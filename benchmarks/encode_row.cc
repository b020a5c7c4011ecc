// encode: one entry becomes one line in memory.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstring>
#include <memory>

#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/time_text.h"
#include "rows.h"
#include "sample_entry.h"

namespace logslice::bench {
namespace {

constexpr int64_t kLineCount = 200'000;
// More than the second cache level holds.
constexpr int64_t kDifferentCount = 20'000;

struct Work {
  std::vector<ToolInvoked> entries = make_entries(kDifferentCount);
  std::vector<std::string> lines;
  absl::Time ts = absl::FromUnixMicros(1'736'937'000'123'789);
  internal::TimeTextCache times;
  internal::ByteBuffer buffer;
  std::string target = std::string(4096, '\0');
};

void write_member(rapidjson::Writer<rapidjson::StringBuffer>& writer, const char* name,
                  std::string_view value) {
  writer.Key(name);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write_with_rapidjson(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                          internal::TimeTextCache& times, rapidjson::StringBuffer& out) {
  out.Clear();
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  writer.StartObject();
  write_member(writer, "__type__", "logslice.bench:ToolInvoked");
  write_member(writer, "prompt_name", entry.prompt_name);
  write_member(writer, "adapter", entry.adapter);
  write_member(writer, "name", entry.name);
  writer.Key("params");
  writer.StartObject();
  write_member(writer, "query", entry.params.query);
  writer.EndObject();
  writer.Key("result");
  writer.StartObject();
  writer.Key("success");
  writer.Bool(entry.result.success);
  writer.Key("hit_count");
  writer.Int64(entry.result.hit_count);
  writer.EndObject();
  write_member(writer, "session_id", entry.session_id->to_string());
  write_member(writer, "created_at", times.format(entry.created_at));
  write_member(writer, "event_id", entry.event_id.to_string());
  writer.Key("__seq__");
  writer.Int64(seq);
  write_member(writer, "__ts__", ts);
  writer.EndObject();
  out.Put('\n');
}

}  // namespace

Row make_encode_row(const Settings&) {
  auto work = std::make_shared<Work>();
  const internal::TypeTable& table = internal::type_table<ToolInvoked>();
  const std::string ts(work->times.format(work->ts));
  rapidjson::StringBuffer reference;
  for (size_t i = 0; i < work->entries.size(); ++i) {
    work->buffer.clear();
    internal::encode_line(table, &work->entries[i], 42, ts, work->buffer);
    work->lines.emplace_back(work->buffer.view());
    write_with_rapidjson(work->entries[i], 42, ts, work->times, reference);
    check(work->lines.back() == std::string_view(reference.GetString(), reference.GetSize()),
          "RapidJSON writes another line");
  }
  Row row;
  row.unit = "ns/entry";
  row.what = "An entry becomes its line in memory. Limit: memcpy of the finished line.";
  row.logslice = {"logslice", [work, &table, ts] {
                    return seconds_of([&] {
                             for (int64_t i = 0; i < kLineCount; ++i) {
                               work->buffer.clear();
                               internal::encode_line(
                                   table, &work->entries[static_cast<size_t>(i % kDifferentCount)],
                                   i + 1, ts, work->buffer);
                             }
                           }) *
                           1e9 / kLineCount;
                  }};
  row.limit = {"memcpy", [work] {
                 volatile char seen = 0;
                 return seconds_of([&] {
                          for (int64_t i = 0; i < kLineCount; ++i) {
                            const std::string& line =
                                work->lines[static_cast<size_t>(i % kDifferentCount)];
                            std::memcpy(work->target.data(), line.data(), line.size());
                            seen = work->target[static_cast<size_t>(i % 400)];
                          }
                        }) *
                        1e9 / kLineCount;
               }};
  row.peers.push_back({"RapidJSON Writer", [work, ts] {
                         rapidjson::StringBuffer out;
                         return seconds_of([&] {
                                  for (int64_t i = 0; i < kLineCount; ++i) {
                                    write_with_rapidjson(
                                        work->entries[static_cast<size_t>(i % kDifferentCount)],
                                        i + 1, ts, work->times, out);
                                  }
                                }) *
                                1e9 / kLineCount;
                       }});
  return row;
}

}  // namespace logslice::bench
