#include "logslice/reflection/internal/line_metadata.h"

#include <charconv>
#include <cstring>

#include "json_tape.h"
#include "json_text.h"
#include "line_form.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/time_text.h"
#include "tape_metadata.h"

namespace logslice::internal {
namespace {

constexpr std::string_view kLineTail = "\"}";

// Reads 1 to 2^63-1 without leading zeros; 0 for anything else.
int64_t read_seq(std::string_view digits) {
  int64_t seq = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, seq);
  const bool valid = parsed.ec == std::errc{} && parsed.ptr == end && seq >= 1;
  return valid && digits.front() != '0' ? seq : 0;
}

// What cannot be read is as if it were not there.
void note_time(std::string_view text, std::optional<absl::Time>* ts) {
  // The minute is mostly the last line's.
  static thread_local TimeParser times;
  absl::Time time;
  if (times.parse(text, &time)) *ts = time;
}

void note_unix_seconds(std::string_view number, std::optional<absl::Time>* ts) {
  const std::optional<absl::Duration> since_epoch = parse_duration(number);
  if (!since_epoch) return;
  // Milliseconds would be a time tens of thousands of years ahead.
  const absl::Time time = absl::UnixEpoch() + *since_epoch;
  if (has_text(time)) *ts = time;
}

}  // namespace

bool read_canonical_stamp(std::string_view line, LineStamp* stamp) {
  constexpr size_t kTailBytes = kTsName.size() + kTimeTextBytes + kLineTail.size();
  if (line.size() < kTailBytes + kSeqName.size() + 1 || !line.ends_with(kLineTail)) return false;
  const size_t seq_end = line.size() - kTailBytes;
  if (line.substr(seq_end, kTsName.size()) != kTsName) return false;
  size_t seq_begin = seq_end;
  while (seq_begin > 0 && line[seq_begin - 1] >= '0' && line[seq_begin - 1] <= '9') --seq_begin;
  if (seq_begin == seq_end || !line.substr(0, seq_begin).ends_with(kSeqName)) return false;
  const int64_t seq = read_seq(line.substr(seq_begin, seq_end - seq_begin));
  // The minute is mostly the last line's.
  static thread_local TimeParser times;
  absl::Time ts;
  if (seq == 0 || !times.parse_canonical(line.data() + seq_end + kTsName.size(), &ts)) return false;
  stamp->seq = seq;
  stamp->ts = ts;
  return true;
}

std::optional<std::string_view> read_canonical_type(std::string_view line) {
  if (!line.starts_with(kTypeHead)) return std::nullopt;
  const size_t end = line.find_first_of("\"\\", kTypeHead.size());
  if (end == std::string_view::npos || line[end] != '"') return std::nullopt;
  return line.substr(kTypeHead.size(), end - kTypeHead.size());
}

LineMetadata metadata_of(const JsonTape& tape, std::string_view time_member) {
  LineMetadata metadata;
  metadata.valid = true;
  TimeParser times;
  std::optional<absl::Time> other_ts;
  const auto end = static_cast<uint32_t>(tape.tokens().size());
  for (uint32_t key = 1; key < end; key = tape.token(key + 1).next) {
    const std::string_view name = tape.token(key).text;
    const Token& value = tape.token(key + 1);
    if (!time_member.empty() && name == time_member) {
      if (value.kind == TokenKind::kString) note_time(value.text, &other_ts);
      if (value.kind == TokenKind::kNumber) note_unix_seconds(value.text, &other_ts);
    }
    if (name == "__type__" && value.kind == TokenKind::kString) {
      // The first counts: it is the one that is seen at the beginning of a canonical line.
      if (!metadata.type.has_value()) metadata.type = std::string(value.text);
    } else if (name == "__seq__" && value.kind == TokenKind::kNumber) {
      metadata.stamp.seq = read_seq(value.text);
    } else if (name == "__ts__" && value.kind == TokenKind::kString) {
      absl::Time ts;
      if (times.parse(value.text, &ts)) metadata.stamp.ts = ts;
    }
  }
  if (!metadata.stamp.ts) metadata.stamp.ts = other_ts;
  return metadata;
}

namespace {

// Longer damaged lines are not parsed once more only to say what is wrong: a tape of tokens takes
// many times their memory.
constexpr size_t kExplainedBytesMax = size_t{1} << 20;

bool is_number(const char* value) { return *value == '-' || (*value >= '0' && *value <= '9'); }

void note_other_time(const char* value, const char* value_end, std::optional<absl::Time>* ts) {
  std::string text;
  if (is_number(value)) {
    note_unix_seconds({value, static_cast<size_t>(value_end - value)}, ts);
  } else if (*value == '"' && read_string(value + 1, &text) != nullptr) {
    note_time(text, ts);
  }
}

void note_member(std::string_view name, const char* value, const char* value_end,
                 LineMetadata* metadata) {
  if (name == "__seq__") {
    if (is_number(value)) {
      metadata->stamp.seq = read_seq({value, static_cast<size_t>(value_end - value)});
    }
    return;
  }
  std::string text;
  if ((name != "__type__" && name != "__ts__") || *value != '"' ||
      read_string(value + 1, &text) == nullptr) {
    return;
  }
  if (name == "__type__") {
    if (!metadata->type.has_value()) metadata->type = std::move(text);
  } else if (absl::Time ts; TimeParser().parse(text, &ts)) {
    metadata->stamp.ts = ts;
  }
}

// Goes over the members of one object without keeping them. False for what is none, and for members
// that are nested deeper than a JsonValue may be. `line` is followed by padding.
bool skim_members(const char* line, const char* end, std::string_view time_member,
                  LineMetadata* metadata) {
  ValueTraits ignored;
  const auto skip = [&ignored](const char* text) {
    return skip_space(text, LineBreak::kEndsText, &ignored);
  };
  const char* text = skip(line);
  if (*text != '{') return false;
  text = skip(text + 1);
  std::string name;
  std::optional<absl::Time> other_ts;
  for (bool first = true; *text != '}' || !first; first = false) {
    if (*text != '"') return false;
    text = read_string(text + 1, &name);
    if (text == nullptr) return false;
    text = skip(text + 1);
    if (*text != ':') return false;
    const char* const value = skip(text + 1);
    const char* const value_end = skip_value(value, LineBreak::kEndsText, &ignored);
    if (value_end == nullptr) return false;
    if (name.starts_with("__")) note_member(name, value, value_end, metadata);
    if (!time_member.empty() && name == time_member) note_other_time(value, value_end, &other_ts);
    text = skip(value_end);
    if (*text == '}') break;
    if (*text != ',') return false;
    text = skip(text + 1);
  }
  if (!metadata->stamp.ts) metadata->stamp.ts = other_ts;
  return skip(text + 1) == end;
}

}  // namespace

LineMetadata read_line_metadata(std::string_view line, std::string_view time_member) {
  LineMetadata metadata;
  std::string padded;
  padded.reserve(line.size() + kReadPaddingBytes);
  padded.append(line).append(kReadPaddingBytes, '\0');
  if (skim_members(padded.data(), padded.data() + line.size(), time_member, &metadata)) {
    metadata.valid = true;
    return metadata;
  }
  LineMetadata invalid;
  if (line.size() > kExplainedBytesMax) {
    invalid.problem = "not a JSON object";
    return invalid;
  }
  JsonTape tape;
  if (!tape.parse(line)) {
    invalid.problem = tape.problem();
    return invalid;
  }
  if (tape.token(0).kind != TokenKind::kObject) {
    invalid.problem = std::string("not an object but ") + token_kind_name(tape.token(0).kind);
    return invalid;
  }
  return metadata_of(tape, time_member);
}

}  // namespace logslice::internal
