// This header defines DataFile, the file at a log's path: whole lines go in, or nothing does.
// What it does when the disk or somebody else interferes: specs/recovery.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/file_system.h"
#include "recovery.h"

namespace logslice::internal {

// DataFile keeps one invariant: between calls the file ends behind a newline, or `repair_` says
// what must be done before the next line is written. So an entry is never glued to a torn line.
// Threads: one.
class DataFile {
 public:
  // What became of the file since it was last looked at.
  enum class Change { kNone, kRenamed, kDeleted, kTruncated, kGrown };

  struct WriteOutcome {
    int64_t bytes_written = 0;  // whole lines that are in the file
    absl::Status status;        // why it is not all of them
  };

  DataFile(FileSystem& file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}

  // Opens the file at the path, if there is one, and recovers its tail; nothing if there is none
  // yet. InvalidArgument: no regular file. FailedPrecondition: a second hard link, or not a log.
  absl::StatusOr<std::optional<RecoveredTail>> open_existing(const RecoveryOptions& options);

  bool is_open() const { return file_ != nullptr; }
  int64_t size_bytes() const { return size_bytes_; }  // whole lines that are in the file

  // Creates the file at the path, which must not exist. AlreadyExists if it does.
  absl::Status create();

  // Appends `lines`, which are whole, by one write(2) unless that comes out short.
  WriteOutcome write_lines(std::string_view lines);

  // Makes everything written durable, but not the file's name. A failure is final: do not
  // call it again for this file.
  absl::Status sync_data();
  // Makes the file's name durable, where that has not been done since it was opened or made; the
  // first time also the directories' that lead to it.
  absl::Status sync_directory();

  // Gives the file another name, which nothing has yet, and makes both names durable: a new file at
  // the path must not be found without this one. Then it is to be let go of. A failure can be tried
  // again.
  absl::Status seal_as(const std::string& sealed_path);
  // Whether seal_as() has come that far: nothing is to be written to it any more.
  bool is_renamed() const { return is_renamed_; }
  // Whether there is nothing in it but the beginning of our first line; if it can be told.
  bool holds_only_torn_bytes();
  // Removes the file, which holds no whole line, and lets go of it.
  absl::Status remove();
  // Whether a torn line is at its end that could not be cut off: the file can only be sealed.
  bool is_stuck() const { return is_stuck_; }
  // Whether it ends behind a whole line, as far as is known: no write has failed since one was
  // good.
  bool is_sound() const { return repair_ == Repair::kNone && !is_end_unknown_; }
  // With which __seq__ it begins, see find_first_seq().
  absl::StatusOr<int64_t> first_seq(int64_t line_bytes_max);
  // The first __ts__ in it, see find_first_ts().
  std::optional<absl::Time> first_ts(int64_t line_bytes_max);

  // Looks whether the file is still the one at the path and as long as it was left.
  absl::StatusOr<Change> check();
  // Whether a failed write may have left lines behind that are not counted yet.
  bool is_end_unknown() const { return is_end_unknown_; }

  // Recovers the tail again, after somebody else has changed it.
  absl::StatusOr<RecoveredTail> recover_again(const RecoveryOptions& options);

  // Lets go of the file; the next write needs open_existing() or create().
  void detach();
  // So that it can still be synced.
  std::unique_ptr<File> release();

 private:
  enum class Repair {
    kNone,
    kCut,      // torn_bytes_ behind size_bytes_ have to go
    kEndLine,  // they cannot be cut, somebody else's bytes lie behind them: end their line
  };

  absl::Status repair();
  absl::Status try_repair();
  size_t left_behind(std::string_view rest, int64_t behind);

  FileSystem& file_system_;
  const std::string path_;
  std::unique_ptr<File> file_;
  FileStat identity_;
  int64_t size_bytes_ = 0;
  int64_t torn_bytes_ = 0;
  Repair repair_ = Repair::kNone;
  bool is_stuck_ = false;
  bool is_end_unknown_ = false;
  bool is_renamed_ = false;  // by seal_as(), which has not come further
  bool needs_directory_sync_ = false;
  bool has_durable_directories_ = false;
};

}  // namespace logslice::internal
