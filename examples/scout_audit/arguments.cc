#include "arguments.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "event_members.h"
#include "event_time.h"

namespace scout_audit {

const char* const kUsage =
    R"(usage: scout_audit [--path P] log EVENT [key=value...]
       scout_audit [--path P] query [--since T] [--event E]
       scout_audit [--path P] last [-n N] [--event E]
       scout_audit [--path P] spend [--hours N]
       scout_audit [--path P] accuracy --since T
       scout_audit [--path P] gate [--since T] [-n N]

An audit log of what an agent did and what it cost. It reads and continues the
log of the Python program of that name: lines of both are one log, and that
program can read what this one writes. Only one process writes at a time.

Other than the Python program, it reads the archives that either of them made
(<stem>_<YYYYmmdd_HHMMSS>.jsonl.gz, <stem>.<first>-<last>.jsonl.gz), too, so
that no event is lost to a query when the file is rotated; and it compares
times as times, not as text.

  log        appends an event and prints it. Keys: cost, model, input_t,
             output_t, files (a JSON array, or with commas), reason, confidence
             (0 to 100), duration_ms, config, raw_brief_path, session_id; any
             other is kept as it is, as JSON if it can be read so
  query      prints the events since T, one a line, in the order of the log
  last       prints the last N events (default: 20)
  spend      prints the sum of `cost` since the beginning of this hour less N
             hours (default: 1)
  accuracy   prints how many nav events were not followed by validation_fail
  gate       prints how often gates passed and escalated, and the last N
             outcomes (default: 10)

  --path P   the log (default: ~/.scout/audit.jsonl)
  --since T  ISO 8601 with a zone, such as 2025-01-15T10:30:00Z
  --event E  only events of this name

Output is JSON, of query and last one object a line. Lines that are no events
are skipped, with a warning on stderr.
Exit codes: 0 done, 1 failed, 2 usage.
)";

namespace {

using Verb = Arguments::Verb;

constexpr std::array<std::pair<std::string_view, Verb>, 6> kVerbs = {{{"log", Verb::kLog},
                                                                      {"query", Verb::kQuery},
                                                                      {"last", Verb::kLast},
                                                                      {"spend", Verb::kSpend},
                                                                      {"accuracy", Verb::kAccuracy},
                                                                      {"gate", Verb::kGate}}};

// Whether the verb knows the option.
bool takes(Verb verb, std::string_view name) {
  switch (verb) {
    case Verb::kQuery:
      return name == "--since" || name == "--event";
    case Verb::kLast:
      return name == "-n" || name == "--event";
    case Verb::kSpend:
      return name == "--hours";
    case Verb::kAccuracy:
      return name == "--since";
    case Verb::kGate:
      return name == "--since" || name == "-n";
    default:
      return false;
  }
}

absl::Status take_number(const std::string& name, std::string_view text, int64_t min,
                         int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= min) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(name + " needs a whole number" +
                                    (min == 0 ? ", 0 or more" : ""));
}

absl::Status take_option(const std::string& name, const std::string& value, Arguments& arguments) {
  if (name == "--event") {
    arguments.event = value;
    return absl::OkStatus();
  }
  if (name == "--since") {
    arguments.since = parse_event_time(value);
    if (arguments.since.has_value()) return absl::OkStatus();
    return absl::InvalidArgumentError("--since needs a time such as 2025-01-15T10:30:00Z");
  }
  if (name == "-n") return take_number(name, value, 0, arguments.count.emplace());
  return take_number(name, value, INT64_MIN, arguments.hours);
}

absl::StatusOr<Verb> parse_verb(std::string_view text) {
  for (const auto& [name, verb] : kVerbs) {
    if (text == name) return verb;
  }
  return absl::InvalidArgumentError("there is no verb " + std::string(text));
}

// What stands behind the verb `log`.
absl::Status take_event(const std::vector<std::string>& words, Arguments& arguments) {
  if (words.empty() || words.front().empty()) {
    return absl::InvalidArgumentError("log needs the name of an event");
  }
  arguments.event = words.front();
  absl::StatusOr<AuditEvent> members = parse_event_members({words.begin() + 1, words.end()});
  if (!members.ok()) return members.status();
  arguments.members = *std::move(members);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  std::vector<std::string> words(argv + 1, argv + argc);
  size_t at = 0;
  while (at < words.size() && words[at].starts_with('-')) {
    if (words[at] == "--help" || words[at] == "-h") return Arguments{};
    if (words[at] != "--path") {
      return absl::InvalidArgumentError("there is no argument " + words[at] + " before the verb");
    }
    if (at + 1 == words.size() || words[at + 1].empty()) {
      return absl::InvalidArgumentError("--path needs a value");
    }
    arguments.path = words[at + 1];
    at += 2;
  }
  if (at == words.size()) return absl::InvalidArgumentError("a verb is missing");
  const std::string verb_name = words[at];
  absl::StatusOr<Verb> verb = parse_verb(words[at++]);
  if (!verb.ok()) return verb.status();
  arguments.verb = *verb;
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  if (*verb == Verb::kLog) {
    if (absl::Status status = take_event(words, arguments); !status.ok()) return status;
    return arguments;
  }
  for (size_t i = 0; i < words.size(); i += 2) {
    if (words[i] == "--help" || words[i] == "-h") return Arguments{};
    if (!takes(*verb, words[i])) {
      return absl::InvalidArgumentError(verb_name + " has no argument " + words[i]);
    }
    if (i + 1 == words.size() || words[i + 1].empty()) {
      return absl::InvalidArgumentError(words[i] + " needs a value");
    }
    if (absl::Status status = take_option(words[i], words[i + 1], arguments); !status.ok()) {
      return status;
    }
  }
  if (*verb == Verb::kAccuracy && !arguments.since.has_value()) {
    return absl::InvalidArgumentError("accuracy needs --since");
  }
  return arguments;
}

}  // namespace scout_audit
