// This header defines find_files, the walk through a tree that planning and searching share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace agent_runtime {

// At most `count_max` regular files under `root / below`, as paths relative to `root`: those of a
// folder before those of its subfolders, by name. Hidden ones, links, and folders of build output
// are left out, and so is what cannot be read.
std::vector<std::filesystem::path> find_files(const std::filesystem::path& root,
                                              const std::filesystem::path& below, size_t count_max);

// The visible subfolders of `root`, by name.
std::vector<std::filesystem::path> find_folders(const std::filesystem::path& root);

}  // namespace agent_runtime
