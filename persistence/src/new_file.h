// This header defines NewFile, a file that is there as a whole or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// NewFile is written under a temporary name, `<path>.recovering`, mode 0600. publish() gives it its
// own. Without that the destructor removes it. Threads: one.
class NewFile {
 public:
  NewFile(FileSystem& file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // Creates it. AlreadyExists: under the temporary name stands something.
  absl::Status create();
  bool is_created() const { return file_ != nullptr; }

  // Buffered.
  absl::Status append(std::string_view bytes);
  // Makes all that was appended durable.
  absl::Status sync();
  // Gives it its name, which must be free; the directory is the caller's to sync.
  absl::Status publish();

  const std::string& path() const { return path_; }

 private:
  std::string temporary_path() const { return path_ + ".recovering"; }
  absl::Status flush();

  FileSystem& file_system_;
  const std::string path_;
  std::unique_ptr<File> file_;
  bool is_published_ = false;
  std::string buffer_;
};

}  // namespace logslice::internal
