// This header defines what the program can be told on its command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit_event.h"
#include "audit_log.h"

namespace scout_audit {

struct Arguments {
  enum class Verb { kHelp, kLog, kQuery, kLast, kSpend, kAccuracy, kGate };

  Verb verb = Verb::kHelp;
  std::filesystem::path path = kDefaultPath;
  std::optional<std::string> event;  // to log, or to look for
  AuditEvent members;                // to log
  std::optional<absl::Time> since;
  std::optional<int64_t> count;
  int64_t hours = 1;
};

extern const char* const kUsage;

// InvalidArgument: what is wrong, for people.
absl::StatusOr<Arguments> parse_arguments(int argc, char** argv);

}  // namespace scout_audit
