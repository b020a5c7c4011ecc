// encode: one entry becomes one line in memory.
#include <cstring>
#include <memory>

#include "line_encoder.h"
#include "logslice/reflection/internal/time_text.h"
#include "peers.h"
#include "rows.h"

namespace logslice::bench {
namespace {

constexpr int64_t kLineCount = 200'000;
// More than the second cache level holds.
constexpr int64_t kDifferentCount = 20'000;

struct Work {
  std::vector<ToolInvoked> entries = make_entries(kDifferentCount);
  std::vector<std::string> lines;
  std::string ts;
};

std::shared_ptr<const Work> make_work() {
  auto work = std::make_shared<Work>();
  internal::TimeTextCache times;
  work->ts = times.format(absl::FromUnixMicros(1'736'937'000'123'789));
  const std::unique_ptr<LineEncoder> encoder = logslice_encoder().make();
  internal::ByteBuffer line;
  for (const ToolInvoked& entry : work->entries) {
    line.clear();
    encoder->append_line(entry, 42, work->ts, line);
    work->lines.emplace_back(line.view());
  }
  return work;
}

Contender encoding_contender(const std::shared_ptr<const Work>& work, LineEncoderMaker maker) {
  const std::shared_ptr<LineEncoder> encoder = maker.make();
  const auto run = [work, encoder] {
    internal::ByteBuffer line;
    return seconds_of([&] {
             for (int64_t i = 0; i < kLineCount; ++i) {
               line.clear();
               encoder->append_line(work->entries[static_cast<size_t>(i % kDifferentCount)], i + 1,
                                    work->ts, line);
             }
           }) *
           1e9 / kLineCount;
  };
  return {maker.name, run, [maker] { check_encoder(maker); }};
}

double copy_lines(const Work& work) {
  std::string target(4096, '\0');
  volatile char seen = 0;
  return seconds_of([&] {
           for (int64_t i = 0; i < kLineCount; ++i) {
             const std::string& line = work.lines[static_cast<size_t>(i % kDifferentCount)];
             std::memcpy(target.data(), line.data(), line.size());
             seen = target[static_cast<size_t>(i % 400)];
           }
         }) *
         1e9 / kLineCount;
}

}  // namespace

Row make_encode_row(const Settings&) {
  const std::shared_ptr<const Work> work = make_work();
  Row row;
  row.unit = "ns/entry";
  row.what =
      "An entry becomes its line in memory. Limit: memcpy of the finished line. The simdjson of "
      "Debian 12\n  writes no JSON.";
  row.logslice = encoding_contender(work, logslice_encoder());
  row.limit = {"memcpy", [work] { return copy_lines(*work); }, {}};
  row.peers.push_back(encoding_contender(work, hand_written_encoder()));
  for (const LineEncoderMaker& maker : peers().encoders) {
    row.peers.push_back(encoding_contender(work, maker));
  }
  return row;
}

}  // namespace logslice::bench
