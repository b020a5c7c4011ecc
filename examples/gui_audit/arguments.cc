#include "arguments.h"

#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gui_audit {

const char* const kUsage =
    R"(usage: gui_audit [--disk healthy|blocked|both] [--frames N] [--burst N]
                 [--timeout MS] [--dir DIR]

A render loop at 60 frames a second that logs what happens in it: an event with
each frame, and a burst with every tenth. It runs with a disk that works, then
with one of which no call returns, and shows what logging cost the frames.

  --disk WHICH  healthy, blocked, or both, one after the other (the default)
  --frames N    frames to draw with each disk, 1 to 100000 (default: 300, 5 s)
  --burst N     events in a burst, 0 to 100000 (default: 200)
  --timeout MS  what shutdown gives the disk, 0 to 100000 (default: 500)
  --dir DIR     where audit.jsonl goes (default: $GUI_AUDIT_DIR, or without it
                ~/.gui_audit/logs); what is there already is kept

Exit codes: 0 all is well, 1 an event is missing on the healthy disk, 2 usage.
)";

namespace {

constexpr int64_t kCountMax = 100'000;

absl::StatusOr<int64_t> parse_count(const std::string& name, std::string_view text, int64_t min) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < min ||
      count > kCountMax) {
    return absl::InvalidArgumentError(name + " needs a number from " + std::to_string(min) +
                                      " to " + std::to_string(kCountMax));
  }
  return count;
}

absl::StatusOr<Arguments::Disk> parse_disk(std::string_view text) {
  if (text == "healthy") return Arguments::Disk::kHealthy;
  if (text == "blocked") return Arguments::Disk::kBlocked;
  if (text == "both") return Arguments::Disk::kBoth;
  return absl::InvalidArgumentError("--disk is healthy, blocked or both");
}

// Puts `parsed` where it belongs.
template <typename T>
absl::Status take(absl::StatusOr<T> parsed, T& member) {
  if (parsed.ok()) member = *parsed;
  return parsed.status();
}

}  // namespace

absl::StatusOr<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      arguments.mode = Arguments::Mode::kHelp;
      return arguments;
    }
    if (name != "--disk" && name != "--frames" && name != "--burst" && name != "--timeout" &&
        name != "--dir") {
      return absl::InvalidArgumentError("there is no argument " + name);
    }
    if (i + 1 == argc || *argv[i + 1] == '\0') {
      return absl::InvalidArgumentError(name + " needs a value");
    }
    const std::string_view value = argv[++i];
    absl::Status status;
    if (name == "--disk") {
      status = take(parse_disk(value), arguments.disk);
    } else if (name == "--frames") {
      status = take(parse_count(name, value, 1), arguments.frame_count);
    } else if (name == "--burst") {
      status = take(parse_count(name, value, 0), arguments.burst_event_count);
    } else if (name == "--timeout") {
      status = take(parse_count(name, value, 0), arguments.timeout_ms);
    } else {
      arguments.dir = value;
    }
    if (!status.ok()) return status;
  }
  return arguments;
}

}  // namespace gui_audit
