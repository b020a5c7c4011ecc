#include "plan.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "file_walk.h"
#include "logslice/reflection/json_conversion.h"
#include "tools.h"

namespace agent_runtime {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFoldersListedMax = 8;
constexpr size_t kFilesReadMax = 8;

class PlanBuilder {
 public:
  template <typename Params>
  void add(std::string tool, const Params& params) {
    absl::StatusOr<logslice::JsonValue> json = logslice::to_json_value(params);
    if (!json.ok()) {
      status_.Update(json.status());
      return;
    }
    const auto step = static_cast<int64_t>(steps_.size()) + 1;
    steps_.push_back({.step = step, .tool = std::move(tool), .params = *std::move(json)});
  }

  absl::StatusOr<std::vector<PlannedStep>> take() && {
    if (!status_.ok()) return status_;
    return std::move(steps_);
  }

 private:
  std::vector<PlannedStep> steps_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::vector<PlannedStep>> make_plan(const fs::path& root) {
  PlanBuilder plan;

  // What folders are there? Ask for the usual ones whether they are there or not.
  std::vector<fs::path> folders = find_folders(root);
  folders.resize(std::min(folders.size(), kFoldersListedMax));
  for (const char* guess : {"src", "docs", "tests", "examples"}) {
    if (std::find(folders.begin(), folders.end(), guess) == folders.end()) folders.push_back(guess);
  }
  plan.add("list", ListParams{.path = "."});
  for (const fs::path& folder : folders) plan.add("list", ListParams{.path = folder.string()});

  // What kind of project is it?
  for (const char* guess : {"README.md", "LICENSE", "CONTRIBUTING.md", "CMakeLists.txt", "Makefile",
                            "package.json", "pyproject.toml", "Cargo.toml", "go.mod"}) {
    plan.add("read", ReadParams{.path = guess});
  }
  for (const fs::path& file : find_files(root, ".", kFilesReadMax)) {
    plan.add("count", CountParams{.path = file.string()});
  }

  // What is it about?
  for (const char* word : {"TODO", "FIXME", "error", "test", "main", "license", "version", "thread",
                           "Unicode", "a word that only its own plan holds"}) {
    plan.add("search", SearchParams{.text = word});
  }

  // Where are we?
  plan.add("run", RunParams{.argv = {"uname", "-sr"}});
  plan.add("run", RunParams{.argv = {"git", "log", "-1", "--format=%h %s"}});
  plan.add("run", RunParams{.argv = {"ls", "-1"}});
  plan.add("run", RunParams{.argv = {"wc", "-c", "README.md"}});
  plan.add("run", RunParams{.argv = {"date", "-u", "+%F"}});
  plan.add("run", RunParams{.argv = {"id", "-u"}});
  return std::move(plan).take();
}

}  // namespace agent_runtime
