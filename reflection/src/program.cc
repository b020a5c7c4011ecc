#include "program.h"

#include <cstring>
#include <memory>

#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/uuid.h"

namespace logslice::internal {
namespace {

// Types that `check_encodable` has to look at. Containers may hold any of them.
bool is_refusable(const ValueType& type) {
  switch (type.kind) {
    case ValueKind::kOptional:
      return is_refusable(*type.optional->value);
    case ValueKind::kNamed:
      return is_refusable(*type.named->value);
    case ValueKind::kFloat:
    case ValueKind::kDouble:
    case ValueKind::kTime:
    case ValueKind::kDuration:
    case ValueKind::kExtraMembers:
    case ValueKind::kSequence:
    case ValueKind::kMap:
    case ValueKind::kObject:
    case ValueKind::kVariant:
      return true;
    default:
      return false;
  }
}

}  // namespace

size_t fixed_value_bytes_max(const ValueType& type) {
  switch (type.kind) {
    case ValueKind::kOptional: {
      const size_t held = fixed_value_bytes_max(*type.optional->value);
      return held == 0 ? 0 : held + 4;  // quotes, or null
    }
    case ValueKind::kBool:
      return 5;
    case ValueKind::kInt8:
    case ValueKind::kInt16:
    case ValueKind::kInt32:
    case ValueKind::kInt64:
    case ValueKind::kUint8:
    case ValueKind::kUint16:
    case ValueKind::kUint32:
    case ValueKind::kUint64:
      return 20;
    case ValueKind::kFloat:
    case ValueKind::kDouble:
      return 32;
    case ValueKind::kTime:
      return kTimeTextBytesMax;
    case ValueKind::kDuration:
      return kDurationTextBytesMax;
    case ValueKind::kUuid:
      return Uuid::kTextBytes;
    default:
      return 0;
  }
}

std::unique_ptr<Program> Program::for_object(const std::vector<Field>& fields) {
  std::unique_ptr<Program> program(new Program);
  std::string literal = "{";
  program->add_fields(fields, 0, "", &literal);
  program->finish(literal + "}");
  return program;
}

std::unique_ptr<Program> Program::for_line(std::string_view id, const std::vector<Field>& fields) {
  std::unique_ptr<Program> program(new Program);
  std::string literal = "{\"__type__\":\"";
  literal.append(id);
  literal += '"';
  program->add_fields(fields, 0, ",", &literal);
  program->finish(literal + ",\"__seq__\":");
  return program;
}

bool needs_comma_before(const std::vector<Field>& fields) {
  return !fields.empty() && !fields.front().is_omittable &&
         fields.front().type->kind != ValueKind::kExtraMembers;
}

// `*literal` is what has to be written before the next value. A struct may not contain itself but
// in a container, so this ends.
void Program::add_fields(const std::vector<Field>& fields, size_t base_offset_bytes,
                         std::string_view separator, std::string* literal) {
  // Whether the object may be empty so far and may not, so that no literal can have the comma.
  bool may_have_members = false;
  for (const Field& field : fields) {
    const size_t offset_bytes = base_offset_bytes + field.offset_bytes;
    const bool is_extra = field.type->kind == ValueKind::kExtraMembers;
    if (field.is_omittable || (may_have_members && !is_extra)) {
      add_named_step(field, offset_bytes, *literal);
      literal->clear();
      may_have_members = field.is_omittable && separator.empty();
      if (!field.is_omittable) separator = ",";
      continue;
    }
    // Extra members bring their commas and names along.
    if (!is_extra) {
      literal->append(separator).append("\"").append(field.name).append("\":");
      separator = ",";
    }
    if (field.type->kind == ValueKind::kObject) {
      *literal += '{';
      add_fields(field.type->object().fields(), offset_bytes, "", literal);
      *literal += '}';
      continue;
    }
    const bool quoted = is_quoted(field.type->kind);
    if (quoted) *literal += '"';
    if (is_extra) {
      extra_members_steps_.emplace_back(steps_.size(), &fields);
    }
    add_step(*field.type, offset_bytes, *literal);
    *literal = quoted ? "\"" : "";
  }
}

void Program::add_step(const ValueType& type, size_t offset_bytes, const std::string& literal) {
  std::unique_ptr<char[]> text(new char[literal.size() + kLiteralSlackBytes]());
  std::memcpy(text.get(), literal.data(), literal.size());
  const Step step = {text.get(), static_cast<uint32_t>(literal.size()), type.kind, offset_bytes,
                     &type};
  texts_.push_back(std::move(text));
  steps_.push_back(step);
  fixed_bytes_max_ += literal.size() + fixed_value_bytes_max(type);
  if (fixed_value_bytes_max(type) == 0) sized_steps_.push_back(step);
  if (is_refusable(type)) refusable_steps_.push_back(step);
}

void Program::add_named_step(const Field& field, size_t offset_bytes, const std::string& literal) {
  std::string key = "\"";
  key.append(field.name).append("\":");
  auto named = std::make_unique<NamedMember>(
      NamedMember{std::move(key), field.type, field.is_omittable, {}});
  named->type = ValueType{ValueKind::kNamed, field.type->cpp_name, {.named = named.get()}};
  named_members_.push_back(std::move(named));
  add_step(named_members_.back()->type, offset_bytes, literal);
}

void Program::finish(const std::string& tail) {
  std::unique_ptr<char[]> text(new char[tail.size() + kLiteralSlackBytes]());
  std::memcpy(text.get(), tail.data(), tail.size());
  tail_ = {text.get(), tail.size()};
  texts_.push_back(std::move(text));
  fixed_bytes_max_ += tail.size() + 4 * kLiteralSlackBytes;
}

const std::vector<Field>& Program::siblings_of_extra_members(size_t step) const {
  for (const auto& [at, fields] : extra_members_steps_) {
    if (at == step) return *fields;
  }
  static const std::vector<Field> none;
  return none;
}

ObjectShape::ObjectShape(std::string_view cpp_name, std::span<const Field> fields)
    : cpp_name_(cpp_name),
      fields_(fields.begin(), fields.end()),
      program_(Program::for_object(fields_)) {}

ObjectShape::~ObjectShape() = default;

int ObjectShape::find(std::string_view name, size_t hint) const {
  // The member that collects the unknown ones has no name in a line: one of that name is unknown.
  const auto is_field = [&](size_t i) {
    return fields_[i].name == name && fields_[i].type->kind != ValueKind::kExtraMembers;
  };
  if (hint < fields_.size() && is_field(hint)) return static_cast<int>(hint);
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (is_field(i)) return static_cast<int>(i);
  }
  return -1;
}

bool TypeTable::matches(std::string_view type_id) const {
  if (type_id == id) return true;
  for (const std::string_view alias : aliases) {
    if (type_id == alias) return true;
  }
  return false;
}

const TypeTable* make_type_table(const TypeSource& source) {
  auto table = std::make_unique<TypeTable>();
  table->id = source.id;
  if (source.add_names != nullptr) source.add_names(*table);
  table->cpp_name = source.cpp_name;
  table->shape = &source.shape();
  table->size_bytes = source.size_bytes;
  table->align_bytes = source.align_bytes;
  table->default_construct = source.default_construct;
  table->move_construct = source.move_construct;
  table->copy_construct = source.copy_construct;
  table->destroy = source.destroy;
  // Type tables live as long as the process, and so do their programs.
  table->line_program = Program::for_line(table->id, table->shape->fields()).release();
  return table.release();
}

}  // namespace logslice::internal
