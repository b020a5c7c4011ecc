#include "arguments.h"

#include <charconv>
#include <limits>

#include "absl/status/status.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/reflection/json_value.h"

namespace logslice::command {

namespace {

constexpr int64_t kSeqMax = std::numeric_limits<int64_t>::max();
constexpr size_t kDateBytes = std::string_view("2025-01-15").size();
constexpr size_t kMinuteBytes = std::string_view("2025-01-15T10:30").size();

absl::Status expected(std::string_view what, std::string_view text) {
  std::string message = "expected ";
  message.append(what).append("; got '").append(text).append("'");
  return absl::InvalidArgumentError(message);
}

absl::Status expected_seq_range(std::string_view text) {
  return expected(
      "a range of sequence numbers A:B (A included, B not; either may be left out) or one number, "
      "for example 10:20",
      text);
}

std::optional<int64_t> parse_digits(std::string_view digits) {
  // from_chars takes a minus sign.
  if (digits.empty() || digits.front() == '-') return std::nullopt;
  int64_t seq = 0;
  const char* const end = digits.data() + digits.size();
  const std::from_chars_result parsed = std::from_chars(digits.data(), end, seq);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return seq;
}

std::optional<absl::Time> parse_whole_time(const std::string& text) {
  // Through the library, so that the command reads what the library reads.
  const absl::StatusOr<JsonValue> json = to_json_value(text);
  if (!json.ok()) return std::nullopt;
  const absl::StatusOr<absl::Time> time = from_json_value<absl::Time>(*json);
  if (!time.ok()) return std::nullopt;
  return *time;
}

}  // namespace

absl::StatusOr<SeqRange> parse_seq_range(std::string_view text) {
  SeqRange range;
  const size_t colon = text.find(':');
  const std::string_view start = text.substr(0, colon);
  if (!start.empty()) {
    range.start = parse_digits(start);
    if (!range.start) return expected_seq_range(text);
  }
  if (colon == std::string_view::npos) {
    if (!range.start) return expected_seq_range(text);
    // Nothing comes after the last number there is.
    if (*range.start < kSeqMax) range.end = *range.start + 1;
    return range;
  }
  const std::string_view end = text.substr(colon + 1);
  if (!end.empty()) {
    range.end = parse_digits(end);
    if (!range.end) return expected_seq_range(text);
  }
  // Empty on purpose is fine (5:5); backward is a mistake that would look like an empty log.
  if (range.start && range.end && *range.start > *range.end) return expected_seq_range(text);
  return range;
}

absl::StatusOr<int64_t> parse_count(std::string_view text) {
  const std::optional<int64_t> count = parse_digits(text);
  if (!count) return expected("a number of entries, for example 20", text);
  return *count;
}

absl::StatusOr<absl::Time> parse_time(const std::string& text) {
  std::optional<absl::Time> time = parse_whole_time(text);
  if (!time) {
    const char* const left_out = text.size() == kDateBytes     ? "T00:00:00Z"
                                 : text.size() == kMinuteBytes ? ":00Z"
                                                               : "Z";
    time = parse_whole_time(text + left_out);
  }
  if (!time) {
    return expected("an ISO 8601 time or date, for example 2025-01-15T10:30:00Z or 2025-01-15",
                    text);
  }
  return *time;
}

}  // namespace logslice::command
