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
// any byte, in which sectors that did not reach the device in time are zeros, whatever stands
// behind them. Zeros end where a sector or the file does. They begin with a sector, where the
// synced part ends, or behind a line: the kernel may have written the page back of its own accord
// when the file ended there.
//
// What is appended has no zeros of its own. Empty if `found` is legal; otherwise what is wrong.
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
  for (size_t begin = 0, end = 0;; begin = end) {
    // The next run of zeros where there should be none.
    while (begin < found.size() && found[begin] == appended[begin]) ++begin;
    if (begin == found.size()) return "";
    if (begin < synced) return "synced bytes are others" + at(begin);
    if (found[begin] != '\0') return "neither what was appended nor zeros" + at(begin);
    if (begin % kSectorBytes != 0 && begin != synced && appended[begin - 1] != '\n') {
      return "zeros begin within a sector" + at(begin);
    }
    end = std::min(found.find_first_not_of('\0', begin), found.size());
    if (end % kSectorBytes != 0 && end != found.size()) {
      return "zeros end within a sector" + at(end);
    }
  }
}

}  // namespace logslice::testing
