// This header defines Diagnostic, what the library has to say beside return values, and the sink
// that takes it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"

namespace logslice {

enum class Severity {
  kInfo,    // the normal course: nobody need look. The default sink leaves it out.
  kNotice,  // good news after bad
  kWarning,
  kError,
};

// One structured event. Members that an event has no use for stay at their defaults.
//
// Events of persistence (specs/recovery.md, "What is reported"):
//   log_write_failed     a write failed; what it held is kept and retried. Once until it changes.
//   log_write_healed     writing works again; says what was lost in between.
//   log_sync_failed      a sync failed: nothing more is written to this file. Once.
//   log_segment_sealed   the file was sealed and a new one is begun: information where it was
//                        long or old enough, a warning where it could not be written any more.
//   log_rotation_failed  it is long or old enough and could not be sealed: it is written on, and
//                        sealed later. Once until it changes.
//   log_segments_removed the oldest were past what retention keeps; with their range and size.
//   log_retention_failed one of them cannot be removed. Once until it changes.
//   log_compression_failed  a sealed segment cannot be compressed: it stays as it is. Once until it
//                        changes.
//   log_entries_dropped  the pending bound was passed and the oldest entry was dropped. Once; the
//                        total comes with healing or closing.
//   log_closed_unwritten closed with entries that could not be written, or were dropped.
//   log_torn_tail        a half-written last line was moved to <log>.torn.
//   log_file_changed     the file was renamed, deleted, truncated or grown by somebody else.
//   log_text_repaired    invalid UTF-8 was replaced by U+FFFD. Once; the total at close.
struct Diagnostic {
  Severity severity = Severity::kInfo;
  std::string event;
  std::string message;     // one sentence for people, with the numbers
  std::string slice_type;  // type id of the first entry concerned
  std::string path;
  int64_t first_seq = 0;  // 0: none
  int64_t last_seq = 0;   // inclusive; 0: none
  int64_t entry_count = 0;
  absl::Status status;  // the cause, with the text of errno
};

// Called without any lock of the library held, one call at a time per log; it may dispatch. An
// exception that it throws is swallowed.
using DiagnosticsSink = std::function<void(const Diagnostic&)>;

// "[logslice] error log_write_failed: <message>", on one line, without its line end.
std::string to_string(const Diagnostic& diagnostic);

// Writes to_string() to stderr, as one write; of kInfo nothing.
DiagnosticsSink default_diagnostics_sink();

}  // namespace logslice
