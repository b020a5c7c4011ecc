// This header defines the files that rows read and write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

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
};
const ReadLog& log_to_read(const std::filesystem::path& directory, int64_t bytes);

}  // namespace logslice::bench
