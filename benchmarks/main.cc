// logslice_bench [ROW…] [--quick] [--json FILE] [--dir DIR]
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "machine.h"
#include "measure.h"
#include "report.h"
#include "rows.h"

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

struct Arguments {
  Settings settings;
  std::string json_path;
  std::vector<std::string> rows;
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
      arguments.settings.work = "quick";
      arguments.settings.round_count = 3;
      arguments.settings.entry_count /= 10;
      arguments.settings.log_bytes /= 10;
      arguments.settings.durable_seconds /= 5;
      arguments.settings.passing_count /= 10;
      arguments.settings.window_event_count /= 10;
    } else if ((argument == "--json" || argument == "--dir") && i + 1 < argc) {
      ++i;
      if (argument == "--json") {
        arguments.json_path = argv[i];
      } else {
        arguments.settings.directory = argv[i];
      }
    } else if (argument.starts_with("--")) {
      std::fprintf(stderr, "logslice_bench: unknown option or missing value: %s\n",
                   argument.c_str());
      print_usage(stderr);
      std::exit(2);
    } else {
      arguments.rows.push_back(argument);
    }
  }
  return arguments;
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

// A folder of our own, which goes when we end, on a failed check as well. One that was killed left
// gigabytes: the next one clears them away.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent)
      : path_(parent / (kPrefix + std::to_string(getpid()))) {
    for (const auto& other : std::filesystem::directory_iterator(parent)) {
      const std::string name = other.path().filename();
      if (!name.starts_with(kPrefix)) continue;
      const pid_t pid = std::atoi(name.c_str() + kPrefix.size());
      if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) remove(other.path());
    }
    std::filesystem::create_directories(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  static void remove(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  static inline const std::string kPrefix = "logslice-bench-";
  const std::filesystem::path path_;
};

int run(int argc, char** argv) {
  Arguments arguments = parse(argc, argv);
  for (const std::string& name : arguments.rows) {
    bool known = false;
    for (const RowEntry& row : all_rows()) known |= means(name, row.name);
    if (!known) {
      std::fprintf(stderr, "logslice_bench: no row begins with `%s`\n", name.c_str());
      print_usage(stderr);
      return 2;
    }
  }
  std::ofstream json;
  if (!arguments.json_path.empty()) {
    json.open(arguments.json_path);
    check(json.is_open(), "the file of --json cannot be written");
  }
  std::filesystem::create_directories(arguments.settings.directory);
  static const Scratch scratch(arguments.settings.directory);  // fail() ends it, too
  arguments.settings.directory = scratch.path();
  const Machine machine = this_machine(scratch.path().string());
  print(machine);
  std::vector<Result> results;
  for (const RowEntry& entry : all_rows()) {
    if (!is_chosen(entry.name, arguments.rows)) continue;
    const Row row = entry.make(arguments.settings);
    for (Result& result : measure(entry, row, arguments.settings.round_count)) {
      print(result);
      if (json.is_open()) json << to_json(result) << '\n' << std::flush;
      results.push_back(std::move(result));
    }
  }
  print_summary(results);
  if (json.is_open()) {
    std::ofstream about(arguments.json_path + ".about");
    about << about_json(machine, results, arguments.settings.work) << '\n' << std::flush;
    check(about.good(), "the file beside that of --json cannot be written");
  }
  return 0;
}

}  // namespace
}  // namespace logslice::bench

int main(int argc, char** argv) { return logslice::bench::run(argc, argv); }
