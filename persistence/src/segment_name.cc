#include "segment_name.h"

#include <charconv>
#include <system_error>

#include "text.h"

namespace logslice::internal {

namespace {

constexpr size_t kDigits = 20;                   // as many as 2^64 has
constexpr size_t kRangeBytes = 2 * kDigits + 2;  // ".<first>-<last>"
constexpr std::string_view kGzipEnd = ".gz";
constexpr size_t kStampBytes = 16;  // "_YYYYmmdd_HHMMSS"

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

// Where the extension of a log's name begins; its size if it has none. `.g2` is none, and `.gz`
// neither: they would be taken for a generation and for an archive.
size_t extension_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || is_generation(name.substr(dot)) ||
      name.substr(dot) == kGzipEnd) {
    return name.size();
  }
  return dot;
}

bool is_archive_name(std::string_view name) {
  return name.size() > kGzipEnd.size() && name.ends_with(kGzipEnd);
}

std::string_view without_gzip_end(std::string_view name) {
  return is_archive_name(name) ? name.substr(0, name.size() - kGzipEnd.size()) : name;
}

// Whether the text is two digits with a value in [low, high].
bool is_number_in(std::string_view text, int low, int high) {
  const int value = is_digits(text) ? (text[0] - '0') * 10 + (text[1] - '0') : -1;
  return value >= low && value <= high;
}

// Of "_YYYYmmdd_HHMMSS".
bool is_stamp(std::string_view text) {
  return text.size() == kStampBytes && text[0] == '_' && text[9] == '_' &&
         is_digits(text.substr(1, 4)) && is_number_in(text.substr(5, 2), 1, 12) &&
         is_number_in(text.substr(7, 2), 1, 31) && is_number_in(text.substr(10, 2), 0, 23) &&
         is_number_in(text.substr(12, 2), 0, 59) && is_number_in(text.substr(14, 2), 0, 60);
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
                log_path.substr(extension), name.form == SegmentForm::kGzip ? kGzipEnd : "");
}

std::optional<SegmentName> parse_segment_name(std::string_view log_name,
                                              std::string_view file_name) {
  const SegmentForm form = is_archive_name(file_name) ? SegmentForm::kGzip : SegmentForm::kPlain;
  file_name = without_gzip_end(file_name);
  const size_t extension = extension_of(log_name);
  const size_t extension_bytes = log_name.size() - extension;
  if (file_name.size() < log_name.size() + kRangeBytes ||
      !file_name.starts_with(log_name.substr(0, extension)) ||
      !file_name.ends_with(log_name.substr(extension))) {
    return std::nullopt;
  }
  std::optional<SegmentName> name =
      parse_range(file_name.substr(extension, file_name.size() - extension - extension_bytes));
  if (name.has_value()) name->form = form;
  return name;
}

bool is_foreign_archive_name(std::string_view log_name, std::string_view file_name) {
  if (!is_archive_name(file_name)) return false;
  file_name = without_gzip_end(file_name);
  const size_t extension = extension_of(log_name);
  // A file that has the name of a segment is no log, but a reader may be given its path.
  return file_name.size() == log_name.size() + kStampBytes && extension > 0 &&
         file_name.starts_with(log_name.substr(0, extension)) &&
         file_name.ends_with(log_name.substr(extension)) &&
         is_stamp(file_name.substr(extension, kStampBytes)) &&
         !log_name_of_segment(log_name).has_value();
}

std::optional<std::string> log_name_of_segment(std::string_view file_name) {
  const std::string_view plain_name = without_gzip_end(file_name);
  // The extension is what follows the range and the generation.
  const size_t extension = extension_of(plain_name);
  for (size_t dot = plain_name.find('.', 1); dot != std::string_view::npos;
       dot = plain_name.find('.', dot + 1)) {
    for (const size_t end : {plain_name.size(), extension}) {
      if (end < dot || !parse_range(plain_name.substr(dot, end - dot)).has_value()) continue;
      return concat(plain_name.substr(0, dot), plain_name.substr(end));
    }
  }
  if (extension <= kStampBytes) return std::nullopt;
  const size_t stem_bytes = extension - kStampBytes;
  std::string log_name = concat(plain_name.substr(0, stem_bytes), plain_name.substr(extension));
  if (!is_foreign_archive_name(log_name, file_name)) return std::nullopt;
  return log_name;
}

}  // namespace logslice::internal
