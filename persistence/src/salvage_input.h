// This header defines SalvageInput, the files that salvage_log reads, by offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// Archives are read as their text. The files are known by their place in the order in which later
// ones win. One is open at a time, so that their number has no bound. Memory: a cache of blocks.
// Threads: one.
class SalvageInput {
 public:
  // All files of the log as they are now. Errors as salvage_log.
  static absl::StatusOr<SalvageInput> open(FileSystem& file_system, const std::string& log_path);

  size_t file_count() const { return files_.size(); }
  const std::string& path(size_t index) const { return files_[index].path; }
  // Of the text, if it is an archive.
  int64_t size_bytes(size_t index) const { return files_[index].size_bytes; }
  int64_t bytes() const;  // of all files
  // Its lines have no numbers, and come before all that have some.
  bool is_foreign_archive(size_t index) const { return files_[index].is_foreign_archive; }

  // Valid until the next call with another index. Unavailable: it is another file by now.
  absl::StatusOr<File*> file(size_t index);

  // A line that is too long to be read as one.
  void add_long_line(size_t index, int64_t offset_bytes, int64_t size_bytes) {
    long_lines_[{index, offset_bytes}] = size_bytes;
  }
  // 0 if none begins there.
  int64_t long_line_bytes(size_t index, int64_t offset_bytes) const;

  // Replaces `line` by the bytes from `offset_bytes` up to the next newline, which must be there.
  absl::Status read_line(size_t index, int64_t offset_bytes, std::string& line);

  // Unavailable if a file is not what it was, or there are others.
  absl::Status check_unchanged();

 private:
  struct InputFile {
    std::string path;
    bool is_foreign_archive = false;
    int64_t file_size_bytes = 0;
    int64_t size_bytes = 0;  // of its text
    uint64_t device = 0;
    uint64_t inode = 0;
  };
  struct Block {
    size_t index = 0;
    int64_t number = -1;  // -1: nothing is in it
    int64_t last_use = 0;
    std::string bytes;
  };

  SalvageInput(FileSystem& file_system, std::string log_path)
      : file_system_(&file_system), log_path_(std::move(log_path)) {}

  absl::Status list(std::vector<InputFile>& files) const;
  absl::StatusOr<std::string_view> read_block(size_t index, int64_t number);
  absl::Status changed(const std::string& path) const;

  FileSystem* file_system_;
  std::string log_path_;
  std::vector<InputFile> files_;
  std::map<std::pair<size_t, int64_t>, int64_t> long_lines_;

  std::unique_ptr<File> open_file_;
  size_t open_index_ = 0;

  std::vector<Block> blocks_;
  size_t last_block_ = 0;
  int64_t use_count_ = 0;
};

}  // namespace logslice::internal
