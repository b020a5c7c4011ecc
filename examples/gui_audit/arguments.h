// This header defines what the program can be told on its command line.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/statusor.h"

namespace gui_audit {

struct Arguments {
  enum class Mode { kRender, kHelp };
  enum class Disk { kHealthy, kBlocked, kBoth };

  Mode mode = Mode::kRender;
  Disk disk = Disk::kBoth;
  int64_t frame_count = 300;
  int64_t burst_event_count = 200;
  int64_t timeout_ms = 500;
  std::filesystem::path dir;  // empty: as audit_log_path() has it
};

extern const char* const kUsage;

// InvalidArgument: what is wrong, for people.
absl::StatusOr<Arguments> parse_arguments(int argc, char** argv);

}  // namespace gui_audit
