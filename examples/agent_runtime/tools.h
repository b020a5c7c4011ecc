// This header defines the five tools of the agent and what each is called with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/reflection/json_value.h"

namespace agent_runtime {

// The parameters are structs; to_json_value() makes the JSON of the plan and the log out of them.
// Paths are relative to the root.
struct ListParams {  // "list": the names in a folder
  std::string path;
};
struct ReadParams {  // "read": the beginning of a text file
  std::string path;
  int64_t bytes_max = 400;
};
struct SearchParams {  // "search": the lines that hold a text, in the files under a folder
  std::string text;
  std::string path = ".";
  int64_t matches_max = 3;
};
struct CountParams {  // "count": the lines, words and bytes of a file
  std::string path;
};
struct RunParams {  // "run": a command
  std::vector<std::string> argv;
};

struct ToolOutcome {
  logslice::JsonValue result;  // of a failed call: {"error": …}, or what a failed command said
  bool success = false;
};

// Calls the tool `name` over the tree at `root`. A file that is not there, parameters that do not
// fit, a tool that nobody knows: all are outcomes, since an agent has to live with them. Bounded in
// time and in the size of the result.
ToolOutcome call_tool(const std::filesystem::path& root, std::string_view name,
                      const logslice::JsonValue& params);

}  // namespace agent_runtime
