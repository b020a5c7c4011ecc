#include "count_command.h"

#include <cstdint>

#include "absl/status/statusor.h"
#include "damage_report.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/persistence/scan_log.h"
#include "type_hint.h"

namespace logslice::command {

namespace {

ExitCode count_all(const CountOptions& options, Output& out) {
  // Two threads read twice as much as one; more wait for the memory.
  const absl::StatusOr<int64_t> count =
      count_log_entries(options.path, logslice::CountOptions{.threads = 2});
  if (!count.ok()) return failed(count.status());
  out.write(std::to_string(*count) + "\n");
  return ExitCode::kFine;
}

ExitCode count_type(const CountOptions& options, Output& out) {
  absl::StatusOr<LogLines> lines = scan_lines(options.path, {.type = options.type});
  if (!lines.ok()) return failed(lines.status());
  DamageReport damage(options.path);
  while (lines->next()) damage.look_at(lines->line());
  // Half a count is worse than none.
  if (!lines->status().ok()) return failed(lines->status());
  const int64_t count = lines->stats().entry_count;
  out.write(std::to_string(count) + "\n");
  damage.finish();
  if (count == 0) hint_at_types(options.path, options.type);
  return damage.exit_code();
}

}  // namespace

ExitCode run_count(const CountOptions& options, Output& out) {
  return options.type.empty() ? count_all(options, out) : count_type(options, out);
}

}  // namespace logslice::command
