#include "file_walk.h"

#include <algorithm>
#include <deque>
#include <string>
#include <system_error>

namespace agent_runtime {
namespace {

namespace fs = std::filesystem;

// A folder with more entries than this is looked at in part: a tool call must end.
constexpr int kEntriesPerFolderMax = 10'000;

struct Folder {
  std::vector<fs::path> files;    // names
  std::vector<fs::path> folders;  // names
};

Folder read_folder(const fs::path& path) {
  Folder folder;
  std::error_code error;
  fs::directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
  for (int seen = 0; !error && entry != fs::directory_iterator() && seen < kEntriesPerFolderMax;
       entry.increment(error), ++seen) {
    const fs::path name = entry->path().filename();
    std::error_code unreadable;
    const fs::file_status status = entry->symlink_status(unreadable);
    if (unreadable || name.string().starts_with('.')) continue;
    if (fs::is_regular_file(status)) folder.files.push_back(name);
    if (fs::is_directory(status) && name != "build" && name != "node_modules") {
      folder.folders.push_back(name);
    }
  }
  std::sort(folder.files.begin(), folder.files.end());
  std::sort(folder.folders.begin(), folder.folders.end());
  return folder;
}

}  // namespace

std::vector<fs::path> find_files(const fs::path& root, const fs::path& below, size_t count_max) {
  std::vector<fs::path> found;
  std::deque<fs::path> waiting = {below == "." ? fs::path() : below};
  while (!waiting.empty() && found.size() < count_max) {
    const fs::path at = waiting.front();
    waiting.pop_front();
    const Folder folder = read_folder(root / at);
    for (const fs::path& name : folder.files) {
      if (found.size() < count_max) found.push_back(at / name);
    }
    // As many folders as files may wait, so that a tree of empty folders ends as well.
    for (const fs::path& name : folder.folders) {
      if (waiting.size() < count_max) waiting.push_back(at / name);
    }
  }
  return found;
}

std::vector<fs::path> find_folders(const fs::path& root) { return read_folder(root).folders; }

}  // namespace agent_runtime
