// This header defines salvage_log, which writes what can be saved of a log to a new one.
// What is saved, and in which order: specs/command.md, "recover".
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "logslice/persistence/clock.h"
#include "logslice/persistence/file_system.h"
#include "logslice/persistence/log_persistence_config.h"

namespace logslice {

struct SalvageOptions {
  // A longer line, its newline included, is not saved. It is not read into memory. >= 1.
  int64_t line_bytes_max = kDefaultLineBytesMax;

  // Both must outlive the call. The clock's time goes into the new log's sidecar.
  FileSystem* file_system = &posix_file_system();
  Clock* clock = &system_clock();
};

// Where each byte of the input went. The four parts add up to all of it.
struct SalvageReport {
  // Of archives, of their text, and what of their own bytes could not be inflated.
  int64_t input_bytes = 0;
  int64_t input_file_count = 0;  // archives, sealed segments and the active file

  int64_t saved_count = 0;  // entries in the new log
  int64_t saved_bytes = 0;
  int64_t quarantined_count = 0;  // pieces in the quarantine file
  int64_t quarantined_bytes = 0;  // of the input; its header lines are not counted
  int64_t duplicate_count = 0;    // entries left out because the same bytes were saved already
  int64_t duplicate_bytes = 0;
  int64_t blank_count = 0;  // lines of nothing but white space, left out
  int64_t blank_bytes = 0;

  int64_t first_seq = 0;  // of the new log; 0: none
  int64_t last_seq = 0;

  std::string out_path;         // the new log
  std::string quarantine_path;  // `<new log>.quarantine`; empty: there was no need of one

  bool is_all_saved() const { return quarantined_count == 0; }
};

// Writes every entry of the log at `path` that can be saved to a new log at `out_path`, in the
// order of __seq__, and all else to `<out_path>.quarantine`. The input is read twice and never
// changed; memory grows with the places where its order breaks, not with its size. The new log is
// there as a whole or, after a failure or a crash, not at all. Durable when it returns.
//
// NotFound: no such log. AlreadyExists: there is something at `out_path` or where its other files
// would be. InvalidArgument: something that is no regular file, an `out_path` that cannot be a log,
// or an option out of range. Unavailable: a writer has the log open, or it changed meanwhile.
// Otherwise what the operating system said.
absl::StatusOr<SalvageReport> salvage_log(const std::filesystem::path& path,
                                          const std::filesystem::path& out_path,
                                          const SalvageOptions& options = {});

}  // namespace logslice
