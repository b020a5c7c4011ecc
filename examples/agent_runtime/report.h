// This header defines the report on a run: what its log says, as a table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/reflection/uuid.h"

namespace agent_runtime {

struct ToolRow {
  int64_t call_count = 0;
  int64_t failed_count = 0;
  absl::Duration time;
};

struct Report {
  std::map<std::string, ToolRow> tools;  // by name
  ToolRow total;
  std::set<logslice::Uuid> sessions;  // that wrote the entries
};

// Replays the whole log. Its memory does not grow with the log.
absl::StatusOr<Report> replay(const std::filesystem::path& log);

void print_report(const Report& report);

}  // namespace agent_runtime
