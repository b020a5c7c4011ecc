// This header defines why_illegal(): whether a file that was only appended to is one that a power
// cut may leave. It is what the model disk enumerates for such files, as a question about one
// content.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace logslice::testing {

// Legal is: all that was synced, and behind it a beginning of what was appended after that, cut at
// any byte, of which the end may be zeros from where the synced part ends or from any sector on
// (the size reached the device before the data).
//
// Empty if `found` is legal; otherwise what is wrong with it.
inline std::string why_illegal(std::string_view appended, int64_t synced_bytes,
                               std::string_view found) {
  constexpr size_t kSectorBytes = 512;
  const auto synced = static_cast<size_t>(synced_bytes);
  const auto at = [](size_t offset) { return " at byte " + std::to_string(offset); };
  if (found.size() < synced) {
    return std::to_string(synced) + " bytes were synced, " + std::to_string(found.size()) +
           " are there";
  }
  if (found.size() > appended.size()) return "more bytes than were appended" + at(appended.size());
  const auto same = static_cast<size_t>(
      std::mismatch(found.begin(), found.end(), appended.begin()).first - found.begin());
  if (same == found.size()) return "";
  if (same < synced) return "synced bytes are others" + at(same);
  // Zeros from a place that is not behind the first difference.
  const size_t last_data = found.find_last_not_of('\0');
  const size_t zeros_from = last_data == std::string_view::npos ? 0 : last_data + 1;
  if (zeros_from > same) return "neither what was appended nor zeros to the end" + at(same);
  const size_t sector = same / kSectorBytes * kSectorBytes;
  if (sector >= zeros_from || synced >= zeros_from) return "";
  // A line that ends where the difference is, or before it in what would have been zeros anyway.
  if (same > 0 && appended[same - 1] == '\n') return "";
  return "zeros begin within a sector" + at(zeros_from);
}

}  // namespace logslice::testing
