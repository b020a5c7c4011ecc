// This header defines LogReader, which reads the files of a log forward as one sequence.
// Rules: specs/log-format.md, "Segments".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "file_anchor.h"
#include "line_reader.h"
#include "log_files.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/scan_options.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "seek.h"
#include "segment_name.h"
#include "unread_block.h"

namespace logslice::internal {

// LogReader hands out blocks of whole lines as LineReader does, and whoever reads moves `at`
// through them. Where the ranges of files overlap, it merges them by __seq__, line by line: entries
// equal in seq and bytes come once; of unequal ones the later file's. What a writer seals or begins
// while it reads is read, too. Memory: a LineReader for each file that overlaps at the place at
// hand. Threads: one.
class LogReader {
 public:
  using Fill = LineReader::Fill;

  // Errors as scan_log. `path` may begin with `~`.
  static absl::StatusOr<LogReader> open(FileSystem& file_system, const std::string& path,
                                        int64_t line_bytes_max);
  // In an ordered log it begins near the first entry that passes start_seq and since.
  static absl::StatusOr<LogReader> open(const std::string& path, const ScanOptions& options);

  // Whether the log is ordered, as far as that made a difference to where it begins or ends.
  bool is_ordered() const { return is_ordered_; }

  // Where a reader begins that does not begin at the start, as it was found out before.
  struct Start {
    std::vector<LogFileGroup> files;  // in the order of list_log_files, each from its start_bytes
    std::set<SegmentName> passed;     // sealed segments that are there and are not read
    LineStamp last;                   // the highest that is before them
    LineStamp handed_out;             // what they have up to here is not read either
  };
  // Begins there. `path` is resolved.
  static absl::StatusOr<LogReader> open_at(const std::string& path, const ScanOptions& options,
                                           Start start);
  // A reader that look_again() takes past kEnd, again and again. The log need not exist. Without a
  // start it begins as open() does. `path` is resolved.
  static absl::StatusOr<LogReader> follow(const std::string& path, const ScanOptions& options,
                                          std::optional<Start> start);

  // Reads on. Call it when at() == committed_end(). All lines of a block are of one file.
  Fill fill();

  // After kEnd of a follower: the next fill() goes on with what was written since.
  void look_again();
  // What somebody did to the active file, before the lines at hand; said once.
  bool has_change() const { return change_.has_value(); }
  std::optional<LogChange> take_change() { return std::exchange(change_, std::nullopt); }

  const char* at() const { return at_; }
  const char* committed_end() const { return committed_end_; }
  // Over one line.
  void advance_line(const char* next) {
    at_ = next;
    ++lines_taken_;
  }
  // Over the rest of the block: so many lines, if anybody counts them.
  void advance_block(int64_t line_count = 0) {
    at_ = committed_end_;
    lines_taken_ += line_count;
  }

  // Whether the block at hand is a line that was merged, which alone is counted in line_number() by
  // itself; the lines of other blocks are whoever reads them to count.
  bool block_is_merged_line() const { return block_is_merged_line_; }
  // Passes over the block that fill() would hand out next, for whoever reads it later. It is the
  // block at hand then, without its lines. Null where only fill() can tell what comes next. Call it
  // when at() == committed_end().
  std::optional<UnreadBlock> pass_block();
  // Of the file of the block at hand: the same for all its blocks.
  int64_t file_id() const { return current_->id; }
  std::shared_ptr<const std::string> shared_path() const { return current_->shared_path; }

  // Of a line of the block at hand, in its file.
  int64_t offset_of(const char* line) const { return current_->reader.offset_of(line); }
  // Of the line at hand, or the long one.
  int64_t offset_bytes() const { return offset_of(at_); }
  // 0 where reading began in the middle of the file.
  int64_t line_number() const {
    return current_->has_line_numbers ? current_->lines_passed + lines_taken_ + 1 : 0;
  }
  const std::string& path() const { return current_->path; }
  const std::string& log_path() const { return path_; }

  const LineReader::LongLine& long_line() const { return current_->reader.long_line(); }
  // If the line at hand stands in another file, too, and differently: which the two places are.
  const std::string& conflict() const { return conflict_; }

  // So far, over all files.
  int64_t torn_bytes() const { return torn_bytes_; }
  int64_t overlap_count() const { return overlap_count_; }  // lines read once that are there twice
  int64_t overlap_bytes() const { return overlap_bytes_; }
  int64_t conflict_count() const { return conflict_count_; }  // of those, unequal ones
  int64_t file_count() const { return file_count_; }

  const absl::Status& status() const { return status_; }

 private:
  // One file. While merging, the line at hand stands at reader.at() and is not taken yet.
  struct Source {
    Source(std::unique_ptr<File> opened, const LogFile& log_file, int64_t line_bytes_max)
        : file(std::move(opened)),
          path(log_file.path),
          kind(log_file.kind),
          sealed(log_file.sealed),
          stat(log_file.stat),
          reader(*file, path, line_bytes_max) {}

    const std::shared_ptr<File> file;
    const std::string path;
    const std::shared_ptr<const std::string> shared_path = std::make_shared<std::string>(path);
    int64_t id = 0;
    const LogFile::Kind kind;
    const std::optional<SegmentName> sealed;
    const FileStat stat;  // of the active file
    size_t order = 0;     // in its group
    LineReader reader;
    int64_t lines_passed = 0;
    bool has_line_numbers = true;
    LineStamp handed_out;  // what it has up to here was handed out before it was found
    FileAnchor anchor;     // of the active file of a follower: before what is read next

    std::string_view line;  // without its newline; empty if the next one is not looked at yet
    LineStamp stamp;        // of that line
    int64_t seq = 0;        // 0: none
  };

  LogReader(FileSystem& file_system, std::string path, int64_t line_bytes_max);

  // At a resolved path; nothing is looked at yet.
  static absl::StatusOr<LogReader> prepare(std::string path, const ScanOptions& options);
  absl::Status begin();
  void pass_groups_before_start();
  absl::Status start_source(Source& source, int64_t start_bytes);
  bool open_next_group();
  // Opens those of the files at hand that begin first. False if they are gone, and on an error.
  bool open_next_sources();
  int64_t next_file_seq() const;
  bool find_more_files();
  // The active file has ended before, and is looked at once more.
  void read_on_in_active();
  // The last stamp with a number in the lines; one without, if many at their end have none. Null:
  // lines before these would have to be looked at.
  static std::optional<LineStamp> last_stamp_of(std::string_view lines);
  // Whether the next file may begin before the end of a block whose last stamp this is.
  bool may_reach_next_file(const LineStamp& last) const;
  absl::Status queue_new_files();
  bool is_active_of_before(const LogFile& file) const;
  void queue(std::vector<LogFileGroup> groups);
  void follow_on();
  // One fill() of a file's reader.
  Fill read_block(Source& source);
  // Whether an archive that another program made is of a file that was followed to its end.
  bool is_former(const LogFile& file) const;
  static bool is_later(const LineStamp& one, const LineStamp& other);
  // Whether all of the file was handed out before it was found under this name.
  static bool is_passed_over(const Source& source);
  // What a listing says about the active file of before, and whether to go on reading it.
  void look_for_change(const absl::Status& listed);
  Fill fill_from(const std::shared_ptr<Source>& source);
  Fill fill_merged();
  // Looks at the source's next line. kEnd: there is none, and the source is gone.
  Fill look(size_t index);
  void hand_out(const std::shared_ptr<Source>& source, const char* end);
  void pass_equals_of(size_t winner);
  void pass_line(Source& source);
  void finish_block();
  void finish_source(size_t index);

  FileSystem* file_system_;
  std::string path_;
  int64_t line_bytes_max_;
  bool is_ordered_ = false;
  SeekTarget start_;

  std::vector<LogFileGroup> waiting_;  // the next one last
  LogFileGroup unopened_;              // of the group at hand: opened when their range has come
  std::vector<std::shared_ptr<Source>> sources_;  // of the group at hand; later ones win
  std::set<SegmentName> listed_;  // sealed files that are there and were read, or are waiting
  std::set<std::string> foreign_listed_;  // likewise the paths of foreign archives

  // The active file, read to its end. It is kept open, so that its inode is not given to another.
  std::shared_ptr<Source> active_;
  bool active_is_drained_ = false;   // and no longer written
  bool active_ended_early_ = false;  // when others of its group were not read to their ends
  int64_t active_torn_bytes_ = 0;
  // The highest that was handed out: files that are found late may begin with lines from before.
  LineStamp last_;
  LineStamp handed_out_;  // last_ when the files at hand were listed

  bool is_following_ = false;
  bool active_is_sealed_ = false;  // it was found under another name of the log
  bool removal_is_told_ = false;
  FileAnchor former_;  // the end of the active file before, if it had no name of the log then
  std::optional<LogChange> change_;

  std::shared_ptr<Source> current_;  // of the block handed out last
  bool has_block_ = false;           // which is handed out still
  bool block_is_long_line_ = false;
  bool block_is_merged_line_ = false;
  const char* at_ = nullptr;
  const char* committed_end_ = nullptr;
  int64_t lines_taken_ = 0;
  std::string conflict_;

  int64_t torn_bytes_ = 0;
  int64_t overlap_count_ = 0;
  int64_t overlap_bytes_ = 0;
  int64_t conflict_count_ = 0;
  int64_t file_count_ = 0;
  absl::Status status_;
};

}  // namespace logslice::internal
