// This header defines check_log, which tells what is wrong with a log and what mends it.
// What is found, and what it means: specs/command.md, "doctor".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"

namespace logslice {

enum class LogFindingKind {
  kUnreadable,          // a file that cannot be opened or read to its end
  kArchiveDamage,       // a piece of an archive that cannot be inflated, or is not what it was
  kDamagedLine,         // no JSON object
  kInvalidUtf8,         // a damaged line with bytes that are not UTF-8
  kNulBytes,            // a damaged line with NULs: a hole in the file, or a page that was lost
  kLongLine,            // longer than line_bytes_max
  kSeqConflict,         // two segments have different entries of one __seq__
  kSeqRepeated,         // a __seq__ that an entry before has
  kSeqBack,             // a lower __seq__ behind a higher one
  kSegmentRange,        // a sealed segment holds other numbers than its name says
  kTornTail,            // bytes behind the last newline of a file
  kPermissions,         // wider than 0600
  kHardLink,            // a second name, under which a second writer would not see the lock
  kSymlink,             // the path is a symbolic link: readers follow it, writers refuse it
  kSeqMissing,          // numbers that no entry has
  kSeqNone,             // entries without __seq__
  kTimeBack,            // an earlier __ts__ behind a later one
  kSegmentOverlap,      // lines that stand in two segments, byte for byte the same
  kSegmentInBothForms,  // a sealed segment beside its archive
  kUnfinishedArchive,   // the beginning of an archive that was never finished
  kSidecar,             // content that no writer wrote
  kWriter,              // a writer has the log open
};

// "unreadable", "damaged_line", "invalid_utf8", …
std::string_view log_finding_name(LogFindingKind kind);

enum class LogFindingSeverity {
  kRemark,  // good to know; there is nothing to mend
  kDamage,  // `mend` says what mends it
};

struct LogFinding {
  LogFindingKind kind;
  LogFindingSeverity severity;
  std::string path;                     // of the file it was found in
  std::optional<int64_t> offset_bytes;  // in that file, of an archive in its text; nothing if it is
                                        // about no place in it
  int64_t line_number = 0;              // in that file, from 1; 0: about no line
  int64_t first_seq = 0;                // of the entries it is about, inclusive; 0: about none
  int64_t last_seq = 0;
  std::string text;  // what it is, without the place
  std::string mend;  // the command that mends it, or what to do; empty for a remark
};

struct CheckOptions {
  // Findings of one kind that are told one by one; a last one says how many more there are. >= 1.
  int64_t findings_per_kind_max = 10;

  // A longer line, its newline included, is damaged. It is not read into memory. >= 1.
  int64_t line_bytes_max = kDefaultLineBytesMax;

  // Must outlive the call.
  FileSystem* file_system = &posix_file_system();
};

struct LogCheck {
  std::vector<LogFinding> findings;  // damage first; then by kind; then as they stand in the log
  int64_t damage_count = 0;          // of findings, those counted in "more" too
  int64_t remark_count = 0;
  bool is_complete = true;  // false: some of the log could not be read

  int64_t entry_count = 0;
  int64_t file_count = 0;  // archives, sealed segments and the active file
  int64_t bytes = 0;       // of those; of archives, of their text

  bool is_sound() const { return damage_count == 0; }
};

// Reads the whole log once, all segments, in bounded memory. Never changes anything; may run beside
// a writer. NotFound: no such log. InvalidArgument: something that is no regular file, named, or an
// option out of range. Otherwise what the operating system said when nothing could be read.
absl::StatusOr<LogCheck> check_log(const std::filesystem::path& path,
                                   const CheckOptions& options = {});

}  // namespace logslice
