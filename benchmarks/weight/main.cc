// logslice_weight [--json FILE | --check]: what thirty types cost the one who compiles them.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "compiler.h"
#include "contender.h"

namespace logslice::weight {
namespace {

constexpr int kRoundCount = 3;

struct File {
  const char* name;
  const char* what;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// That the files do their work is part of what they weigh.
bool works(const std::filesystem::path& directory) {
  const int64_t all = 30 * kEntriesPerType;
  std::filesystem::create_directories(directory / "logslice");
  if (made_of_plain_structs() != 30) return false;
  if (round_trips_of_logslice((directory / "logslice").string()) != all) return false;
  std::filesystem::create_directories(directory / "nlohmann");
  return !has_nlohmann() || round_trips_of_nlohmann((directory / "nlohmann").string()) == all;
}

void measure(const Compiler& compiler, const std::string& directory, std::FILE* json) {
  std::vector<File> files = {{kPlainFile, "structs alone"}, {kLogsliceFile, "logslice"}};
  if (has_nlohmann()) files.push_back({kNlohmannFile, "nlohmann macros"});
  for (const Optimise optimise : {Optimise::kNot, Optimise::kFully}) {
    const char* option = optimise == Optimise::kFully ? "-O2" : "-O0";
    std::map<std::string, std::vector<double>> seconds;
    std::map<std::string, int64_t> bytes;
    for (int round = 0; round < kRoundCount; ++round) {
      for (const File& file : files) {
        const Weight weight = compile(compiler, file.name, optimise, directory);
        seconds[file.name].push_back(weight.seconds);
        bytes[file.name] = weight.object_bytes;
      }
    }
    const double plain = median(seconds[kPlainFile]);
    for (const File& file : files) {
      const double value = median(seconds[file.name]);
      std::printf("%-8s %-4s %-16s %8.2f s  %9.1f kB", compiler.name.c_str(), option, file.what,
                  value, static_cast<double>(bytes[file.name]) / 1e3);
      if (file.name == std::string(kLogsliceFile)) {
        std::printf("   goal %.2f s%s", 2 * plain + 3, value <= 2 * plain + 3 ? "" : " MISSED");
      }
      std::printf("\n");
      std::fflush(stdout);
      if (json != nullptr) {
        std::fprintf(json,
                     "{\"compiler\":\"%s\",\"option\":\"%s\",\"file\":\"%s\",\"seconds\":%.3f,"
                     "\"object_bytes\":%lld}\n",
                     compiler.name.c_str(), option, file.name, value,
                     static_cast<long long>(bytes[file.name]));
      }
    }
  }
}

int run(int argc, char** argv) {
  std::FILE* json = nullptr;
  const bool only_checks = argc == 2 && std::string(argv[1]) == "--check";
  if (argc == 3 && std::string(argv[1]) == "--json") {
    json = std::fopen(argv[2], "w");
    if (json == nullptr) {
      std::perror(argv[2]);
      return 1;
    }
  } else if (argc != 1 && !only_checks) {
    std::fprintf(stderr, "usage: logslice_weight [--json FILE | --check]\n");
    return 2;
  }
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("logslice-weight-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const bool is_good = works(directory);
  const std::vector<Compiler> found = only_checks ? std::vector<Compiler>() : compilers();
  if (!only_checks && found.empty())
    std::printf("There is neither g++ nor clang++ here: nothing to measure.\n");
  if (is_good && !found.empty()) {
    std::printf("Thirty types of eight members: processor time, and text + data of the object.\n");
    for (const Compiler& compiler : found) measure(compiler, directory.string(), json);
    for (const Compiler& compiler : found) {
      for (const char* header : {"logslice/session/session.h", "logslice/persistence/scan_log.h",
                                 "logslice/reflection/json_conversion.h"}) {
        const Preprocessed size = preprocess(compiler, header, directory.string());
        std::printf("%-8s %-40s %8lld lines %10.1f kB\n", compiler.name.c_str(), header,
                    static_cast<long long>(size.line_count), static_cast<double>(size.bytes) / 1e3);
        if (json != nullptr) {
          std::fprintf(json,
                       "{\"compiler\":\"%s\",\"header\":\"%s\",\"lines\":%lld,\"bytes\":%lld}\n",
                       compiler.name.c_str(), header, static_cast<long long>(size.line_count),
                       static_cast<long long>(size.bytes));
        }
      }
    }
    for (const Compiler& compiler : found) {
      const LibraryWeight library = compile_library(compiler, directory.string());
      std::printf("%-8s -O2  the library, %d files: %.0f s of processor time, %.0f s on %u\n",
                  compiler.name.c_str(), library.file_count, library.processor_seconds,
                  library.seconds, std::max(1u, std::thread::hardware_concurrency()));
      std::fflush(stdout);
      if (json != nullptr) {
        std::fprintf(json,
                     "{\"compiler\":\"%s\",\"library_files\":%d,\"processor_seconds\":%.1f,"
                     "\"seconds\":%.1f}\n",
                     compiler.name.c_str(), library.file_count, library.processor_seconds,
                     library.seconds);
      }
    }
  }
  std::filesystem::remove_all(directory);
  if (json != nullptr) std::fclose(json);
  if (!is_good) std::fprintf(stderr, "logslice_weight: a file does not give back what it wrote\n");
  return is_good ? 0 : 1;
}

}  // namespace
}  // namespace logslice::weight

int main(int argc, char** argv) { return logslice::weight::run(argc, argv); }
