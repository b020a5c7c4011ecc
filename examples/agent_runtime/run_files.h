// This header defines where a run keeps its files.
#pragma once

#include <filesystem>

namespace agent_runtime {

inline std::filesystem::path log_path(const std::filesystem::path& dir) {
  return dir / "tools.jsonl";
}

inline std::filesystem::path snapshot_path(const std::filesystem::path& dir) {
  return dir / "snapshot.json";
}

}  // namespace agent_runtime
