// logslice_scale [OPERATION…] [--quick] [--json FILE] [--dir DIR]
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "command_line.h"
#include "machine.h"
#include "process.h"
#include "scale.h"
#include "scratch.h"

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

bool is_known(const std::string& name, const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    return std::any_of(
        group.operations.begin(), group.operations.end(),
        [&](const Operation& operation) { return operation.name.starts_with(name); });
  });
}

int run(int argc, char** argv) {
  const bench::CommandLine line =
      bench::parse_command_line(argc, argv, "logslice_scale", print_usage);
  const std::vector<Group> groups = all_groups();
  for (const std::string& name : line.names) {
    if (is_known(name, groups)) continue;
    std::fprintf(stderr, "logslice_scale: no operation begins with `%s`\n", name.c_str());
    print_usage(stderr);
    return 2;
  }
  const bench::Scratch scratch(line.directory, "logslice-scale-");
  Settings settings;
  settings.is_quick = line.is_quick;
  settings.directory = scratch.path();
  raise_descriptor_limit();
  std::printf("%s\nMedians of rounds (least to most).\n", machine().c_str());
  Report report(line.names, settings.is_quick);
  for (const Group& group : groups) {
    if (std::none_of(group.operations.begin(), group.operations.end(),
                     [&](const Operation& operation) { return report.wants(operation.name); })) {
      continue;
    }
    group.run(settings, report);
    report.print(group.operations);
    if (!line.json_path.empty()) report.write_json(line.json_path);
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
