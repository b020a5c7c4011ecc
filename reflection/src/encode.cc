#include "logslice/reflection/internal/encode.h"

#include <cassert>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base64.h"
#include "bounds.h"
#include "erased_value.h"
#include "escape.h"
#include "integer.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"
#include "program.h"

namespace logslice::internal {
namespace {

const void* at_offset(const void* base, size_t offset_bytes) {
  return static_cast<const char*>(base) + offset_bytes;
}

char* copy_text(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// A short literal in blocks of constant size, which the compiler makes two instructions each.
char* copy_literal(const char* literal, size_t size_bytes, char* out) {
  for (size_t at = 0; at < size_bytes; at += kLiteralSlackBytes) {
    std::memcpy(out + at, literal + at, kLiteralSlackBytes);
  }
  return out + size_bytes;
}

// Writes values unchecked into memory that the bounds above have reserved.
class Writer {
 public:
  char* write_program(const Program& program, const void* base, char* out) {
    return write_steps(program, 0, base, out);
  }

  // The literals' beginning up to `skip_bytes` is left out.
  char* write_steps(const Program& program, size_t skip_bytes, const void* base, char* out) {
    for (const Step& step : program.steps()) {
      out = copy_literal(step.literal + skip_bytes, step.literal_bytes - skip_bytes, out);
      skip_bytes = 0;
      out = write_value(step.kind, *step.type, at_offset(base, step.offset_bytes), out);
    }
    const std::string_view tail = program.tail().substr(skip_bytes);
    return copy_literal(tail.data(), tail.size(), out);
  }

  char* write_whole_value(const ValueType& type, const void* value, char* out) {
    const bool quoted = is_quoted(type.kind);
    if (quoted) *out++ = '"';
    out = write_value(type.kind, type, value, out);
    if (quoted) *out++ = '"';
    return out;
  }

  char* write_string(std::string_view text, char* out) {
    return write_escaped(text.data(), text.size(), out, &repaired_strings_);
  }

  int64_t repaired_strings() const { return repaired_strings_; }

 private:
  // `kind` is `type.kind`, which the caller has at hand without another load. Inlined into the loop
  // over the steps, where a call would cost as much as most values.
  [[gnu::always_inline]] char* write_value(ValueKind kind, const ValueType& type, const void* value,
                                           char* out) {
    switch (kind) {
      case ValueKind::kBool:
        return copy_text(as<bool>(value) ? "true" : "false", out);
      case ValueKind::kInt8:
      case ValueKind::kInt16:
      case ValueKind::kInt32:
      case ValueKind::kInt64:
      case ValueKind::kUint8:
      case ValueKind::kUint16:
      case ValueKind::kUint32:
      case ValueKind::kUint64:
        return write_integer(kind, value, out);
      case ValueKind::kFloat:
        return std::to_chars(out, out + 32, as<float>(value)).ptr;
      case ValueKind::kDouble:
        return std::to_chars(out, out + 32, as<double>(value)).ptr;
      case ValueKind::kString:
        return write_escaped(as<std::string>(value), out, &repaired_strings_);
      case ValueKind::kPath:
        return write_string(as<std::filesystem::path>(value).native(), out);
      case ValueKind::kBytes:
        return write_base64(as<std::vector<std::byte>>(value), out);
      case ValueKind::kTime:
        return times().write(as<absl::Time>(value), out);
      case ValueKind::kDuration:
        return write_duration(as<absl::Duration>(value), out);
      case ValueKind::kUuid:
        as<Uuid>(value).write_to(out);
        return out + Uuid::kTextBytes;
      case ValueKind::kJson:
        return copy_text(as<JsonValue>(value).text(), out);
      case ValueKind::kExtraMembers:
        return write_extra_members(as<ExtraMembers>(value), out);
      case ValueKind::kEnum:
        return write_enum(type, value, out);
      case ValueKind::kOptional: {
        const void* held = type.optional->get(value);
        if (held == nullptr) return copy_text("null", out);
        return write_whole_value(*type.optional->value, held, out);
      }
      case ValueKind::kSequence:
        return write_sequence(type, value, out);
      case ValueKind::kMap:
        return write_map(type, value, out);
      case ValueKind::kObject:
        return write_program(type.object().program(), value, out);
      case ValueKind::kVariant:
        return write_variant(type, value, out);
      case ValueKind::kNamed:
        return write_named(*type.named, value, out);
    }
    return out;
  }

  char* write_enum(const ValueType& type, const void* value, char* out) {
    const std::string_view name = type.enumeration->name_of(value);
    if (name.data() == nullptr) return write_integer(type.enumeration->number_kind, value, out);
    *out++ = '"';
    out = write_string(name, out);
    *out++ = '"';
    return out;
  }

  char* write_named(const NamedMember& named, const void* value, char* out) {
    const ValueType* type = named.value;
    if (named.is_omittable) {
      value = type->optional->get(value);
      if (value == nullptr) return out;
      type = type->optional->value;
    }
    if (out[-1] != '{') *out++ = ',';
    out = copy_text(named.key, out);
    return write_whole_value(*type, value, out);
  }

  // Always the last members of their object, so the comma before them is theirs.
  char* write_extra_members(const ExtraMembers& extra, char* out) {
    for (const auto& [key, json] : extra.members) {
      if (out[-1] != '{') *out++ = ',';
      *out++ = '"';
      out = write_string(key, out);
      out = copy_text("\":", out);
      out = copy_text(json.text(), out);
    }
    return out;
  }

  char* write_sequence(const ValueType& type, const void* value, char* out) {
    struct Elements final : ElementVisitor {
      Elements(Writer& w, char* o) : writer(w), out(o) {}
      void visit(const ValueType& element_type, const void* element) override {
        if (out[-1] != '[') *out++ = ',';
        out = writer.write_whole_value(element_type, element, out);
      }
      Writer& writer;
      char* out;
    };
    *out++ = '[';
    Elements elements(*this, out);
    type.sequence->for_each(value, elements);
    out = elements.out;
    *out++ = ']';
    return out;
  }

  char* write_map(const ValueType& type, const void* value, char* out) {
    struct Members final : MemberVisitor {
      Members(Writer& w, char* o) : writer(w), out(o) {}
      void visit(std::string_view key, const ValueType& mapped, const void* mapped_value) override {
        if (out[-1] != '{') *out++ = ',';
        *out++ = '"';
        out = writer.write_string(key, out);
        out = copy_text("\":", out);
        out = writer.write_whole_value(mapped, mapped_value, out);
      }
      Writer& writer;
      char* out;
    };
    *out++ = '{';
    Members members(*this, out);
    type.map->for_each(value, members);
    out = members.out;
    *out++ = '}';
    return out;
  }

  // The alternative's object with its `__type__` in front of the members.
  char* write_variant(const ValueType& type, const void* value, char* out) {
    const TypeTable& table = type.variant->table(type.variant->index(value));
    out = copy_text("{\"__type__\":\"", out);
    out = copy_text(table.id, out);
    *out++ = '"';
    const std::vector<Field>& fields = table.shape->fields();
    if (needs_comma_before(fields)) *out++ = ',';
    return write_steps(table.shape->program(), 1, type.variant->get(value), out);
  }

  static TimeTextCache& times() {
    static thread_local TimeTextCache cache;
    return cache;
  }

  int64_t repaired_strings_ = 0;
};

}  // namespace

int64_t encode_line(const TypeTable& table, const void* entry, int64_t seq,
                    std::string_view ts_text, ByteBuffer& out) {
  Writer writer;
  char* at = out.reserve_extra(line_bytes_bound(table, entry));
  at = writer.write_program(*table.line_program, entry, at);
  at = std::to_chars(at, at + 20, seq).ptr;
  at = copy_text(",\"__ts__\":\"", at);
  assert(ts_text.size() == kTimeTextBytes);
  at = copy_text({ts_text.data(), kTimeTextBytes}, at);
  at = copy_text("\"}\n", at);
  out.commit_until(at);
  return writer.repaired_strings();
}

void encode_entry_object(const TypeTable& table, const void* entry, std::string& out) {
  ByteBuffer buffer;
  Writer writer;
  char* at = buffer.reserve_extra(program_bytes_max(table.shape->program(), entry));
  buffer.commit_until(writer.write_program(table.shape->program(), entry, at));
  out.append(buffer.view());
}

void encode_value(const ValueType& type, const void* value, ByteBuffer& out) {
  Writer writer;
  char* at = out.reserve_extra(value_bytes_max(type, value) + 64);
  out.commit_until(writer.write_whole_value(type, value, at));
}

}  // namespace logslice::internal
