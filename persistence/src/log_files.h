// This header defines which files make up a log, in the order in which they are read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"
#include "segment_name.h"

namespace logslice::internal {

// The sealed segments of the log at `log_path`, in the order of SegmentName; none if the directory
// does not exist. Of one that is there in both forms the plain one: its archive may be unfinished
// business.
absl::StatusOr<std::vector<SegmentName>> list_sealed(FileSystem& file_system,
                                                     const std::string& log_path);

// The paths of the archives that another program made of the log, in the order of their names.
absl::StatusOr<std::vector<std::string>> list_foreign_archives(FileSystem& file_system,
                                                               const std::string& log_path);

// Both, and what is left of archives that were never finished (`<segment>.gz.tmp`), by one look.
struct FilesBeside {
  std::vector<std::string> foreign_archives;  // paths, as those of unfinished ones
  std::vector<SegmentName> sealed;
  std::vector<std::string> unfinished_archives;
};
absl::StatusOr<FilesBeside> list_files_beside(FileSystem& file_system, const std::string& log_path);

// One file of a log.
struct LogFile {
  enum class Kind {
    kForeignArchive,  // before all others, in the order of their names
    kSealed,
    kActive,
  };

  std::string path;
  Kind kind = Kind::kActive;
  std::optional<SegmentName> sealed;  // of a sealed one
  std::unique_ptr<File> file;         // of the active file; sealed ones are opened when it is time
  FileStat stat;                      // of the active file
  size_t order = 0;                   // in its group, for whoever takes it apart
  int64_t start_bytes = 0;            // where reading begins: 0, or behind a newline

  // The range of its entries; of the active file, only where there are sealed ones that it may
  // overlap with. A file without any __seq__ comes last; of a foreign archive it is not known.
  int64_t first_seq = 0;
  int64_t last_seq = 0;
};

// A group is files whose ranges overlap, so that they are read together; mostly there is one. Later
// files come later, in a group and among groups.
using LogFileGroup = std::vector<LogFile>;

// The files of the log as they were at one moment, though a writer may be sealing. NotFound:
// neither an active file nor a sealed one. InvalidArgument: the path is no regular file.
absl::StatusOr<std::vector<LogFileGroup>> list_log_files(FileSystem& file_system,
                                                         const std::string& log_path,
                                                         int64_t line_bytes_max);

}  // namespace logslice::internal
