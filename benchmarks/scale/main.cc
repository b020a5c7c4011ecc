// logslice_scale [OPERATION…] [--quick] [--json FILE] [--dir DIR]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "machine.h"
#include "process.h"
#include "scale.h"

namespace logslice::scale {
namespace {

std::vector<Group> all_groups() {
  // First those that measure memory: what others leave to the allocator would be used again.
  return {memory_group(),     session_group(), open_log_group(), log_size_group(),
          slice_type_group(), thread_group(),  window_group()};
}

void print_usage(std::FILE* out) {
  std::fprintf(out,
               "usage: logslice_scale [OPERATION…] [--quick] [--json FILE] [--dir DIR]\n\n"
               "  OPERATION    operations whose names begin so; all if none is given\n"
               "  --quick      small axes: to see that all runs, not for figures\n"
               "  --json FILE  one object per operation and series, for benchmarks/scale/draw\n"
               "  --dir DIR    where the files go, up to 11 GB at a time; the system's temporary\n"
               "               folder if not given\n\n"
               "Operations:\n");
  for (const Group& group : all_groups()) {
    for (const Operation& operation : group.operations) {
      std::fprintf(out, "  %-46s by %s\n", operation.name.c_str(), operation.axis.c_str());
    }
  }
}

struct Arguments {
  Settings settings;
  std::string json_path;
  std::vector<std::string> operations;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  arguments.settings.directory = std::filesystem::temp_directory_path();
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") {
      print_usage(stdout);
      std::exit(0);
    } else if (argument == "--quick") {
      arguments.settings.is_quick = true;
    } else if ((argument == "--json" || argument == "--dir") && i + 1 < argc) {
      ++i;
      if (argument == "--json") {
        arguments.json_path = argv[i];
      } else {
        arguments.settings.directory = argv[i];
      }
    } else if (argument.starts_with("--")) {
      std::fprintf(stderr, "logslice_scale: unknown option or missing value: %s\n",
                   argument.c_str());
      print_usage(stderr);
      std::exit(2);
    } else {
      arguments.operations.push_back(argument);
    }
  }
  return arguments;
}

// A folder of our own, which goes when we end.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent)
      : path_(parent / ("logslice-scale-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

bool is_known(const std::string& name, const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    return std::any_of(
        group.operations.begin(), group.operations.end(),
        [&](const Operation& operation) { return operation.name.starts_with(name); });
  });
}

int run(int argc, char** argv) {
  Arguments arguments = parse(argc, argv);
  const std::vector<Group> groups = all_groups();
  for (const std::string& name : arguments.operations) {
    if (is_known(name, groups)) continue;
    std::fprintf(stderr, "logslice_scale: no operation begins with `%s`\n", name.c_str());
    print_usage(stderr);
    return 2;
  }
  const Scratch scratch(arguments.settings.directory);
  arguments.settings.directory = scratch.path();
  raise_descriptor_limit();
  std::printf("%s\nMedians of rounds (least to most).\n", machine().c_str());
  Report report(arguments.operations, arguments.settings.is_quick);
  for (const Group& group : groups) {
    if (std::none_of(group.operations.begin(), group.operations.end(),
                     [&](const Operation& operation) { return report.wants(operation.name); })) {
      continue;
    }
    group.run(arguments.settings, report);
    report.print(group.operations);
    if (!arguments.json_path.empty()) report.write_json(arguments.json_path);
  }
  return 0;
}

}  // namespace
}  // namespace logslice::scale

int main(int argc, char** argv) {
  try {
    return logslice::scale::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "logslice_scale: %s\n", error.what());
    return 1;
  }
}
