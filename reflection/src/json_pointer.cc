#include "logslice/reflection/internal/json_pointer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "json_tape.h"
#include "json_text.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/status.h"

namespace logslice::internal {

namespace {

// What someone may have meant who left the slashes out, or wrote a path as in jq or JavaScript.
std::string likely_pointer(std::string_view text) {
  if (text.starts_with('$')) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  std::string pointer = "/" + std::string(text);
  if (text.find('/') == std::string_view::npos) {
    std::replace(pointer.begin(), pointer.end(), '.', '/');
  }
  return pointer;
}

absl::Status no_pointer(std::string_view text) {
  return invalid_argument("expected a JSON pointer, which begins with a slash: did you mean " +
                          likely_pointer(text) + "? Got '" + std::string(text) + "'");
}

absl::Status bad_tilde(std::string_view text) {
  return invalid_argument(
      "in a JSON pointer ~ stands only in ~0, for ~ itself, and ~1, for a slash in a name; got '" +
      std::string(text) + "'");
}

std::optional<uint64_t> index_of(std::string_view name) {
  if (name.empty() || (name.size() > 1 && name.front() == '0')) return std::nullopt;
  uint64_t index = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data(), end, index);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return index;
}

// Between the tokens of a compact line there is none.
const char* space(const char* text) {
  ValueTraits ignored;
  return *text > ' ' ? text : skip_space(text, LineBreak::kEndsText, &ignored);
}

FoundValue::Kind kind_of(char first) {
  switch (first) {
    case '{':
      return FoundValue::Kind::kObject;
    case '[':
      return FoundValue::Kind::kArray;
    case '"':
      return FoundValue::Kind::kString;
    case 't':
      return FoundValue::Kind::kTrue;
    case 'f':
      return FoundValue::Kind::kFalse;
    case 'n':
      return FoundValue::Kind::kNull;
    default:
      return FoundValue::Kind::kNumber;
  }
}

}  // namespace

absl::StatusOr<JsonPointer> JsonPointer::parse(std::string_view text) {
  JsonPointer pointer;
  pointer.text_ = text;
  if (text.empty()) return pointer;
  if (text.front() != '/') return no_pointer(text);
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '/') {
      pointer.names_.emplace_back();
    } else if (c != '~') {
      pointer.names_.back() += c;
    } else {
      const char escaped = at + 1 < text.size() ? text[++at] : ' ';
      if (escaped != '0' && escaped != '1') return bad_tilde(text);
      pointer.names_.back() += escaped == '0' ? '~' : '/';
    }
  }
  if (pointer.names_.size() > kDepthMax) {
    return invalid_argument("a JSON pointer has at most " + std::to_string(kDepthMax) +
                            " names; got '" + std::string(text) + "'");
  }
  return pointer;
}

std::optional<double> FoundValue::number() const {
  double value = 0;
  if (kind != Kind::kNumber || !read_float(json, &value)) return std::nullopt;
  return value;
}

void FoundValue::append_string(std::string& out) const {
  if (kind != Kind::kString) return;
  if (json.find('\\') == std::string_view::npos) {
    out.append(json.substr(1, json.size() - 2));
    return;
  }
  std::string text;
  if (read_string(json.data() + 1, &text) != nullptr) out.append(text);
}

JsonFinder::JsonFinder(std::vector<JsonPointer> pointers) : nodes_(1) {
  for (const JsonPointer& pointer : pointers) add(pointer);
}

size_t JsonFinder::add(const JsonPointer& pointer) {
  size_t node = 0;
  for (const std::string& name : pointer.names()) node = child_of(node, name);
  if (!nodes_[node].place.has_value()) {
    nodes_[node].place = pointers_.size();
    pointers_.push_back(pointer);
  }
  return *nodes_[node].place;
}

size_t JsonFinder::child_of(size_t node, const std::string& name) {
  for (const size_t child : nodes_[node].children) {
    if (nodes_[child].name == name) return child;
  }
  nodes_[node].children.push_back(nodes_.size());
  nodes_.push_back({name, index_of(name), {}, std::nullopt});
  return nodes_.size() - 1;
}

const std::vector<FoundValue>& JsonFinder::find(std::string_view line) {
  found_.assign(pointers_.size(), FoundValue{});
  if (pointers_.empty()) return found_;
  padded_.assign(line);
  padded_.append(kReadPaddingBytes, '\0');
  const char* const end = read_value(space(padded_.data()), 0);
  if (end == nullptr || space(end) != padded_.data() + line.size()) {
    found_.assign(pointers_.size(), FoundValue{});
    find_on_tape({padded_.data(), line.size()});
  }
  return found_;
}

const char* JsonFinder::skip(const char* text) {
  ValueTraits ignored;
  return skip_value(text, LineBreak::kEndsText, &ignored);
}

// A value before it with the same name is gone, with all that was found in it.
void JsonFinder::forget(size_t node) {
  if (nodes_[node].place.has_value()) found_[*nodes_[node].place] = {};
  for (const size_t child : nodes_[node].children) forget(child);
}

const char* JsonFinder::read_value(const char* text, size_t node) {
  const bool is_looked_into = !nodes_[node].children.empty();
  const char* end = nullptr;
  if (is_looked_into && *text == '{') {
    end = read_object(text, node);
  } else if (is_looked_into && *text == '[') {
    end = read_array(text, node);
  } else {
    end = skip(text);
  }
  if (end != nullptr && nodes_[node].place.has_value()) {
    found_[*nodes_[node].place] = {kind_of(*text), {text, static_cast<size_t>(end - text)}};
  }
  return end;
}

const char* JsonFinder::read_object(const char* text, size_t node) {
  text = space(text + 1);
  if (*text == '}') return text + 1;
  for (;;) {
    if (*text != '"') return nullptr;
    const char* const name_end = skip_string(text + 1);
    if (name_end == nullptr) return nullptr;
    std::string_view name(text + 1, static_cast<size_t>(name_end - text - 1));
    if (name.find('\\') != std::string_view::npos) {
      read_string(text + 1, &name_);
      name = name_;
    }
    const std::vector<size_t>& children = nodes_[node].children;
    const auto child = std::find_if(children.begin(), children.end(),
                                    [&](size_t index) { return nodes_[index].name == name; });
    text = space(name_end + 1);
    if (*text != ':') return nullptr;
    text = space(text + 1);
    if (child == children.end()) {
      text = skip(text);
    } else {
      forget(*child);
      text = read_value(text, *child);
    }
    if (text == nullptr) return nullptr;
    text = space(text);
    if (*text == '}') return text + 1;
    if (*text != ',') return nullptr;
    text = space(text + 1);
  }
}

const char* JsonFinder::read_array(const char* text, size_t node) {
  text = space(text + 1);
  if (*text == ']') return text + 1;
  for (uint64_t index = 0;; ++index) {
    const std::vector<size_t>& children = nodes_[node].children;
    const auto child = std::find_if(children.begin(), children.end(),
                                    [&](size_t at) { return nodes_[at].index == index; });
    text = child == children.end() ? skip(text) : read_value(text, *child);
    if (text == nullptr) return nullptr;
    text = space(text);
    if (*text == ']') return text + 1;
    if (*text != ',') return nullptr;
    text = space(text + 1);
  }
}

// For what is nested deeper than skip_value goes, but not deeper than a line may be.
void JsonFinder::find_on_tape(std::string_view line) {
  JsonTape tape;
  if (!tape.parse(line)) return;
  for (size_t place = 0; place < pointers_.size(); ++place) {
    std::optional<uint32_t> at = 0;
    for (const std::string& name : pointers_[place].names()) {
      const Token& container = tape.token(*at);
      uint32_t child = *at + 1;
      std::optional<uint32_t> next;
      if (container.kind == TokenKind::kObject) {
        for (; child < container.next; child = tape.token(child + 1).next) {
          if (tape.token(child).text == name) next = child + 1;
        }
      } else if (container.kind == TokenKind::kArray) {
        const std::optional<uint64_t> wanted = index_of(name);
        for (uint64_t index = 0; child < container.next; child = tape.token(child).next) {
          if (index++ == wanted) next = child;
        }
      }
      at = next;
      if (!at.has_value()) break;
    }
    if (!at.has_value()) continue;
    const std::string_view json = tape.raw(tape.token(*at));
    found_[place] = {kind_of(json.front()), json};
  }
}

}  // namespace logslice::internal
