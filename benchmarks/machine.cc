#include "machine.h"

#include <rapidjson/rapidjson.h>
#include <sys/utsname.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "peers.h"

namespace logslice::bench {
namespace {

// The first line of what a command prints, or "".
std::string first_line_of(const std::string& command) {
  FILE* const pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return "";
  char text[256] = "";
  std::string line = std::fgets(text, sizeof text, pipe) != nullptr ? text : "";
  pclose(pipe);
  return line.substr(0, line.find('\n'));
}

std::string processor() {
  std::string name = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    name = line.substr(line.find(':') + 2);
    break;
  }
  return name + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
}

}  // namespace

Machine this_machine(const std::string& directory) {
  utsname system{};
  uname(&system);
  Machine machine = {
      .processor = processor(),
      .system = std::string(system.sysname) + " " + system.release,
      .file_system = first_line_of("df --output=fstype '" + directory + "' | tail -n 1"),
#ifdef __clang__
      .compiler = "clang " __clang_version__,
#else
      .compiler = "g++ " __VERSION__,
#endif
      .peers = peers().found,
      .missing = peers().missing};
  machine.peers.push_back("RapidJSON " RAPIDJSON_VERSION_STRING);
  for (const std::string program : {"wc", "grep", "tail", "rg"}) {
    if (is_installed(program)) {
      machine.peers.push_back(first_line_of(program + " --version"));
    } else {
      machine.missing.push_back(program);
    }
  }
  return machine;
}

bool is_installed(const std::string& command) {
  return std::system(("command -v " + command + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace logslice::bench
