#include "arguments.h"

#include <charconv>
#include <string_view>

#include "absl/status/status.h"

namespace agent_runtime {

const char* const kUsage = R"(usage: agent_runtime [--root DIR] [--dir DIR]
       agent_runtime --check DIR

An agent runtime that keeps its tool calls with logslice. It carries out a plan
of some forty tool calls, is killed twice while it does, goes on each time where
its log ends, and checks at last that no call is missing or doubled.

  --root DIR   the tree that the tools look at (default: the current directory)
  --dir DIR    where the log and the snapshot go (default: a new directory
               under $TMPDIR or /tmp); it must not hold a log yet
  --check DIR  only checks the log in DIR

Exit codes: 0 all is well, 1 something failed or is missing, 2 usage.
)";

absl::StatusOr<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      arguments.mode = Arguments::Mode::kHelp;
      return arguments;
    }
    if (name != "--root" && name != "--dir" && name != "--check" && name != "--worker") {
      return absl::InvalidArgumentError("there is no argument " + name);
    }
    if (i + 1 == argc || *argv[i + 1] == '\0') {
      return absl::InvalidArgumentError(name + " needs a value");
    }
    const std::string_view value = argv[++i];
    if (name == "--root") {
      arguments.root = value;
    } else if (name == "--dir") {
      arguments.dir = value;
    } else if (name == "--check") {
      arguments.mode = Arguments::Mode::kCheck;
      arguments.dir = value;
    } else {  // --worker: for the supervisor alone
      int fd = -1;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), fd);
      if (error != std::errc() || end != value.data() + value.size() || fd < 0) {
        return absl::InvalidArgumentError("--worker needs a descriptor");
      }
      arguments.mode = Arguments::Mode::kWork;
      arguments.gate_fd = fd;
    }
  }
  return arguments;
}

}  // namespace agent_runtime
