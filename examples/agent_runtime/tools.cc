#include "tools.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command.h"
#include "file_walk.h"
#include "logslice/reflection/json_conversion.h"

namespace agent_runtime {

namespace fs = std::filesystem;
using logslice::JsonValue;

// Results, which become JSON by their members' names.
struct ListResult {
  int64_t entry_count = 0;
  std::vector<std::string> names;  // the first ones, folders with a slash
};
struct ReadResult {
  int64_t bytes = 0;  // of the file
  std::string text;   // its beginning
  bool truncated = false;
};
struct SearchMatch {
  std::string path;
  int64_t line = 0;
  std::string text;
};
struct SearchResult {
  int64_t file_count = 0;
  int64_t match_count = 0;
  std::vector<SearchMatch> matches;  // the first ones
};
struct CountResult {
  int64_t lines = 0;
  int64_t words = 0;
  int64_t bytes = 0;
};
struct RunResult {
  int64_t exit_code = 0;
  std::string output;
  bool truncated = false;
};
struct FailedResult {
  std::string error;
};

namespace {

constexpr size_t kNamesMax = 20;
constexpr size_t kFilesSearchedMax = 200;
constexpr size_t kLineBytesKept = 160;
// No tool reads further into a file.
constexpr int64_t kFileBytesMax = int64_t{1} << 20;

// Opens a regular file, and nothing that might block.
absl::StatusOr<std::ifstream> open_file(const fs::path& root, const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(root / path, error);
  if (status.type() == fs::file_type::not_found) return absl::NotFoundError("no file " + path);
  if (error) return absl::ErrnoToStatus(error.value(), path);
  if (!fs::is_regular_file(status)) return absl::InvalidArgumentError(path + " is no regular file");
  std::ifstream file(root / path, std::ios::binary);
  if (!file) return absl::PermissionDeniedError("cannot open " + path);
  return file;
}

absl::StatusOr<std::string> read_beginning(const fs::path& root, const std::string& path,
                                           int64_t bytes_max) {
  absl::StatusOr<std::ifstream> file = open_file(root, path);
  if (!file.ok()) return file.status();
  std::string text(static_cast<size_t>(std::clamp(bytes_max, int64_t{0}, kFileBytesMax)), '\0');
  file->read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file->gcount()));
  return text;
}

absl::StatusOr<ListResult> list(const fs::path& root, const ListParams& params) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(root / params.path, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unreadable;
    names.push_back(entry->path().filename().string() +
                    (entry->is_directory(unreadable) ? "/" : ""));
  }
  if (error) return absl::ErrnoToStatus(error.value(), "no listing of " + params.path);
  std::sort(names.begin(), names.end());
  ListResult result = {.entry_count = static_cast<int64_t>(names.size())};
  names.resize(std::min(names.size(), kNamesMax));
  result.names = std::move(names);
  return result;
}

absl::StatusOr<ReadResult> read(const fs::path& root, const ReadParams& params) {
  absl::StatusOr<std::string> text = read_beginning(root, params.path, params.bytes_max);
  if (!text.ok()) return text.status();
  if (text->find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(params.path + " is no text");
  }
  std::error_code error;
  const auto bytes = static_cast<int64_t>(fs::file_size(root / params.path, error));
  // A character that is cut in two becomes U+FFFD in the log: a line is always valid UTF-8.
  const bool truncated = static_cast<int64_t>(text->size()) < bytes;
  return ReadResult{.bytes = bytes, .text = *std::move(text), .truncated = truncated};
}

absl::StatusOr<SearchResult> search(const fs::path& root, const SearchParams& params) {
  SearchResult result;
  for (const fs::path& path : find_files(root, params.path, kFilesSearchedMax)) {
    absl::StatusOr<std::string> text = read_beginning(root, path.string(), kFileBytesMax);
    if (!text.ok() || text->find('\0') != std::string::npos) continue;
    ++result.file_count;
    int64_t line_number = 0;
    for (size_t begin = 0; begin < text->size();) {
      const size_t end = std::min(text->find('\n', begin), text->size());
      const std::string_view line = std::string_view(*text).substr(begin, end - begin);
      ++line_number;
      begin = end + 1;
      if (line.find(params.text) == std::string_view::npos) continue;
      ++result.match_count;
      if (static_cast<int64_t>(result.matches.size()) < params.matches_max) {
        result.matches.push_back(
            {path.string(), line_number, std::string(line.substr(0, kLineBytesKept))});
      }
    }
  }
  return result;
}

absl::StatusOr<CountResult> count(const fs::path& root, const CountParams& params) {
  absl::StatusOr<std::string> text = read_beginning(root, params.path, kFileBytesMax);
  if (!text.ok()) return text.status();
  CountResult result = {.bytes = static_cast<int64_t>(text->size())};
  bool in_word = false;
  for (const char c : *text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (c == '\n') ++result.lines;
    if (!space && !in_word) ++result.words;
    in_word = !space;
  }
  return result;
}

absl::StatusOr<RunResult> run(const fs::path& root, const RunParams& params) {
  absl::StatusOr<CommandOutput> output = run_command(root, params.argv);
  if (!output.ok()) return output.status();
  return RunResult{output->exit_code, std::move(output->output), output->truncated};
}

template <typename Result>
bool succeeded(const Result&) {
  return true;
}
bool succeeded(const RunResult& result) { return result.exit_code == 0; }

ToolOutcome failed(const absl::Status& status) {
  absl::StatusOr<JsonValue> error =
      logslice::to_json_value(FailedResult{std::string(status.message())});
  return {.result = error.ok() ? *std::move(error) : JsonValue(), .success = false};
}

// From JSON to the tool's struct, through the tool, and back.
template <typename Params, typename Result>
ToolOutcome call(absl::StatusOr<Result> (*tool)(const fs::path&, const Params&),
                 const fs::path& root, const JsonValue& json) {
  const absl::StatusOr<Params> params = logslice::from_json_value<Params>(json);
  if (!params.ok()) return failed(params.status());
  const absl::StatusOr<Result> result = tool(root, *params);
  if (!result.ok()) return failed(result.status());
  absl::StatusOr<JsonValue> result_json = logslice::to_json_value(*result);
  if (!result_json.ok()) return failed(result_json.status());
  return {.result = *std::move(result_json), .success = succeeded(*result)};
}

}  // namespace

ToolOutcome call_tool(const fs::path& root, std::string_view name, const JsonValue& params) {
  if (name == "list") return call(list, root, params);
  if (name == "read") return call(read, root, params);
  if (name == "search") return call(search, root, params);
  if (name == "count") return call(count, root, params);
  if (name == "run") return call(run, root, params);
  return failed(absl::NotFoundError("no tool " + std::string(name)));
}

}  // namespace agent_runtime
