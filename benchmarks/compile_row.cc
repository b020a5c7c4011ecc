#include "rows.h"
#include "weight/compiler.h"

namespace logslice::bench {

Row make_compile_row(const Settings& settings) {
  const std::vector<weight::Compiler> found = weight::compilers();
  if (found.empty()) fail("compiling one file …: there is neither g++ nor clang++ here");
  const std::string directory = settings.directory.string();
  const auto seconds = [compiler = found.front(), directory](const char* file) {
    return weight::compile(compiler, file, weight::Optimise::kFully, directory).seconds;
  };
  Row row;
  row.unit = "s";
  row.better = Better::kLess;
  // Half a minute for four compilations, on a good day.
  if (settings.work == "quick") row.turns = Turns::kOnce;
  row.what = "Processor time of " + found.front().name +
             " -O2 for thirty types of eight members; the limit is twice the structs alone + 3 s.";
  row.logslice = {.name = "logslice", .run = [seconds] { return seconds(weight::kLogsliceFile); }};
  row.limit = {.name = "2 x structs + 3 s",
               .run = [seconds] { return 2 * seconds(weight::kPlainFile) + 3; }};
  if (weight::has_nlohmann()) {
    row.peers.push_back({.name = "nlohmann macros, no log",
                         .run = [seconds] { return seconds(weight::kNlohmannFile); }});
  }
  row.yardsticks.push_back(
      {.name = "structs alone", .run = [seconds] { return seconds(weight::kPlainFile); }});
  return row;
}

}  // namespace logslice::bench
