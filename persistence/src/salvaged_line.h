// This header defines judge_line, which finds what of a line can be saved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace logslice::internal {

struct LineJudgement {
  enum class Kind { kBlank, kEntry, kDamaged };

  Kind kind = Kind::kDamaged;
  int64_t seq = 0;         // of the entry; 0: it has none
  size_t entry_start = 0;  // what stands before it in the line is damage
  std::string problem;     // of the damage, if there is some
};

// `line` is without its newline. An entry is a sound line, or the sound end of one that is not:
// what was written behind a line that had broken off, or behind a hole of NULs.
LineJudgement judge_line(std::string_view line);

}  // namespace logslice::internal
