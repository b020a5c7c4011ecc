// This header defines the options that the programs which measure have in common.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace logslice::bench {

struct CommandLine {
  bool is_quick = false;
  std::filesystem::path directory;  // for files; the system's temporary folder if not given
  std::string json_path;            // empty: none is wanted
  std::vector<std::string> names;   // of what is to be measured; empty: all
};

// [NAME…] [--quick] [--json FILE] [--dir DIR]. Ends the program after --help, and with 2 behind
// what is no option.
CommandLine parse_command_line(int argc, char** argv, const char* program,
                               void (*print_usage)(std::FILE* out));

}  // namespace logslice::bench
