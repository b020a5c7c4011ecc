#include "salvaged_line.h"

#include <algorithm>
#include <utility>

#include "line_counter.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr std::string_view kEntryStart = "{\"__type__\":\"";
// Entries whose values hold entries have this more than once.
constexpr int kStartsTried = 32;

LineJudgement entry_behind(size_t start, LineMetadata metadata, std::string problem) {
  return {LineJudgement::Kind::kEntry, metadata.stamp.seq, start, std::move(problem)};
}

}  // namespace

LineJudgement judge_line(std::string_view line) {
  if (is_blank(line)) return {LineJudgement::Kind::kBlank, 0, 0, ""};
  LineMetadata whole = read_line_metadata(line);
  if (whole.valid) return entry_behind(0, std::move(whole), "");
  LineJudgement damaged;
  damaged.problem = std::move(whole.problem);
  if (const auto nuls = std::count(line.begin(), line.end(), '\0'); nuls > 0) {
    damaged.problem = concat(nuls, nuls == 1 ? " NUL byte" : " NUL bytes");
  }
  // 1. Behind a hole: a file that was cut, and then written where it had ended before.
  const size_t nul_count = std::min(line.find_first_not_of('\0'), line.size());
  if (nul_count > 0 && nul_count < line.size()) {
    LineMetadata rest = read_line_metadata(line.substr(nul_count));
    if (rest.valid) return entry_behind(nul_count, std::move(rest), std::move(damaged.problem));
  }
  // 2. Behind a line that broke off. A quote inside a string is escaped, so what begins like an
  //    entry and is sound to the end of the line is one.
  size_t start = line.rfind(kEntryStart);
  for (int tried = 0; tried < kStartsTried && start != std::string_view::npos && start > 0;
       ++tried) {
    LineMetadata rest = read_line_metadata(line.substr(start));
    if (rest.valid && rest.stamp.seq > 0) {
      return entry_behind(start, std::move(rest), std::move(damaged.problem));
    }
    start = line.rfind(kEntryStart, start - 1);
  }
  return damaged;
}

}  // namespace logslice::internal
