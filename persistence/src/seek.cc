#include "seek.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "io_status.h"
#include "line_counter.h"
#include "log_paths.h"
#include "segment_name.h"
#include "sidecar.h"

namespace logslice::internal {

namespace {

constexpr int64_t kProbeBytes = 8 << 10;
constexpr int64_t kCloseEnoughBytes = 2 * kProbeBytes;  // the reader reads more than that at once

LineStamp stamp_of(std::string_view line) {
  LineStamp stamp;
  if (read_canonical_stamp(line, &stamp)) return stamp;
  if (is_blank(line)) return {};
  LineMetadata metadata = read_line_metadata(line);
  return metadata.valid ? metadata.stamp : LineStamp{};
}

class Bisection {
 public:
  Bisection(File& file, const std::string& path, const SeekTarget& target)
      : file_(file),
        path_(path),
        target_(target),
        block_(std::make_unique_for_overwrite<char[]>(kProbeBytes)) {}

  absl::StatusOr<int64_t> run() {
    const StatResult stat = file_.stat();
    if (!stat.ok()) return io_error(stat.error, "cannot stat", path_);
    int64_t low = 0;  // a line begins here; those before it are all before the target
    int64_t high = stat.stat.size_bytes;
    while (high - low > kCloseEnoughBytes) {
      const int64_t middle = low + (high - low) / 2;
      absl::StatusOr<std::optional<int64_t>> behind = end_of_lines_before_target(middle, high);
      if (!behind.ok()) return behind.status();
      if (behind->has_value()) {
        low = **behind;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  // Looks at the first block of lines in [from, to) that have stamps, from the first newline on. If
  // all of them come before the target, the offset behind the last one. Nothing if not, or if there
  // are none: then the place may be before `from`.
  absl::StatusOr<std::optional<int64_t>> end_of_lines_before_target(int64_t from, int64_t to) {
    bool is_at_line = false;
    while (from < to) {
      const size_t wanted = static_cast<size_t>(std::min(kProbeBytes, to - from));
      const IoResult read = file_.read_at(block_.get(), wanted, from);
      if (!read.ok()) return io_error(read.error, "cannot read", path_);
      if (read.value == 0) break;
      const std::string_view block(block_.get(), static_cast<size_t>(read.value));
      size_t line_start = is_at_line ? 0 : block.find('\n') + 1;
      if (!is_at_line && line_start == 0) {
        from += read.value;
        continue;
      }
      std::optional<int64_t> stamped_end;
      for (size_t newline = block.find('\n', line_start); newline != std::string_view::npos;
           newline = block.find('\n', line_start)) {
        const LineStamp stamp = stamp_of(block.substr(line_start, newline - line_start));
        line_start = newline + 1;
        if (stamp.seq == 0 && !stamp.ts.has_value()) continue;
        if (!target_.is_behind(stamp)) return std::nullopt;
        stamped_end = from + static_cast<int64_t>(line_start);
      }
      if (stamped_end.has_value()) return stamped_end;
      // A line that is longer than the block is passed over.
      is_at_line = line_start > 0;
      from += is_at_line ? static_cast<int64_t>(line_start) : read.value;
    }
    return std::nullopt;
  }

  File& file_;
  const std::string& path_;
  const SeekTarget& target_;
  const std::unique_ptr<char[]> block_;
};

}  // namespace

bool is_ordered(const std::string& log_path, const ScanOptions& options) {
  // Lines of other programs have what order they like, and can only be counted from the start.
  if (!options.time_member.empty() || options.unnumbered == UnnumberedLines::kCountOn) return false;
  switch (options.order) {
    case LineOrder::kOrdered:
      return true;
    case LineOrder::kUnknown:
      return false;
    case LineOrder::kDetect:
      break;
  }
  const size_t name_start = log_path.rfind('/') + 1;
  const std::optional<std::string> log_name =
      log_name_of_segment(std::string_view(log_path).substr(name_start));
  const std::string path =
      log_name.has_value() ? log_path.substr(0, name_start) + *log_name : log_path;
  const OpenResult sidecar = options.file_system->open(sidecar_path(path), OpenMode::kRead);
  if (!sidecar.ok()) return false;
  const StatResult stat = sidecar.file->stat();
  if (!stat.ok() || stat.stat.kind != FileKind::kRegular) return false;
  // A crash may have left it torn: its beginning tells whose it is.
  constexpr std::string_view kBeginning = R"({"version":)";
  char begin[kBeginning.size()];
  const IoResult read = sidecar.file->read_at(begin, sizeof(begin), 0);
  return read.ok() && std::string_view(begin, static_cast<size_t>(read.value)) == kBeginning;
}

absl::StatusOr<int64_t> find_start(File& file, const std::string& path, const SeekTarget& target) {
  return Bisection(file, path, target).run();
}

}  // namespace logslice::internal
