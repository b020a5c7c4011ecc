#include "logslice/reflection/internal/line_decoder.h"

#include <charconv>
#include <cstring>
#include <new>
#include <utility>

#include "canonical_decoder.h"
#include "integer.h"
#include "json_tape.h"
#include "line_form.h"
#include "logslice/reflection/internal/status.h"
#include "program.h"
#include "tape_decoder.h"
#include "tape_metadata.h"

namespace logslice::internal {
namespace {

const char* find_newline(const char* text, const char* end) {
  return static_cast<const char*>(std::memchr(text, '\n', static_cast<size_t>(end - text)));
}

bool starts_with(const char* text, const char* end, std::string_view prefix) {
  return static_cast<size_t>(end - text) >= prefix.size() &&
         std::memcmp(text, prefix.data(), prefix.size()) == 0;
}

// Raw memory for one value of the type.
class Storage {
 public:
  explicit Storage(const TypeTable& table)
      : align_bytes_(table.align_bytes),
        memory_(::operator new(table.size_bytes, std::align_val_t(align_bytes_))) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage() { ::operator delete(memory_, std::align_val_t(align_bytes_)); }
  void* get() const { return memory_; }

 private:
  const size_t align_bytes_;
  void* const memory_;
};

// Makes the entry what a new struct is, so that missing members have its defaults. Those may
// allocate and throw: the entry must be something at every moment.
void reset(const TypeTable& table, void* entry) {
  const Storage storage(table);
  table.default_construct(storage.get());
  table.destroy(entry);
  table.move_construct(entry, storage.get());
  table.destroy(storage.get());
}

}  // namespace

LineDecoder::LineDecoder(const TypeTable& table, UntypedLine untyped, std::string time_member)
    : table_(table),
      untyped_(untyped),
      time_member_(std::move(time_member)),
      tape_(std::make_unique<JsonTape>()) {}

LineDecoder::~LineDecoder() = default;

LineDecoder::Result LineDecoder::decode(const char* line, const char* committed_end, void* entry) {
  LineStamp stamp;
  const char* const next = decode_canonical(line, committed_end, entry, &stamp);
  if (next == nullptr) return decode_departing(line, committed_end, entry);
  return {
      .verdict = Verdict::kEntry, .next = next, .stamp = stamp, .canonical = true, .problem = {}};
}

LineDecoder::Result LineDecoder::decode_departing(const char* line, const char* committed_end,
                                                  void* entry) {
  const char* const newline = find_newline(line, committed_end);
  const std::string_view whole(line, static_cast<size_t>(newline - line));
  if (const std::optional<std::string_view> type = read_canonical_type(whole);
      type.has_value() && !table_.matches(*type)) {
    return {.verdict = Verdict::kOtherType, .next = newline + 1, .stamp = {}, .problem = {}};
  }
  Result result = decode_general(whole, entry);
  result.next = newline + 1;
  return result;
}

const char* LineDecoder::decode_canonical(const char* line, const char* committed_end, void* entry,
                                          LineStamp* stamp) {
  CanonicalDecoder decoder(committed_end, &times_, &scratch_);
  const char* text = decoder.read_program(*table_.line_program, 0, line, entry);
  if (text == nullptr) return nullptr;
  const char* const seq_end = read_short_integer(text, &stamp->seq);
  if (seq_end != nullptr) {
    if (stamp->seq < 1) return nullptr;
    text = seq_end;
  } else {
    const auto seq = std::from_chars(text, committed_end, stamp->seq);
    if (seq.ec != std::errc{} || *text == '0' || stamp->seq < 1) return nullptr;
    text = seq.ptr;
  }
  constexpr std::string_view kTail = "\"}\n";
  if (static_cast<size_t>(committed_end - text) < kTsName.size() + kTimeTextBytes + kTail.size() ||
      !starts_with(text, committed_end, kTsName)) {
    return nullptr;
  }
  text += kTsName.size();
  if (!ts_times_.parse_canonical(text, &stamp->ts.emplace())) return nullptr;
  text += kTimeTextBytes;
  return starts_with(text, committed_end, kTail) ? text + kTail.size() : nullptr;
}

LineDecoder::Result LineDecoder::decode_general(std::string_view line, void* entry) {
  Result result{.verdict = Verdict::kDamaged, .next = nullptr, .stamp = {}, .problem = {}};
  if (!tape_->parse(line)) {
    result.problem = tape_->problem();
    return result;
  }
  if (tape_->token(0).kind != TokenKind::kObject) {
    result.problem = std::string("not an object but ") + token_kind_name(tape_->token(0).kind);
    return result;
  }
  const LineMetadata metadata = metadata_of(*tape_, time_member_);
  result.stamp = metadata.stamp;
  const bool is_ours = metadata.type.has_value() ? table_.matches(*metadata.type)
                                                 : untyped_ == UntypedLine::kIsEntry;
  if (!is_ours) {
    result.verdict = Verdict::kOtherType;
    return result;
  }
  reset(table_, entry);
  TapeDecoder decoder(*tape_);
  if (decoder.decode_members(*table_.shape, table_.required, 0, entry, &result.missing_members)) {
    result.verdict = Verdict::kEntry;
  } else {
    result.problem = std::string(table_.cpp_name) + decoder.problem();
  }
  return result;
}

absl::Status decode_entry_object(const TypeTable& table, std::string_view json, void* entry) {
  JsonTape tape;
  if (!tape.parse(json)) return invalid_argument("not JSON: " + tape.problem());
  if (tape.token(0).kind != TokenKind::kObject) {
    return invalid_argument(std::string(table.cpp_name) + " should be an object, but is " +
                            token_kind_name(tape.token(0).kind));
  }
  reset(table, entry);
  TapeDecoder decoder(tape);
  int missing = 0;
  if (decoder.decode_members(*table.shape, table.required, 0, entry, &missing)) {
    return absl::OkStatus();
  }
  return invalid_argument(std::string(table.cpp_name) + decoder.problem());
}

absl::Status decode_value(const ValueType& type, std::string_view json, void* value) {
  JsonTape tape;
  if (!tape.parse(json)) return invalid_argument("not JSON: " + tape.problem());
  TapeDecoder decoder(tape);
  if (decoder.decode(type, 0, value)) return absl::OkStatus();
  return invalid_argument(std::string(type.cpp_name) + decoder.problem());
}

}  // namespace logslice::internal
