// This header defines SegmentName, how a sealed segment of a log is called.
// Layout: specs/log-format.md, "Segments", and specs/archives.md.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace logslice::internal {

enum class SegmentForm {
  kPlain,
  kGzip,  // an archive: specs/archives.md
};

// The sealed segment of `tools.jsonl` with the entries 1 to 42 is
// `tools.00000000000000000001-00000000000000000042.jsonl`: the range stands before the extension,
// so that names sort. A name that is taken gets `.g2`, `.g3`, … behind the range. Compressed it has
// `.gz` behind all that; it is the same segment in another form. Compares in the order in which
// segments are read, whatever their form.
struct SegmentName {
  int64_t first_seq = 0;
  int64_t last_seq = 0;  // inclusive, >= first_seq
  int64_t generation = 1;
  SegmentForm form = SegmentForm::kPlain;

  SegmentName in_form(SegmentForm other) const { return {first_seq, last_seq, generation, other}; }

  friend auto operator<=>(const SegmentName& a, const SegmentName& b) {
    return std::tie(a.first_seq, a.last_seq, a.generation) <=>
           std::tie(b.first_seq, b.last_seq, b.generation);
  }
  friend bool operator==(const SegmentName& a, const SegmentName& b) { return (a <=> b) == 0; }
};

// The longest file name that a log may have, so that its segments can be named (NAME_MAX is 255).
inline constexpr size_t kLogNameBytesMax = 200;

std::string segment_path(const std::string& log_path, const SegmentName& name);

// What `file_name` says if it is a sealed segment of the log whose file is called `log_name`.
std::optional<SegmentName> parse_segment_name(std::string_view log_name,
                                              std::string_view file_name);

// Whether `file_name` is an archive that another program made of the log whose file is called
// `log_name`: `tools_20250115_103000.jsonl.gz` of `tools.jsonl`.
bool is_foreign_archive_name(std::string_view log_name, std::string_view file_name);

// The name of the log of which `file_name` would be a sealed segment, in either form, or a foreign
// archive; nothing if of none.
std::optional<std::string> log_name_of_segment(std::string_view file_name);

}  // namespace logslice::internal
