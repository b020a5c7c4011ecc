#include "tape_decoder.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base64.h"
#include "erased_value.h"
#include "integer.h"
#include "json_text.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace logslice::internal {
namespace {

// A value's text in a message: enough to find it, not the whole of a long line.
std::string shortened(std::string_view text) {
  constexpr size_t kShownBytes = 40;
  return text.size() <= kShownBytes ? std::string(text)
                                    : std::string(text.substr(0, kShownBytes)) + "…";
}

const std::vector<std::string_view> kNothingRequired;

}  // namespace

class TapeDecoder::Elements final : public ElementSource {
 public:
  Elements(TapeDecoder& decoder, uint32_t array)
      : decoder_(decoder), at_(array + 1), end_(decoder.tape_.token(array).next) {}

  bool next() override { return at_ < end_; }

  bool read(const ValueType& type, void* element) override {
    const uint32_t index = at_;
    at_ = decoder_.tape_.token(index).next;
    if (decoder_.decode(type, index, element)) {
      ++count_;
      return true;
    }
    decoder_.path_.insert(0, "[" + std::to_string(count_) + "]");
    return false;
  }

 private:
  TapeDecoder& decoder_;
  uint32_t at_;
  const uint32_t end_;
  size_t count_ = 0;
};

class TapeDecoder::Members final : public MemberSource {
 public:
  Members(TapeDecoder& decoder, uint32_t object)
      : decoder_(decoder), at_(object + 1), end_(decoder.tape_.token(object).next) {}

  bool next(std::string_view* key) override {
    if (at_ >= end_) return false;
    key_ = decoder_.tape_.token(at_).text;
    *key = key_;
    ++at_;
    return true;
  }

  bool read(const ValueType& type, void* value) override {
    const uint32_t index = at_;
    at_ = decoder_.tape_.token(index).next;
    if (decoder_.decode(type, index, value)) return true;
    decoder_.path_.insert(0, "[\"" + std::string(key_) + "\"]");
    return false;
  }

 private:
  TapeDecoder& decoder_;
  uint32_t at_;
  const uint32_t end_;
  std::string_view key_;
};

bool TapeDecoder::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool TapeDecoder::expected(const ValueType& type, const char* what, const Token& got) {
  return fail(std::string("should be ") + what + " (" + std::string(type.cpp_name) + "), but is " +
              token_kind_name(got.kind) +
              (got.text.empty() ? "" : " `" + shortened(got.text) + "`"));
}

bool TapeDecoder::decode(const ValueType& type, uint32_t index, void* value) {
  const Token& token = tape_.token(index);
  switch (type.kind) {
    case ValueKind::kBool:
      if (token.kind != TokenKind::kTrue && token.kind != TokenKind::kFalse) {
        return expected(type, "true or false", token);
      }
      as<bool>(value) = token.kind == TokenKind::kTrue;
      return true;
    case ValueKind::kInt8:
    case ValueKind::kInt16:
    case ValueKind::kInt32:
    case ValueKind::kInt64:
    case ValueKind::kUint8:
    case ValueKind::kUint16:
    case ValueKind::kUint32:
    case ValueKind::kUint64:
    case ValueKind::kFloat:
    case ValueKind::kDouble:
    case ValueKind::kDuration:
      return decode_number(type, token, value);
    case ValueKind::kString:
    case ValueKind::kPath:
    case ValueKind::kBytes:
    case ValueKind::kTime:
    case ValueKind::kUuid:
      return decode_text(type, token, value);
    case ValueKind::kJson:
      return decode_json(token, value);
    case ValueKind::kExtraMembers:
      return fail("cannot be read by its name");
    case ValueKind::kEnum:
      return decode_enum(type, token, value);
    case ValueKind::kOptional:
      if (token.kind == TokenKind::kNull) {
        type.optional->reset(value);
        return true;
      }
      return decode(*type.optional->value, index, type.optional->emplace(value));
    default:
      break;
  }
  // What follows recurses with the text.
  if (depth_ == JsonValue::kDepthMax) return fail("is nested too deeply");
  ++depth_;
  bool decoded = false;
  if (type.kind == ValueKind::kSequence) {
    Elements elements(*this, index);
    decoded = token.kind == TokenKind::kArray ? type.sequence->read_all(value, elements)
                                              : expected(type, "an array", token);
    if (!decoded && problem_.empty()) fail("has another number of elements than its type");
  } else if (token.kind != TokenKind::kObject) {
    expected(type, "an object", token);
  } else if (type.kind == ValueKind::kMap) {
    Members members(*this, index);
    decoded = type.map->read_all(value, members);
    if (!decoded && problem_.empty()) fail("has a key that is not of the map's key type");
  } else if (type.kind == ValueKind::kVariant) {
    decoded = decode_variant(type, index, value);
  } else {
    int missing = 0;
    decoded = decode_members(type.object(), kNothingRequired, index, value, &missing);
  }
  --depth_;
  return decoded;
}

bool TapeDecoder::decode_number(const ValueType& type, const Token& token, void* value) {
  if (token.kind != TokenKind::kNumber) return expected(type, "a number", token);
  const char* const begin = token.text.data();
  const char* const end = begin + token.text.size();
  switch (type.kind) {
    case ValueKind::kFloat:
      return read_float(token.text, &as<float>(value)) || fail("is a number out of range");
    case ValueKind::kDouble:
      return read_float(token.text, &as<double>(value)) || fail("is a number out of range");
    case ValueKind::kDuration: {
      const std::optional<absl::Duration> duration = parse_duration(token.text);
      if (!duration.has_value()) return fail("is a number out of range");
      as<absl::Duration>(value) = *duration;
      return true;
    }
    default:
      if (!is_integer_text(token.text)) return expected(type, "an integer", token);
      return read_integer(type.kind, begin, end, value) == end ||
             fail("is out of the range of " + std::string(type.cpp_name) + ": " +
                  shortened(token.text));
  }
}

bool TapeDecoder::decode_text(const ValueType& type, const Token& token, void* value) {
  if (token.kind != TokenKind::kString) return expected(type, "a string", token);
  switch (type.kind) {
    case ValueKind::kString:
      as<std::string>(value).assign(token.text);
      return true;
    case ValueKind::kPath:
      as<std::filesystem::path>(value) = std::filesystem::path(std::string(token.text));
      return true;
    case ValueKind::kBytes:
      return read_base64(token.text, &as<std::vector<std::byte>>(value)) ||
             expected(type, "base64", token);
    case ValueKind::kTime:
      return times_.parse(token.text, &as<absl::Time>(value)) ||
             expected(type, "an ISO 8601 time with its zone", token);
    default: {
      const std::optional<Uuid> uuid = Uuid::parse(token.text);
      if (!uuid.has_value()) return expected(type, "a UUID of 36 characters", token);
      as<Uuid>(value) = *uuid;
      return true;
    }
  }
}

bool TapeDecoder::decode_enum(const ValueType& type, const Token& token, void* value) {
  if (token.kind == TokenKind::kString) {
    return type.enumeration->set_by_name(value, token.text) ||
           fail("has no value named `" + shortened(token.text) + "`");
  }
  if (token.kind != TokenKind::kNumber || !is_integer_text(token.text)) {
    return expected(type, "a name or an integer", token);
  }
  const char* const end = token.text.data() + token.text.size();
  return read_integer(type.enumeration->number_kind, token.text.data(), end, value) == end ||
         fail("is out of the range of " + std::string(type.cpp_name));
}

bool TapeDecoder::decode_json(const Token& token, void* value) {
  const std::string_view raw = tape_.raw(token);
  // The tape allows for more levels than a JsonValue, and white space may hide a line break. What
  // stands behind a value on the tape always ends a number, too.
  std::string padded(raw);
  padded.append(kReadPaddingBytes, '\0');
  ValueTraits traits;
  const char* const end = skip_value(padded.data(), LineBreak::kIsSpace, &traits);
  if (end != padded.data() + raw.size()) {
    return fail("is nested deeper than " + std::to_string(JsonValue::kDepthMax) + " levels");
  }
  if (traits.has_line_break) {
    ValidatedJson::assign(as<JsonValue>(value), compact(raw));
  } else {
    ValidatedJson::assign(as<JsonValue>(value), raw);
  }
  return true;
}

bool TapeDecoder::decode_variant(const ValueType& type, uint32_t index, void* value) {
  const uint32_t end = tape_.token(index).next;
  std::string_view id;
  for (uint32_t key = index + 1; key < end; key = tape_.token(key + 1).next) {
    if (tape_.token(key).text == "__type__") id = tape_.token(key + 1).text;
  }
  for (size_t i = 0; i < type.variant->alternative_count; ++i) {
    const TypeTable& table = type.variant->table(i);
    if (!table.matches(id)) continue;
    int missing = 0;
    return decode_members(*table.shape, table.required, index, type.variant->emplace(value, i),
                          &missing);
  }
  return fail("has no alternative with the `__type__` `" + shortened(id) + "`");
}

bool TapeDecoder::decode_members(const ObjectShape& shape,
                                 const std::vector<std::string_view>& required, uint32_t index,
                                 void* value, int* missing) {
  const std::vector<Field>& fields = shape.fields();
  ExtraMembers* extra = nullptr;
  size_t named_fields = fields.size();
  if (!fields.empty() && fields.back().type->kind == ValueKind::kExtraMembers) {
    extra = &as<ExtraMembers>(static_cast<char*>(value) + fields.back().offset_bytes);
    extra->members.clear();
    --named_fields;
  }
  std::vector<bool> seen(named_fields);
  size_t hint = 0;
  const uint32_t end = tape_.token(index).next;
  for (uint32_t key = index + 1; key < end; key = tape_.token(key + 1).next) {
    const std::string_view name = tape_.token(key).text;
    const int field = name.starts_with("__") ? -1 : shape.find(name, hint);
    if (field >= 0) {
      const Field& member = fields[static_cast<size_t>(field)];
      if (!decode(*member.type, key + 1, static_cast<char*>(value) + member.offset_bytes)) {
        path_.insert(0, "." + std::string(name));
        return false;
      }
      seen[static_cast<size_t>(field)] = true;
      hint = static_cast<size_t>(field) + 1;
    } else if (extra != nullptr && !name.starts_with("__")) {
      JsonValue json;
      if (!decode_json(tape_.token(key + 1), &json)) return false;
      extra->members.emplace_back(std::string(name), std::move(json));
    }
  }
  *missing = 0;
  for (size_t i = 0; i < named_fields; ++i) {
    if (seen[i]) continue;
    if (fields[i].is_omittable) {
      // It is not missing: it was left out.
      fields[i].type->optional->reset(static_cast<char*>(value) + fields[i].offset_bytes);
      continue;
    }
    ++*missing;
    if (std::find(required.begin(), required.end(), fields[i].name) != required.end()) {
      path_.insert(0, "." + std::string(fields[i].name));
      return fail("is required, but missing");
    }
  }
  return true;
}

}  // namespace logslice::internal
