// logslice_bench [ROW…] [--quick] [--json FILE] [--dir DIR]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "command_line.h"
#include "machine.h"
#include "measure.h"
#include "report.h"
#include "rows.h"
#include "scratch.h"

namespace logslice::bench {

void fail(const std::string& why) {
  std::fprintf(stderr, "logslice_bench: %s\n", why.c_str());
  std::exit(1);
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

namespace {

void print_usage(std::FILE* out) {
  std::fprintf(
      out,
      "usage: logslice_bench [ROW…] [--quick] [--json FILE] [--dir DIR]\n\n"
      "  ROW          the row of that name, or those whose names begin so; all if none is given\n"
      "  --quick      a tenth of the work: for a first look, not for figures\n"
      "  --json FILE  one object per figure; date, machine and goals go to FILE.about\n"
      "  --dir DIR    where the files go; the system's temporary folder if not given\n\n"
      "Rows:\n");
  for (const RowEntry& row : all_rows()) std::fprintf(out, "  %s\n", row.name.c_str());
}

Settings settings_for(const CommandLine& line) {
  Settings settings;
  if (line.is_quick) {
    settings.work = "quick";
    settings.round_count = 3;
    settings.entry_count /= 10;
    settings.log_bytes /= 10;
    settings.durable_seconds /= 5;
    settings.passing_count /= 10;
    settings.window_event_count /= 10;
  }
  return settings;
}

// A whole name means that row alone, also where others begin with it.
bool means(const std::string& name, const std::string& row) {
  for (const RowEntry& entry : all_rows()) {
    if (entry.name == name) return row == name;
  }
  return row.starts_with(name);
}

bool is_chosen(const std::string& row, const std::vector<std::string>& chosen) {
  return chosen.empty() || std::any_of(chosen.begin(), chosen.end(),
                                       [&row](const auto& name) { return means(name, row); });
}

int run(int argc, char** argv) {
  const CommandLine line = parse_command_line(argc, argv, "logslice_bench", print_usage);
  for (const std::string& name : line.names) {
    bool known = false;
    for (const RowEntry& row : all_rows()) known |= means(name, row.name);
    if (!known) {
      std::fprintf(stderr, "logslice_bench: no row begins with `%s`\n", name.c_str());
      print_usage(stderr);
      return 2;
    }
  }
  std::ofstream json;
  if (!line.json_path.empty()) {
    json.open(line.json_path);
    check(json.is_open(), "the file of --json cannot be written");
  }
  static const Scratch scratch(line.directory, "logslice-bench-");  // fail() ends it, too
  Settings settings = settings_for(line);
  settings.directory = scratch.path();
  const Machine machine = this_machine(scratch.path().string());
  print(machine);
  std::vector<Result> results;
  for (const RowEntry& entry : all_rows()) {
    if (!is_chosen(entry.name, line.names)) continue;
    const Row row = entry.make(settings);
    for (Result& result : measure(entry, row, settings.round_count)) {
      print(result);
      if (json.is_open()) json << to_json(result) << '\n' << std::flush;
      results.push_back(std::move(result));
    }
  }
  print_summary(results);
  if (json.is_open()) {
    std::ofstream about(line.json_path + ".about");
    about << about_json(machine, results, settings.work) << '\n' << std::flush;
    check(about.good(), "the file beside that of --json cannot be written");
  }
  return 0;
}

}  // namespace
}  // namespace logslice::bench

int main(int argc, char** argv) { return logslice::bench::run(argc, argv); }
