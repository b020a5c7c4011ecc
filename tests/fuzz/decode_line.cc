#include <cstdint>
#include <string>

#include "../reflection/sample_types.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "targets.h"
#include "tests/support/padded_text.h"

namespace logslice::fuzz {
namespace {

using internal::LineDecoder;
using internal::UntypedLine;
using Verdict = LineDecoder::Verdict;

constexpr std::string_view kTs = "2025-01-15T10:30:00.123789+00:00";
constexpr const char* kTimeMember = "created_at";
constexpr int64_t kLineBytesMax = int64_t{1} << 30;

template <typename T>
std::string encode(const T& entry, int64_t seq) {
  internal::ByteBuffer buffer;
  internal::encode_line(internal::type_table<T>(), &entry, seq, kTs, buffer);
  return std::string(buffer.view());
}

// What was decoded is written; what was written is decoded, in one pass, to the same.
template <typename T>
void check_identity(const T& entry, int64_t seq) {
  const internal::TypeTable& table = internal::type_table<T>();
  require(internal::check_encodable(table, &entry, kLineBytesMax).ok(),
          "a decoded entry cannot be encoded");
  const std::string line = encode(entry, seq);
  require(line.ends_with('\n') && line.find('\n') == line.size() - 1,
          "an encoded line has no newline at its end, or a second one");

  const testing::PaddedText text(line, '}');
  T again{};
  const LineDecoder::Result result = LineDecoder(table).decode(text.begin(), text.end(), &again);
  require(result.verdict == Verdict::kEntry, "an encoded line is no entry");
  require(result.canonical, "an encoded line is not read in one pass");
  require(result.stamp.seq == seq, "an encoded line has another seq");
  require(again == entry, "decoding an encoded entry gives another");
  require(encode(again, seq) == line, "encoding again gives another line");
}

// What is read without decoding is what decoding reads.
void check_metadata(std::string_view line, const LineDecoder::Result& truth) {
  const internal::LineMetadata metadata = internal::read_line_metadata(line, kTimeMember);
  if (truth.verdict != Verdict::kDamaged) require(metadata.valid, "a sound line is not valid");
  if (!metadata.valid) {
    require(truth.verdict == Verdict::kDamaged && !metadata.problem.empty(),
            "a line that is not valid is sound, or nothing says why");
    return;
  }
  require(truth.stamp.seq == metadata.stamp.seq && truth.stamp.ts == metadata.stamp.ts,
          "the stamp read without decoding is another");
  if (const auto type = internal::read_canonical_type(line)) {
    require(metadata.type == *type, "the type at the beginning is another");
  }
  if (internal::LineStamp stamp; internal::read_canonical_stamp(line, &stamp)) {
    require(stamp.seq == metadata.stamp.seq && stamp.ts == metadata.stamp.ts,
            "the stamp at the end is another");
  }
}

template <typename T>
void check_lines(std::string_view lines) {
  const internal::TypeTable& table = internal::type_table<T>();
  const testing::PaddedText text(lines, '"');
  const char* const end = text.end();
  // One for all lines: what it remembers of earlier ones must not show.
  LineDecoder decoder(table, UntypedLine::kIsEntry, kTimeMember);
  for (const char* line = text.begin(); line != end;) {
    T fast{};
    const LineDecoder::Result result = decoder.decode(line, end, &fast);
    require(result.next > line && result.next <= end && result.next[-1] == '\n',
            "the next line does not begin behind a newline");
    const std::string_view whole(line, static_cast<size_t>(result.next - 1 - line));
    require(whole.find('\n') == whole.npos, "a newline within a line");
    line = result.next;

    T general{};
    const LineDecoder::Result truth =
        LineDecoder(table, UntypedLine::kIsEntry, kTimeMember).decode_general(whole, &general);
    check_metadata(whole, truth);
    // A line of another type is not looked at beyond its type by the fast one.
    if (result.verdict == Verdict::kOtherType && truth.verdict != Verdict::kEntry) continue;
    require(result.verdict == truth.verdict, "the decoders' verdicts differ");
    if (result.verdict != Verdict::kEntry) continue;
    require(result.stamp.seq == truth.stamp.seq, "the decoders' seqs differ");
    require(result.stamp.ts == truth.stamp.ts, "the decoders' times differ");
    require(result.missing_members == truth.missing_members,
            "the decoders' missing members differ");
    require(fast == general, "the decoders' entries differ");
    check_identity(fast, result.stamp.seq > 0 ? result.stamp.seq : 1);
  }
}

}  // namespace

void decode_line(std::string_view bytes) {
  std::string lines(bytes);
  lines += '\n';
  check_lines<samples::ToolInvoked>(lines);
  check_lines<samples::Everything>(lines);
  check_lines<samples::Open>(lines);
  check_lines<samples::Renamed>(lines);
  check_lines<samples::Sparse>(lines);
}

}  // namespace logslice::fuzz
