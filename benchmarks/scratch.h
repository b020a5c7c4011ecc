// This header defines Scratch, the folder for the files of a program that measures.
#pragma once

#include <filesystem>
#include <string>

namespace logslice::bench {

// A folder of its own in `parent`, which is made if need be. It goes when it ends; that of a
// program that was killed, with its gigabytes, when the next one of the same prefix begins.
class Scratch {
 public:
  Scratch(const std::filesystem::path& parent, const std::string& prefix);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

}  // namespace logslice::bench
