#include "cat_command.h"

#include "absl/status/statusor.h"
#include "damage_report.h"
#include "line_printer.h"
#include "logslice/persistence/log_lines.h"
#include "type_hint.h"

namespace logslice::command {

namespace {

LineScanOptions scan_options(const CatOptions& options) {
  LineScanOptions scan;
  scan.scan.start_seq = options.seq.start;
  scan.scan.end_seq = options.seq.end;
  scan.scan.since = options.since;
  scan.scan.until = options.until;
  scan.type = options.type;
  return scan;
}

}  // namespace

ExitCode run_cat(const CatOptions& options, Output& out) {
  if (is_own_output(options.path)) {
    complain(options.path + ": the log is also the output; write to another file");
    return ExitCode::kFailed;
  }
  absl::StatusOr<LogLines> lines = scan_lines(options.path, scan_options(options));
  if (!lines.ok()) return failed(lines.status());
  LinePrinter printer(options.format, out);
  DamageReport damage(options.path);
  while (lines->next()) {
    const LogLine& line = lines->line();
    damage.look_at(line);
    if (line.damage.empty() && !printer.print(line)) {
      // Which failure it was, Output says.
      return ExitCode::kFailed;
    }
  }
  damage.finish();
  if (!lines->status().ok()) return failed(lines->status());
  mention_torn_tail(options.path, lines->stats().torn_bytes);
  if (!options.type.empty() && lines->stats().entry_count == 0) {
    hint_at_types(options.path, options.type);
  }
  return damage.exit_code();
}

}  // namespace logslice::command
