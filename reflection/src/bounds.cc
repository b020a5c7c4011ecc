#include "bounds.h"

#include <filesystem>

#include "base64.h"
#include "erased_value.h"
#include "escape.h"
#include "heap_bytes.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/json_value.h"

namespace logslice::internal {
namespace {

constexpr size_t kSeqBytesMax = 20;
constexpr size_t kRestBytes = 16;  // ,"__ts__":" and "}\n
constexpr size_t kStampBytesMax = kSeqBytesMax + kTimeTextBytes + kRestBytes;

size_t string_bytes_max(size_t size_bytes) {
  return size_bytes * kEscapedBytesPerByteMax + kEscapeSlackBytes;
}

struct ElementBound final : ElementVisitor {
  void visit(const ValueType& type, const void* element) override {
    bytes += value_bytes_max(type, element) + 3;  // quotes and comma
  }
  size_t bytes = 2;
};

struct MemberBound final : MemberVisitor {
  void visit(std::string_view key, const ValueType& type, const void* value) override {
    bytes += string_bytes_max(key.size()) + value_bytes_max(type, value) + 6;
  }
  size_t bytes = 2;
};

}  // namespace

size_t value_bytes_max(const ValueType& type, const void* value) {
  switch (type.kind) {
    case ValueKind::kString:
      return string_bytes_max(as<std::string>(value).size());
    case ValueKind::kPath:
      return string_bytes_max(as<std::filesystem::path>(value).native().size());
    case ValueKind::kBytes:
      return base64_bytes(as<std::vector<std::byte>>(value).size());
    case ValueKind::kJson:
      return as<JsonValue>(value).text().size();
    case ValueKind::kEnum:
      return string_bytes_max(type.enumeration->name_of(value).size()) + 22;
    case ValueKind::kExtraMembers: {
      size_t bytes = 0;
      for (const auto& [key, json] : as<ExtraMembers>(value).members) {
        bytes += string_bytes_max(key.size()) + json.text().size() + 4;
      }
      return bytes;
    }
    case ValueKind::kOptional: {
      const void* held = type.optional->get(value);
      return held == nullptr ? 4 : value_bytes_max(*type.optional->value, held) + 2;
    }
    case ValueKind::kSequence: {
      ElementBound bound;
      type.sequence->for_each(value, bound);
      return bound.bytes;
    }
    case ValueKind::kMap: {
      MemberBound bound;
      type.map->for_each(value, bound);
      return bound.bytes;
    }
    case ValueKind::kObject:
      return program_bytes_max(type.object().program(), value);
    case ValueKind::kVariant: {
      const TypeTable& table = type.variant->table(type.variant->index(value));
      return table.id.size() + 16 +
             program_bytes_max(table.shape->program(), type.variant->get(value));
    }
    case ValueKind::kNamed:
      return type.named->key.size() + value_bytes_max(*type.named->value, value) + 3;
    default:
      return fixed_value_bytes_max(type);
  }
}

size_t program_bytes_max(const Program& program, const void* base) {
  size_t bytes = program.fixed_bytes_max();
  for (const Step& step : program.sized_steps()) {
    const void* value = static_cast<const char*>(base) + step.offset_bytes;
    // Mostly they are strings.
    bytes += step.kind == ValueKind::kString ? string_bytes_max(as<std::string>(value).size())
                                             : value_bytes_max(*step.type, value);
  }
  return bytes;
}

size_t line_bytes_bound(const TypeTable& table, const void* entry) {
  return program_bytes_max(*table.line_program, entry) + kStampBytesMax;
}

EntrySize measure_entry(const TypeTable& table, const void* entry) {
  const Program& program = *table.line_program;
  EntrySize size{program.fixed_bytes_max() + kStampBytesMax, table.size_bytes};
  for (const Step& step : program.sized_steps()) {
    const void* value = static_cast<const char*>(entry) + step.offset_bytes;
    if (step.kind == ValueKind::kString) {
      const std::string& text = as<std::string>(value);
      size.line_bytes_bound += string_bytes_max(text.size());
      size.memory_bytes += string_heap_bytes(text);
    } else {
      size.line_bytes_bound += value_bytes_max(*step.type, value);
      size.memory_bytes += value_heap_bytes(*step.type, value);
    }
  }
  return size;
}

}  // namespace logslice::internal
