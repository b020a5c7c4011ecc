// This header defines where and with what a run was measured.
#pragma once

#include <string>
#include <vector>

namespace logslice::bench {

struct Machine {
  std::string processor;    // "Intel(R) Xeon(R) …, 2 cores"
  std::string system;       // "Linux 6.1.0"
  std::string file_system;  // of the folder that is measured: "ext4"
  std::string compiler;
  std::vector<std::string> peers;    // with their versions, programs as well as libraries
  std::vector<std::string> missing;  // peers that are not there
};

Machine this_machine(const std::string& directory);

// Whether the shell finds it.
bool is_installed(const std::string& command);

}  // namespace logslice::bench
