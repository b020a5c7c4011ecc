// This header defines BackwardLogReader, which walks the lines of a log's files from the end to the
// start. Rules: specs/log-format.md, "Segments".
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "archive_damage.h"
#include "backward_line_reader.h"
#include "log_files.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// LogReader the other way round: the same lines, the last one first, of the files that were there
// when it was opened. Of entries with the same __seq__ in overlapping files the later file's comes.
// Memory: a BackwardLineReader for each file that overlaps at the place at hand. Threads: one.
class BackwardLogReader {
 public:
  // Errors as scan_log. `path` may begin with `~`.
  static absl::StatusOr<BackwardLogReader> open(FileSystem& file_system, const std::string& path,
                                                int64_t line_bytes_max);

  // Goes to the line before. False at the start of the log and on an error.
  bool previous();

  // As in BackwardLineReader.
  std::string_view line() const { return current_->reader.line(); }
  bool is_too_long() const { return current_->reader.is_too_long(); }
  int64_t offset_bytes() const { return current_->reader.offset_bytes(); }
  const std::string& path() const { return current_->path; }
  // Of the archive that the line stands in: what is known to be wrong with it, or with what stands
  // behind it. Null: nothing.
  const ArchiveDamage* damage() const;
  // DataLoss if one of the files that have been read to their start is a damaged archive.
  const absl::Status& passed_damage() const { return passed_damage_; }
  const std::string& log_path() const { return log_path_; }

  const absl::Status& status() const { return status_; }

  // The files from the line at hand on (without one: all that was walked), as a LogReader begins
  // with them, and the sealed segments before. The reader is of no use afterwards.
  struct Rest {
    std::vector<LogFileGroup> files;
    std::set<SegmentName> passed;
  };
  Rest take_rest();

 private:
  struct Source {
    Source(LogFile opened, int64_t committed_end, int64_t line_bytes_max)
        : log_file(std::move(opened)),
          path(log_file.path),
          order(log_file.order),
          reader(*log_file.file, path, committed_end, line_bytes_max) {}

    LogFile log_file;
    const std::string path;
    const size_t order;  // in its group
    BackwardLineReader reader;
    bool has_line = false;
    int64_t seq = 0;  // of that line; 0: none
  };

  BackwardLogReader(FileSystem& file_system, std::string log_path, std::vector<LogFileGroup> groups,
                    int64_t line_bytes_max)
      : file_system_(&file_system),
        log_path_(std::move(log_path)),
        waiting_(std::move(groups)),
        line_bytes_max_(line_bytes_max) {}

  bool open_previous_group();
  // Opens those of the files at hand that end last. False on an error.
  bool open_next_sources();
  int64_t next_file_seq() const;
  absl::Status open_source(LogFile file);
  bool look();
  // Remembers the file for take_rest().
  void walk_past(Source& source, int64_t start_bytes);
  void note_damage_of(const Source& source);
  void choose();
  void pass_equals();

  FileSystem* file_system_;
  std::string log_path_;
  std::vector<LogFileGroup> waiting_;  // the next one last
  LogFileGroup unopened_;              // of the group at hand
  int64_t line_bytes_max_;
  std::vector<std::unique_ptr<Source>> sources_;  // later ones win
  std::vector<LogFileGroup> walked_;              // the last one first; the group at hand last
  Source* current_ = nullptr;                     // one of sources_
  absl::Status passed_damage_;
  absl::Status status_;
};

}  // namespace logslice::internal
