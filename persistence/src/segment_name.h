// This header defines SegmentName, how a sealed segment of a log is called.
// Layout: specs/log-format.md, "Segments".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logslice::internal {

// The sealed segment of `tools.jsonl` with the entries 1 to 42 is
// `tools.00000000000000000001-00000000000000000042.jsonl`: the range stands before the extension,
// so that names sort. A name that is taken gets `.g2`, `.g3`, … behind the range. Compares in the
// order in which segments are read.
struct SegmentName {
  int64_t first_seq = 0;
  int64_t last_seq = 0;  // inclusive, >= first_seq
  int64_t generation = 1;

  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};

// The longest file name that a log may have, so that its segments can be named (NAME_MAX is 255).
inline constexpr size_t kLogNameBytesMax = 200;

std::string segment_path(const std::string& log_path, const SegmentName& name);

// What `file_name` says if it is a sealed segment of the log whose file is called `log_name`.
std::optional<SegmentName> parse_segment_name(std::string_view log_name,
                                              std::string_view file_name);

// The name of the log of which `file_name` would be a sealed segment; nothing if of none.
std::optional<std::string> log_name_of_segment(std::string_view file_name);

}  // namespace logslice::internal
