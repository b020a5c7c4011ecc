// This header defines the files that rows read and write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sample_entry.h"

namespace logslice::bench {

// A descriptor that ends with its scope.
class OpenFile {
 public:
  enum class Mode { kRead, kAppendToNew };
  OpenFile(const std::filesystem::path& path, Mode mode);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  // One write(2) of all of it; fails the benchmark otherwise.
  void write_whole(std::string_view bytes) const;

 private:
  int descriptor_;
};

// A log of at least `bytes`, made by the library itself, and kept for the rows that follow.
struct ReadLog {
  std::filesystem::path path;
  int64_t bytes = 0;
  int64_t entry_count = 0;
  // The one whose __seq__ is s is a copy of number (s - 1) % size().
  std::vector<ToolInvoked> entries;

  const ToolInvoked& of(int64_t seq) const {
    return entries[static_cast<size_t>(seq - 1) % entries.size()];
  }
};
const ReadLog& log_to_read(const std::filesystem::path& directory, int64_t bytes,
                           Text text = Text::kAscii);

// In this one each hundredth line is a CostReported, cost_reported(i) the one that is i-th (from
// 0).
struct MixedLog {
  std::filesystem::path path;
  int64_t bytes = 0;
  int64_t cost_count = 0;
};
const MixedLog& log_of_two_types(const std::filesystem::path& directory, int64_t bytes);
CostReported cost_reported(int64_t i);

}  // namespace logslice::bench
