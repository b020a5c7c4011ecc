#include "heap_bytes.h"

#include <filesystem>

#include "bounds.h"
#include "erased_value.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/json_value.h"
#include "program.h"

namespace logslice::internal {
namespace {

size_t program_heap_bytes(const Program& program, const void* base) {
  size_t bytes = 0;
  for (const Step& step : program.sized_steps()) {
    const void* value = static_cast<const char*>(base) + step.offset_bytes;
    // Mostly they are strings.
    bytes += step.kind == ValueKind::kString ? string_heap_bytes(as<std::string>(value))
                                             : value_heap_bytes(*step.type, value);
  }
  return bytes;
}

// An element is at least about as large as what it holds in line.
constexpr size_t kElementBytes = 32;

struct ElementHeap final : ElementVisitor {
  void visit(const ValueType& type, const void* element) override {
    bytes += kElementBytes + value_heap_bytes(type, element);
  }
  size_t bytes = kAllocationBytes;
};

struct MemberHeap final : MemberVisitor {
  void visit(std::string_view key, const ValueType& type, const void* value) override {
    bytes += 2 * kElementBytes + kAllocationBytes + key.size() + value_heap_bytes(type, value);
  }
  size_t bytes = kAllocationBytes;
};

}  // namespace

size_t value_heap_bytes(const ValueType& type, const void* value) {
  switch (type.kind) {
    case ValueKind::kString:
      return string_heap_bytes(as<std::string>(value));
    case ValueKind::kPath:
      return string_heap_bytes(as<std::filesystem::path>(value).native());
    case ValueKind::kJson:
      return string_heap_bytes(as<JsonValue>(value).text());
    case ValueKind::kBytes:
      return as<std::vector<std::byte>>(value).capacity() + kAllocationBytes;
    case ValueKind::kExtraMembers: {
      size_t bytes = kAllocationBytes;
      for (const auto& [key, json] : as<ExtraMembers>(value).members) {
        bytes +=
            sizeof(key) + sizeof(json) + string_heap_bytes(key) + string_heap_bytes(json.text());
      }
      return bytes;
    }
    case ValueKind::kOptional: {
      const void* held = type.optional->get(value);
      return held == nullptr ? 0 : value_heap_bytes(*type.optional->value, held);
    }
    case ValueKind::kSequence: {
      ElementHeap heap;
      type.sequence->for_each(value, heap);
      return heap.bytes;
    }
    case ValueKind::kMap: {
      MemberHeap heap;
      type.map->for_each(value, heap);
      return heap.bytes;
    }
    case ValueKind::kObject:
      return program_heap_bytes(type.object().program(), value);
    case ValueKind::kVariant: {
      const TypeTable& table = type.variant->table(type.variant->index(value));
      return program_heap_bytes(table.shape->program(), type.variant->get(value));
    }
    case ValueKind::kNamed:
      return value_heap_bytes(*type.named->value, value);
    default:
      return 0;
  }
}

size_t memory_bytes(const TypeTable& table, const void* entry) {
  return measure_entry(table, entry).memory_bytes;
}

}  // namespace logslice::internal
