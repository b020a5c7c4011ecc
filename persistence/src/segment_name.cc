#include "segment_name.h"

#include <charconv>
#include <system_error>

#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kDigits = 20;                   // as many as 2^64 has
constexpr size_t kRangeBytes = 2 * kDigits + 2;  // ".<first>-<last>"

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Nothing if it is no number, or none from 1 to 2^63-1.
std::optional<int64_t> parse_number(std::string_view digits) {
  if (!is_digits(digits)) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || value < 1) return std::nullopt;
  return value;
}

bool is_generation(std::string_view text) {
  return text.starts_with(".g") && text.size() > 2 && text[2] != '0' && is_digits(text.substr(2));
}

// Where the extension of a log's name begins; its size if it has none. `.g2` is none: it would be
// taken for a generation.
size_t extension_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || is_generation(name.substr(dot))) {
    return name.size();
  }
  return dot;
}

// Of ".<first>-<last>", with or without ".g<n>".
std::optional<SegmentName> parse_range(std::string_view text) {
  if (text.size() < kRangeBytes || text[0] != '.' || text[1 + kDigits] != '-') return std::nullopt;
  const std::optional<int64_t> first = parse_number(text.substr(1, kDigits));
  const std::optional<int64_t> last = parse_number(text.substr(2 + kDigits, kDigits));
  if (!first.has_value() || !last.has_value() || *last < *first) return std::nullopt;
  SegmentName name{*first, *last, 1};
  const std::string_view rest = text.substr(kRangeBytes);
  if (rest.empty()) return name;
  const std::optional<int64_t> generation =
      is_generation(rest) ? parse_number(rest.substr(2)) : std::nullopt;
  // There is no `.g1`: each segment has one name.
  if (!generation.has_value() || *generation < 2) return std::nullopt;
  name.generation = *generation;
  return name;
}

std::string padded(int64_t seq) {
  const std::string digits = std::to_string(seq);
  return std::string(kDigits - digits.size(), '0') + digits;
}

}  // namespace

std::string segment_path(const std::string& log_path, const SegmentName& name) {
  const size_t name_start = log_path.rfind('/') + 1;  // 0 without a slash
  const size_t extension = name_start + extension_of(std::string_view(log_path).substr(name_start));
  return concat(log_path.substr(0, extension), ".", padded(name.first_seq), "-",
                padded(name.last_seq),
                name.generation > 1 ? concat(".g", name.generation) : std::string(),
                log_path.substr(extension));
}

std::optional<SegmentName> parse_segment_name(std::string_view log_name,
                                              std::string_view file_name) {
  const size_t extension = extension_of(log_name);
  const size_t extension_bytes = log_name.size() - extension;
  if (file_name.size() < log_name.size() + kRangeBytes ||
      !file_name.starts_with(log_name.substr(0, extension)) ||
      !file_name.ends_with(log_name.substr(extension))) {
    return std::nullopt;
  }
  return parse_range(file_name.substr(extension, file_name.size() - extension - extension_bytes));
}

std::optional<std::string> log_name_of_segment(std::string_view file_name) {
  for (size_t dot = file_name.find('.', 1); dot != std::string_view::npos;
       dot = file_name.find('.', dot + 1)) {
    // The extension is what follows the range and the generation.
    const size_t extension = extension_of(file_name);
    for (const size_t end : {file_name.size(), extension}) {
      if (end < dot || !parse_range(file_name.substr(dot, end - dot)).has_value()) continue;
      return concat(file_name.substr(0, dot), file_name.substr(end));
    }
  }
  return std::nullopt;
}

}  // namespace logslice::internal
