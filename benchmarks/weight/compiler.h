// This header defines how a compiler is run and weighed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace logslice::weight {

struct Compiler {
  std::string name;  // "g++", "clang++"
  std::string path;
};

// Those that can be run here.
std::vector<Compiler> compilers();

enum class Optimise { kNot, kFully };  // -O0, -O2

// The sources that are weighed, of benchmarks/weight.
inline constexpr const char* kPlainFile = "plain.cc";
inline constexpr const char* kLogsliceFile = "with_logslice.cc";
inline constexpr const char* kNlohmannFile = "with_nlohmann.cc";

bool has_nlohmann();

struct Weight {
  double seconds = 0;        // of the compiler's processor time
  int64_t object_bytes = 0;  // text and data
};

// Compiles the file into `directory`. Ends the program if that fails, after the compiler's words.
Weight compile(const Compiler& compiler, const std::string& file, Optimise optimise,
               const std::string& directory);

struct LibraryWeight {
  int file_count = 0;
  double processor_seconds = 0;
  double seconds = 0;  // with a compiler on each processor
};

// Compiles each .cc file of reflection, persistence and session with -O2. Ends the program as
// compile() does.
LibraryWeight compile_library(const Compiler& compiler, const std::string& directory);

struct Preprocessed {
  int64_t line_count = 0;
  int64_t bytes = 0;
};

// What an #include of the header becomes, without lines that only say where it comes from.
Preprocessed preprocess(const Compiler& compiler, const std::string& header,
                        const std::string& directory);

}  // namespace logslice::weight
