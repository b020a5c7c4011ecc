// This header defines LogLines, which reads a log line by line without knowing its types.
//
//   absl::StatusOr<LogLines> lines = scan_lines(path, {.start_seq = 10});
//   while (lines->next()) print(lines->line().text);
//   if (!lines->status().ok()) …
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/scan_options.h"

namespace logslice {

namespace internal {
class LineSource;
}

// One committed line. The views hold until the next call of next().
struct LogLine {
  std::string_view text;  // without its newline; of a line that is too long, its beginning
  std::string_view type;  // the type id, unescaped; empty if the line states none
  int64_t seq = 0;        // 0: none; ScanOptions::unnumbered can give one to each sound line
  std::optional<absl::Time> ts;
  std::string_view path;     // of the file it stands in: the active one or a sealed segment
  int64_t offset_bytes = 0;  // of the line's first byte in that file; in an archive, in its text
  int64_t line_number = 0;   // in that file, from 1, blank lines counted
  bool is_too_long = false;  // `text` is only its beginning
  bool is_archive_damage = false;  // no line, but a piece of an archive that cannot be read
  std::string_view damage;         // why the line is no entry; empty for a sound one
  std::string_view conflict;  // where another entry of the same seq stands; empty if there is none
};

struct LineScanOptions {
  // strict: the first damaged line ends the scan with an error; otherwise it is handed out, with
  // `damage` set, whatever the filters.
  ScanOptions scan;

  // Only lines of this type id, and with untyped_as_entry those without one; empty: all. Aliases
  // are not known here.
  std::string type;
};

// LogLines hands out the lines of a log, oldest first, all segments, blank lines left out. Memory:
// bounded by the longest line, at most line_bytes_max. Reads what is there when it gets to the end;
// a line being written is not seen until its newline is. Never modifies the log. Threads: one at a
// time.
class LogLines {
 public:
  explicit LogLines(std::unique_ptr<internal::LineSource> scanner);
  LogLines(LogLines&&) noexcept;
  LogLines& operator=(LogLines&&) noexcept;
  ~LogLines();

  // Goes on to the next line that passes the filters. False at the end and on an error.
  bool next();
  const LogLine& line() const;

  // DataLoss (kParse), naming file, byte offset, line number and reason, if strict found a damaged
  // line; otherwise what the operating system said when it could not read on.
  const absl::Status& status() const;
  const ScanStats& stats() const;

 private:
  std::unique_ptr<internal::LineSource> scanner_;
};

// NotFound: no such log. InvalidArgument: something that is no regular file, named, or an option
// out of range.
absl::StatusOr<LogLines> scan_lines(const std::filesystem::path& path,
                                    const LineScanOptions& options = {});

// The last `count` sound lines that pass the filters, oldest first, and the damaged ones among and
// behind them; fewer if there are fewer. Finds them backward from the end. Strict: also of what is
// read backward. Errors as scan_lines; a negative count is InvalidArgument, and so
// is unnumbered = kCountOn.
absl::StatusOr<LogLines> last_lines(const std::filesystem::path& path, int64_t count,
                                    const LineScanOptions& options = {});

}  // namespace logslice
