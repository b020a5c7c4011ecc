// What is refused before it is given a sequence number, so that writing a line cannot fail.
#include <algorithm>
#include <cmath>
#include <string>

#include "bounds.h"
#include "erased_value.h"
#include "logslice/reflection/extra_members.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/json_value.h"
#include "program.h"

namespace logslice::internal {
namespace {

// Looks for the first value that JSON cannot hold. `problem()` is empty if there is none.
class Checker final : ElementVisitor, MemberVisitor {
 public:
  void check_fields(const ObjectShape& shape, const void* base) {
    for (const Field& field : shape.fields()) {
      if (!ok()) return;
      if (field.type->kind == ValueKind::kExtraMembers) {
        check_extra_members(shape,
                            as<ExtraMembers>(static_cast<const char*>(base) + field.offset_bytes));
      } else {
        check_value(*field.type, static_cast<const char*>(base) + field.offset_bytes);
      }
      if (!ok()) prepend("." + std::string(field.name));
    }
  }

  void check_value(const ValueType& type, const void* value) {
    switch (type.kind) {
      case ValueKind::kFloat:
        return check_number(as<float>(value));
      case ValueKind::kDouble:
        return check_number(as<double>(value));
      case ValueKind::kTime:
        if (!has_text(as<absl::Time>(value))) {
          problem_ = "is a time outside of the years 0 to 9999, which has no ISO 8601 form";
        }
        return;
      case ValueKind::kDuration: {
        const absl::Duration duration = as<absl::Duration>(value);
        if (duration == absl::InfiniteDuration() || duration == -absl::InfiniteDuration()) {
          problem_ = "is an infinite duration, which JSON has no number for";
        }
        return;
      }
      case ValueKind::kOptional: {
        const void* held = type.optional->get(value);
        if (held != nullptr) check_value(*type.optional->value, held);
        return;
      }
      case ValueKind::kNamed:
        return check_value(*type.named->value, value);
      case ValueKind::kSequence:
        return enter([&] { type.sequence->for_each(value, *this); });
      case ValueKind::kMap:
        return enter([&] { type.map->for_each(value, *this); });
      case ValueKind::kObject:
        return enter([&] { check_fields(type.object(), value); });
      case ValueKind::kVariant:
        return enter([&] {
          check_fields(*type.variant->table(type.variant->index(value)).shape,
                       type.variant->get(value));
        });
      default:
        return;
    }
  }

  bool ok() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }
  const std::string& path() const { return path_; }

 private:
  template <typename Body>
  void enter(Body body) {
    if (++depth_ > JsonValue::kDepthMax) {
      problem_ = "is nested deeper than " + std::to_string(JsonValue::kDepthMax) + " levels";
    } else {
      const size_t outer_index = index_;
      index_ = 0;
      body();
      index_ = outer_index;
    }
    --depth_;
  }

  void check_number(double number) {
    if (std::isnan(number)) problem_ = "is NaN, which JSON has no number for";
    if (std::isinf(number)) problem_ = "is infinite, which JSON has no number for";
  }

  void check_extra_members(const ObjectShape& shape, const ExtraMembers& extra) {
    for (const auto& [key, json] : extra.members) {
      if (key.starts_with("__")) {
        problem_ = "has a member `" + key + "`; names that begin with `__` are reserved";
      } else if (shape.find(key, 0) >= 0) {
        problem_ = "has a member `" + key + "`, which the struct has, too";
      }
    }
  }

  void visit(const ValueType& type, const void* element) override {
    if (ok()) check_value(type, element);
    if (!ok() && !located_.test(depth_)) prepend("[" + std::to_string(index_) + "]");
    ++index_;
  }

  void visit(std::string_view key, const ValueType& type, const void* value) override {
    if (ok()) check_value(type, value);
    if (!ok() && !located_.test(depth_)) prepend("[\"" + std::string(key) + "\"]");
  }

  // The path is put together from the inside out while the recursion unwinds; `located_` marks the
  // depths whose container has added its part already.
  void prepend(const std::string& part) {
    path_.insert(0, part);
    located_.set(depth_);
  }

  struct DepthSet {
    bool test(int depth) const { return depth >= lowest; }
    void set(int depth) { lowest = std::min(lowest, depth); }
    int lowest = JsonValue::kDepthMax + 2;
  };

  std::string problem_;
  std::string path_;
  DepthSet located_;
  size_t index_ = 0;
  int depth_ = 0;
};

// The common case, where nothing can be refused or only plain numbers can, without any call.
bool is_plainly_encodable(const Program& program, const void* base) {
  for (const Step& step : program.refusable_steps()) {
    const void* value = static_cast<const char*>(base) + step.offset_bytes;
    switch (step.kind) {
      case ValueKind::kFloat:
        if (!std::isfinite(as<float>(value))) return false;
        break;
      case ValueKind::kDouble:
        if (!std::isfinite(as<double>(value))) return false;
        break;
      case ValueKind::kTime:
        if (!has_text(as<absl::Time>(value))) return false;
        break;
      default: {
        Checker checker;
        checker.check_value(*step.type, value);
        if (step.kind == ValueKind::kExtraMembers || !checker.ok()) return false;
      }
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<size_t> check_encodable(const TypeTable& table, const void* entry,
                                       int64_t line_bytes_max) {
  if (!is_plainly_encodable(*table.line_program, entry)) {
    Checker checker;
    checker.check_fields(*table.shape, entry);
    if (!checker.ok()) {
      return invalid_argument(std::string(table.cpp_name) + checker.path() + " " +
                              checker.problem() + "; the entry is not written");
    }
  }
  const auto limit = static_cast<size_t>(line_bytes_max);
  const EntrySize size = measure_entry(table, entry);
  if (size.line_bytes_bound <= limit) return size.memory_bytes;
  // The bound counts six bytes for each; only the line itself tells.
  ByteBuffer line;
  encode_line(table, entry, INT64_MAX, "0000-01-01T00:00:00.000000+00:00", line);
  if (line.size() <= limit) return size.memory_bytes;
  return resource_exhausted(
      std::string(table.cpp_name) + " would be a line of " + std::to_string(line.size()) +
      " bytes, more than line_bytes_max = " + std::to_string(limit) + "; the entry is not written");
}

absl::Status check_value_encodable(const ValueType& type, const void* value) {
  Checker checker;
  checker.check_value(type, value);
  if (checker.ok()) return absl::OkStatus();
  return invalid_argument(std::string(type.cpp_name) + checker.path() + " " + checker.problem());
}

}  // namespace logslice::internal
