// An audit log that was written by a Python program before, and goes on here.
//
//   ./dev build && build/release/bin/scout_audit log nav cost=0.0125 model=small
//   build/release/bin/scout_audit spend --hours 24
//
// Where to read what:
//   audit_log.h      the log: a session that adopts a file of lines without types
//   audit_event.h    the struct that a line is, with members that may be missing, and any others
//   metrics.h        what is told about many events
//   event_time.h, rounding.h, event_members.h   forms that the Python program had
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arguments.h"
#include "audit_log.h"
#include "logslice/reflection/json_conversion.h"

namespace scout_audit {
namespace {

constexpr int kFailed = 1;
constexpr int kUsageError = 2;

struct Spend {
  int64_t hours = 0;
  double hourly_spend = 0;
};

int fail(const absl::Status& status, int exit_code = kFailed) {
  std::fflush(stdout);
  std::fprintf(stderr, "scout_audit: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

template <typename T>
absl::Status print(const T& value) {
  const absl::StatusOr<logslice::JsonValue> json = logslice::to_json_value(value);
  if (!json.ok()) return json.status();
  std::printf("%s\n", json->text().c_str());
  return absl::OkStatus();
}

template <typename T>
absl::Status print(const absl::StatusOr<T>& value) {
  return value.ok() ? print(*value) : value.status();
}

absl::Status print_all(const absl::StatusOr<std::vector<AuditEvent>>& events) {
  if (!events.ok()) return events.status();
  for (const AuditEvent& event : *events) {
    if (absl::Status status = print(event); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status print_spend(const absl::StatusOr<double>& spend, int64_t hours) {
  if (!spend.ok()) return spend.status();
  return print(Spend{.hours = hours, .hourly_spend = *spend});
}

absl::Status log_event(AuditLog& log, const Arguments& arguments) {
  const absl::StatusOr<AuditEvent> event = log.log(*arguments.event, arguments.members);
  if (!event.ok()) return event.status();
  // Only what is in the file is said to be.
  if (absl::Status status = log.close(); !status.ok()) return status;
  return print(*event);
}

absl::Status run_verb(AuditLog& log, const Arguments& arguments) {
  const absl::Time since = arguments.since.value_or(absl::InfinitePast());
  switch (arguments.verb) {
    case Arguments::Verb::kLog:
      return log_event(log, arguments);
    case Arguments::Verb::kQuery:
      return print_all(log.query({.since = arguments.since, .event_type = arguments.event}));
    case Arguments::Verb::kLast:
      return print_all(log.last_events(arguments.count.value_or(20), arguments.event.value_or("")));
    case Arguments::Verb::kSpend:
      return print_spend(log.hourly_spend(arguments.hours), arguments.hours);
    case Arguments::Verb::kAccuracy:
      return print(log.accuracy_metrics(since));
    case Arguments::Verb::kGate:
      return print(log.gate_metrics(since, arguments.count.value_or(10)));
    case Arguments::Verb::kHelp:
      std::fputs(kUsage, stdout);
      break;
  }
  return absl::OkStatus();
}

int run(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = parse_arguments(argc, argv);
  if (!arguments.ok()) {
    const int exit_code = fail(arguments.status(), kUsageError);
    std::fputs(kUsage, stderr);
    return exit_code;
  }
  AuditLog log({.path = arguments->path});
  const absl::Status status = run_verb(log, *arguments);
  return status.ok() ? 0 : fail(status);
}

}  // namespace
}  // namespace scout_audit

int main(int argc, char** argv) { return scout_audit::run(argc, argv); }
