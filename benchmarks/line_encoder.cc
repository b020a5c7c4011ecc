#include "line_encoder.h"

#include "bench.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/line_decoder.h"

namespace logslice::bench {
namespace {

class LogsliceEncoder final : public LineEncoder {
 public:
  void append_line(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                   internal::ByteBuffer& out) override {
    internal::encode_line(table_, &entry, seq, ts, out);
  }

 private:
  const internal::TypeTable& table_ = internal::type_table<ToolInvoked>();
};

std::vector<ToolInvoked> entries_to_check() {
  std::vector<ToolInvoked> entries = make_entries(2000);
  for (ToolInvoked& entry : make_entries(500, Text::kMixed)) entries.push_back(std::move(entry));
  // Something to escape at every place of a string of every length.
  ToolInvoked entry = entries.front();
  for (const char special : {'"', '\\', '\n', '\x01', '\x1f', '\x7f', '/'}) {
    for (size_t length = 1; length <= 40; ++length) {
      for (size_t at = 0; at < length; ++at) {
        entry.params.query = std::string(length, 'q');
        entry.params.query[at] = special;
        entries.push_back(entry);
      }
    }
  }
  entry.params.query.clear();
  entry.session_id.reset();
  entry.result.hit_count = INT64_MIN;
  entries.push_back(entry);
  return entries;
}

}  // namespace

LineEncoderMaker logslice_encoder() { return encoder_maker<LogsliceEncoder>("logslice"); }

void check_encoder(const LineEncoderMaker& maker) {
  const std::unique_ptr<LineEncoder> encoder = maker.make();
  internal::LineDecoder decoder(internal::type_table<ToolInvoked>());
  internal::ByteBuffer line;
  internal::TimeTextCache times;
  int64_t seq = 0;
  for (const ToolInvoked& entry : entries_to_check()) {
    line.clear();
    const absl::Time ts = entry.created_at + absl::Seconds(++seq);
    encoder->append_line(entry, seq, times.format(ts), line);
    check(line.view().ends_with('\n'), "a line has no end");
    ToolInvoked back;
    const internal::LineDecoder::Result read =
        decoder.decode_general(line.view().substr(0, line.size() - 1), &back);
    check(read.verdict == internal::LineDecoder::Verdict::kEntry && read.missing_members == 0 &&
              read.stamp.seq == seq && read.stamp.ts == ts && is_equal(back, entry),
          "a line, read back, is another entry");
  }
}

}  // namespace logslice::bench
