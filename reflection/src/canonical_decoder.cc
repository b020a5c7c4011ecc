#include "canonical_decoder.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "base64.h"
#include "erased_value.h"
#include "integer.h"
#include "json_text.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"
#include "short_string.h"
#include "string_block.h"
#include "uuid_text.h"

namespace logslice::internal {

// Hands the elements of an array out to a container. A text that departs from the canonical form
// looks to the container like the array's end; `end()` then is null.
class CanonicalDecoder::Elements final : public ElementSource {
 public:
  Elements(CanonicalDecoder& decoder, const char* text) : decoder_(decoder), at_(text) {
    if (*at_ == ']') finish();
  }

  bool next() override {
    if (at_ == nullptr || finished_) return false;
    if (!first_) {
      if (*at_ == ']') {
        finish();
        return false;
      }
      if (*at_ != ',') {
        at_ = nullptr;
        return false;
      }
      ++at_;
    }
    first_ = false;
    return true;
  }

  bool read(const ValueType& type, void* element) override {
    at_ = decoder_.read_whole_value(type, at_, element);
    return at_ != nullptr;
  }

  const char* end() const { return finished_ ? at_ : nullptr; }

 private:
  void finish() {
    finished_ = true;
    ++at_;
  }

  CanonicalDecoder& decoder_;
  const char* at_;
  bool first_ = true;
  bool finished_ = false;
};

// The same for the members of a map.
class CanonicalDecoder::Members final : public MemberSource {
 public:
  Members(CanonicalDecoder& decoder, const char* text) : decoder_(decoder), at_(text) {
    if (*at_ == '}') finish();
  }

  bool next(std::string_view* key) override {
    if (at_ == nullptr || finished_) return false;
    if (!first_) {
      if (*at_ == '}') {
        finish();
        return false;
      }
      if (*at_ != ',') return stop();
      ++at_;
    }
    first_ = false;
    if (*at_ != '"') return stop();
    at_ = read_string(at_ + 1, &key_);
    if (at_ == nullptr || at_[1] != ':') return stop();
    at_ += 2;
    *key = key_;
    return true;
  }

  bool read(const ValueType& type, void* value) override {
    at_ = decoder_.read_whole_value(type, at_, value);
    return at_ != nullptr;
  }

  const char* end() const { return finished_ ? at_ : nullptr; }

 private:
  bool stop() {
    at_ = nullptr;
    return false;
  }

  void finish() {
    finished_ = true;
    ++at_;
  }

  CanonicalDecoder& decoder_;
  const char* at_;
  std::string key_;
  bool first_ = true;
  bool finished_ = false;
};

const char* CanonicalDecoder::match(const char* text, std::string_view literal) const {
  if (static_cast<size_t>(end_ - text) < literal.size()) return nullptr;
  return std::memcmp(text, literal.data(), literal.size()) == 0 ? text + literal.size() : nullptr;
}

namespace {

// The same for a literal of a step, which may be read beyond its end; so may the text. Its end
// needs no look: the text ends in a newline, and no literal has one.
inline const char* match_step(const char* text, const char* literal, size_t size_bytes) {
  static_assert(kBlockBytes <= kLiteralSlackBytes && kBlockBytes <= kReadPaddingBytes);
  const char* const text_end = text + size_bytes;
  while (size_bytes > kBlockBytes) {
    if (!StringBlock::load(text).equals(StringBlock::load(literal))) return nullptr;
    text += kBlockBytes;
    literal += kBlockBytes;
    size_bytes -= kBlockBytes;
  }
  const bool rest_is_equal = StringBlock::load(text).equals(StringBlock::load(literal), size_bytes);
  return rest_is_equal ? text_end : nullptr;
}

}  // namespace

const char* CanonicalDecoder::read_program(const Program& program, size_t skip_bytes,
                                           const char* text, void* base) {
  const Step* const begin = program.steps().data();
  const Step* const end = begin + program.steps().size();
  for (const Step* step = begin; step != end; ++step) {
    text = match_step(text, step->literal + skip_bytes, step->literal_bytes - skip_bytes);
    skip_bytes = 0;
    if (text == nullptr) return nullptr;
    void* const value = static_cast<char*>(base) + step->offset_bytes;
    if (step->kind == ValueKind::kExtraMembers) {
      text = read_extra_members(program, static_cast<size_t>(step - begin), text, value);
    } else {
      text = read_value(*step->type, text, value);
    }
    if (text == nullptr) return nullptr;
  }
  return match(text, program.tail().substr(skip_bytes));
}

const char* CanonicalDecoder::read_whole_value(const ValueType& type, const char* text,
                                               void* value) {
  if (!is_quoted(type.kind)) return read_value(type, text, value);
  if (*text != '"') return nullptr;
  text = read_value(type, text + 1, value);
  return text != nullptr && *text == '"' ? text + 1 : nullptr;
}

// Quoted kinds begin behind their opening quote and end at the closing one. The most frequent kinds
// without another call.
[[gnu::always_inline]] inline const char* CanonicalDecoder::read_value(const ValueType& type,
                                                                       const char* text,
                                                                       void* value) {
  switch (type.kind) {
    case ValueKind::kString:
      return read_short_string(text, &as<std::string>(value));
    case ValueKind::kInt64:
      if (const char* const end = read_short_integer(text, &as<int64_t>(value))) return end;
      return read_number(type, text, value);
    case ValueKind::kBool: {
      const bool is_true = *text == 't';
      as<bool>(value) = is_true;
      return is_true ? match(text, "true") : match(text, "false");
    }
    // Neither takes a newline, and both look no further behind one than the padding.
    case ValueKind::kTime:
      if (times_.parse_canonical(text, &as<absl::Time>(value))) return text + kTimeTextBytes;
      return read_longer_time(text, value);
    case ValueKind::kUuid: {
      std::array<uint8_t, 16> bytes;
      if (!read_uuid(text, &bytes)) return nullptr;
      as<Uuid>(value) = Uuid(bytes);
      return text + Uuid::kTextBytes;
    }
    default:
      return read_other_value(type, text, value);
  }
}

// With nine digits.
const char* CanonicalDecoder::read_longer_time(const char* text, void* value) {
  static_assert(kTimeTextBytesMax <= kReadPaddingBytes);
  const std::string_view longer(text, kTimeTextBytesMax);
  return times_.parse(longer, &as<absl::Time>(value)) ? text + kTimeTextBytesMax : nullptr;
}

const char* CanonicalDecoder::read_other_value(const ValueType& type, const char* text,
                                               void* value) {
  switch (type.kind) {
    case ValueKind::kPath:
      text = read_string(text, &scratch_);
      if (text != nullptr) as<std::filesystem::path>(value) = std::filesystem::path(scratch_);
      return text;
    case ValueKind::kBytes:
      text = read_string(text, &scratch_);
      if (text == nullptr) return nullptr;
      return read_base64(scratch_, &as<std::vector<std::byte>>(value)) ? text : nullptr;
    case ValueKind::kInt8:
    case ValueKind::kInt16:
    case ValueKind::kInt32:
    case ValueKind::kUint8:
    case ValueKind::kUint16:
    case ValueKind::kUint32:
    case ValueKind::kUint64:
    case ValueKind::kFloat:
    case ValueKind::kDouble:
    case ValueKind::kDuration:
      return read_number(type, text, value);
    case ValueKind::kJson:
      return read_json(text, value);
    case ValueKind::kExtraMembers:
      return nullptr;
    case ValueKind::kEnum:
      return read_enum(type, text, value);
    case ValueKind::kNamed:
      return read_named(*type.named, text, value);
    case ValueKind::kOptional:
      if (*text == 'n') {
        type.optional->reset(value);
        return match(text, "null");
      }
      return read_whole_value(*type.optional->value, text, type.optional->emplace(value));
    default:
      break;
  }
  // What follows recurses with the text.
  if (depth_ == JsonValue::kDepthMax) return nullptr;
  ++depth_;
  const char* end = nullptr;
  if (type.kind == ValueKind::kSequence && *text == '[') {
    Elements elements(*this, text + 1);
    if (type.sequence->read_all(value, elements)) end = elements.end();
  } else if (type.kind == ValueKind::kMap && *text == '{') {
    Members members(*this, text + 1);
    if (type.map->read_all(value, members)) end = members.end();
  } else if (type.kind == ValueKind::kObject) {
    end = read_program(type.object().program(), 0, text, value);
  } else if (type.kind == ValueKind::kVariant) {
    end = read_variant(type, text, value);
  }
  --depth_;
  return end;
}

const char* CanonicalDecoder::read_number(const ValueType& type, const char* text, void* value) {
  const char* const end = skip_number(text);
  if (end == nullptr) return nullptr;
  const std::string_view number(text, static_cast<size_t>(end - text));
  switch (type.kind) {
    case ValueKind::kFloat:
      return read_float(number, &as<float>(value)) ? end : nullptr;
    case ValueKind::kDouble:
      return read_float(number, &as<double>(value)) ? end : nullptr;
    case ValueKind::kDuration: {
      const std::optional<absl::Duration> duration = parse_duration(number);
      if (!duration.has_value()) return nullptr;
      as<absl::Duration>(value) = *duration;
      return end;
    }
    default:
      // An integer ends where the number does, or the number has a fraction.
      return read_integer(type.kind, text, end, value) == end ? end : nullptr;
  }
}

const char* CanonicalDecoder::read_json(const char* text, void* value) {
  ValueTraits traits;
  const char* const end = skip_value(text, LineBreak::kEndsText, &traits);
  if (end == nullptr || traits.has_line_break) return nullptr;
  ValidatedJson::assign(as<JsonValue>(value), {text, static_cast<size_t>(end - text)});
  return end;
}

// What stands at `text` is the member with its comma, or it is absent.
const char* CanonicalDecoder::read_named(const NamedMember& named, const char* text, void* value) {
  const char* at = text;
  if (at[-1] != '{') at = match(at, ",");
  if (at != nullptr) at = match(at, named.key);
  if (at != nullptr) return read_whole_value(*named.value, at, value);
  if (!named.is_omittable) return nullptr;
  named.value->optional->reset(value);
  return text;
}

// Members until what the writer puts behind the extra members is met.
const char* CanonicalDecoder::read_extra_members(const Program& program, size_t step,
                                                 const char* text, void* value) {
  const std::vector<Step>& steps = program.steps();
  const std::string_view following =
      step + 1 < steps.size()
          ? std::string_view(steps[step + 1].literal, steps[step + 1].literal_bytes)
          : program.tail();
  const std::vector<Field>& siblings = program.siblings_of_extra_members(step);
  auto& members = as<ExtraMembers>(value).members;
  members.clear();
  while (match(text, following) == nullptr) {
    // Only the first of an object without other members has no comma before it.
    if (text[-1] != '{' && *text++ != ',') return nullptr;
    if (*text != '"') return nullptr;
    text = read_string(text + 1, &scratch_);
    if (text == nullptr || text[1] != ':' || scratch_.starts_with("__")) return nullptr;
    for (const Field& sibling : siblings) {
      if (sibling.name == scratch_ && sibling.type->kind != ValueKind::kExtraMembers) {
        return nullptr;
      }
    }
    JsonValue json;
    text = read_json(text + 2, &json);
    if (text == nullptr) return nullptr;
    members.emplace_back(scratch_, std::move(json));
  }
  return text;
}

const char* CanonicalDecoder::read_enum(const ValueType& type, const char* text, void* value) {
  if (*text != '"') {
    const char* const end = skip_number(text);
    if (end == nullptr) return nullptr;
    return read_integer(type.enumeration->number_kind, text, end, value) == end ? end : nullptr;
  }
  text = read_string(text + 1, &scratch_);
  if (text == nullptr || !type.enumeration->set_by_name(value, scratch_)) return nullptr;
  return text + 1;
}

const char* CanonicalDecoder::read_variant(const ValueType& type, const char* text, void* value) {
  constexpr std::string_view kHead = "{\"__type__\":\"";
  text = match(text, kHead);
  if (text == nullptr) return nullptr;
  for (size_t i = 0; i < type.variant->alternative_count; ++i) {
    const TypeTable& table = type.variant->table(i);
    const char* at = match(text, table.id);
    if (at == nullptr || *at != '"') continue;
    ++at;
    const std::vector<Field>& fields = table.shape->fields();
    if (needs_comma_before(fields) && *at++ != ',') return nullptr;
    return read_program(table.shape->program(), 1, at, type.variant->emplace(value, i));
  }
  return nullptr;
}

}  // namespace logslice::internal
