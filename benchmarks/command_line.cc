#include "command_line.h"

#include <cstdlib>

namespace logslice::bench {

CommandLine parse_command_line(int argc, char** argv, const char* program,
                               void (*print_usage)(std::FILE* out)) {
  CommandLine line;
  line.directory = std::filesystem::temp_directory_path();
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") {
      print_usage(stdout);
      std::exit(0);
    } else if (argument == "--quick") {
      line.is_quick = true;
    } else if (argument == "--json" && i + 1 < argc) {
      line.json_path = argv[++i];
    } else if (argument == "--dir" && i + 1 < argc) {
      line.directory = argv[++i];
    } else if (argument.starts_with("--")) {
      std::fprintf(stderr, "%s: unknown option or missing value: %s\n", program, argument.c_str());
      print_usage(stderr);
      std::exit(2);
    } else {
      line.names.push_back(argument);
    }
  }
  return line;
}

}  // namespace logslice::bench
