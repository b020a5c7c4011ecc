#include "compiler.h"

#include <elf.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

extern char** environ;

namespace logslice::weight {
namespace {

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "weight: %s\n", why.c_str());
  std::exit(1);
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Ended {
  bool well = false;
  double processor_seconds = 0;
};

// Runs a program; what it says goes to the file `output`.
Ended run(const std::vector<std::string>& command, const std::string& output) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t id = 0;
  const int error = posix_spawnp(&id, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {};
  int status = 0;
  // With the compiler proper and the assembler, which the driver has waited for.
  rusage usage{};
  if (wait4(id, &status, 0, &usage) != id) return {};
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0,
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

std::vector<std::string> base_command(const Compiler& compiler) {
  std::vector<std::string> command = {compiler.path, "-std=c++20"};
  std::istringstream folders(LOGSLICE_WEIGHT_INCLUDES);
  for (std::string folder; std::getline(folders, folder, ':');) {
    // The compiler's own must stay where it has it: its C++ headers look for the next ones behind.
    if (folder.empty() || folder == "/usr/include") continue;
    if (std::find(command.begin(), command.end(), folder) != command.end()) continue;
    command.insert(command.end(), {"-isystem", folder});
  }
  return command;
}

void check(const Ended& ended, const std::vector<std::string>& command, const std::string& output) {
  if (ended.well) return;
  std::string line;
  for (const std::string& word : command) line += word + " ";
  fail(line + "\n" + content_of(output));
}

// What `size` calls text and data: all that is loaded, but what is only zeros.
int64_t loaded_bytes(const std::string& path) {
  const std::string object = content_of(path);
  const auto* bytes = object.data();
  Elf64_Ehdr header;
  if (object.size() < sizeof header) fail(path + " is no object file");
  std::copy_n(bytes, sizeof header, reinterpret_cast<char*>(&header));
  int64_t sum = 0;
  for (int i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::copy_n(bytes + header.e_shoff + static_cast<size_t>(i) * sizeof section, sizeof section,
                reinterpret_cast<char*>(&section));
    if ((section.sh_flags & SHF_ALLOC) != 0 && section.sh_type != SHT_NOBITS) {
      sum += static_cast<int64_t>(section.sh_size);
    }
  }
  return sum;
}

}  // namespace

std::vector<Compiler> compilers() {
  std::vector<Compiler> found;
  for (const Compiler& compiler : {Compiler{"g++", "g++"}, Compiler{"clang++", "clang++"}}) {
    if (run({compiler.path, "--version"}, "/dev/null").well) found.push_back(compiler);
  }
  return found;
}

bool has_nlohmann() { return LOGSLICE_WEIGHT_HAS_NLOHMANN != 0; }

Weight compile(const Compiler& compiler, const std::string& file, Optimise optimise,
               const std::string& directory) {
  const std::string object = directory + "/weighed.o";
  const std::string output = directory + "/compiler.txt";
  std::vector<std::string> command = base_command(compiler);
  command.insert(command.end(), {optimise == Optimise::kFully ? "-O2" : "-O0", "-c",
                                 std::string(LOGSLICE_WEIGHT_SOURCES) + "/" + file, "-o", object});
  const Ended ended = run(command, output);
  check(ended, command, output);
  return {ended.processor_seconds, loaded_bytes(object)};
}

LibraryWeight compile_library(const Compiler& compiler, const std::string& directory) {
  std::vector<std::vector<std::string>> commands;
  std::ifstream library(LOGSLICE_WEIGHT_LIBRARY);
  for (std::string folder, source; library >> folder >> source;) {
    commands.push_back(base_command(compiler));
    commands.back().insert(commands.back().end(), {"-I", folder, "-O2", "-c", source, "-o"});
  }
  LibraryWeight weight{.file_count = static_cast<int>(commands.size())};
  const auto start = std::chrono::steady_clock::now();
  std::atomic<size_t> next = 0;
  std::mutex mutex;  // of the sum
  const auto compile_some = [&](unsigned processor) {
    const std::string object = directory + "/library" + std::to_string(processor);
    for (size_t i = 0; (i = next++) < commands.size();) {
      commands[i].push_back(object + ".o");
      const Ended ended = run(commands[i], object + ".txt");
      const std::lock_guard lock(mutex);
      check(ended, commands[i], object + ".txt");
      weight.processor_seconds += ended.processor_seconds;
    }
  };
  std::vector<std::thread> processors;
  const unsigned count = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < count; ++i) processors.emplace_back(compile_some, i);
  for (std::thread& processor : processors) processor.join();
  weight.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return weight;
}

Preprocessed preprocess(const Compiler& compiler, const std::string& header,
                        const std::string& directory) {
  const std::string source = directory + "/header.cc";
  const std::string output = directory + "/header.txt";
  std::ofstream(source) << "#include <" << header << ">\n";
  std::vector<std::string> command = base_command(compiler);
  command.insert(command.end(), {"-E", "-P", source});
  const Ended ended = run(command, output);
  check(ended, command, output);
  const std::string text = content_of(output);
  return {std::count(text.begin(), text.end(), '\n'), static_cast<int64_t>(text.size())};
}

}  // namespace logslice::weight
