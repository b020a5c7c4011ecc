#include "scratch.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace logslice::bench {
namespace {

void remove_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

Scratch::Scratch(const std::filesystem::path& parent, const std::string& prefix)
    : path_(parent / (prefix + std::to_string(getpid()))) {
  std::filesystem::create_directories(parent);
  for (const auto& other : std::filesystem::directory_iterator(parent)) {
    const std::string name = other.path().filename();
    if (!name.starts_with(prefix)) continue;
    const pid_t pid = std::atoi(name.c_str() + prefix.size());
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) remove_folder(other.path());
  }
  std::filesystem::create_directories(path_);
}

Scratch::~Scratch() { remove_folder(path_); }

}  // namespace logslice::bench
