#include "report.h"

#include <cinttypes>
#include <cstdio>

#include "events.h"
#include "logslice/persistence/scan_log.h"

namespace agent_runtime {
namespace {

void add(ToolRow& row, const ToolCall& call) {
  row.call_count += 1;
  row.failed_count += call.success ? 0 : 1;
  row.time += call.duration;
}

void print_row(const std::string& name, const ToolRow& row) {
  const double total_ms = absl::ToDoubleMilliseconds(row.time);
  std::printf("  %-8s %7" PRId64 " %8" PRId64 " %10.2f ms %10.3f ms\n", name.c_str(),
              row.call_count, row.failed_count, total_ms,
              total_ms / static_cast<double>(row.call_count));
}

}  // namespace

absl::StatusOr<Report> replay(const std::filesystem::path& log) {
  absl::StatusOr<logslice::LogScan<ToolCall>> scan = logslice::scan_log<ToolCall>(log);
  if (!scan.ok()) return scan.status();
  Report report;
  for (const ToolCall& call : *scan) {
    add(report.tools[call.name], call);
    add(report.total, call);
    report.sessions.insert(call.session_id);
  }
  if (!scan->status().ok()) return scan->status();
  return report;
}

void print_report(const Report& report) {
  std::printf("  %-8s %7s %8s %13s %13s\n", "tool", "calls", "failed", "total time", "mean time");
  for (const auto& [name, row] : report.tools) print_row(name, row);
  if (report.total.call_count > 0) print_row("all", report.total);
}

}  // namespace agent_runtime
