// This header defines QuarantineFile, where pieces of a log go that are no entries of the new one.
// Layout: specs/command.md, "recover".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/persistence/file_system.h"
#include "new_file.h"

namespace logslice::internal {

// Each piece stands behind a line of JSON that tells where it comes from, how long it is and why it
// is here; a newline follows it. The file is made with the first piece. Threads: one.
class QuarantineFile {
 public:
  QuarantineFile(FileSystem& file_system, std::string path) : file_(file_system, std::move(path)) {}

  // Copies so many bytes of `file`, which is at `path`.
  absl::Status add(File& file, const std::string& path, int64_t offset_bytes, int64_t size_bytes,
                   std::string_view reason);

  int64_t piece_count() const { return piece_count_; }
  int64_t bytes() const { return bytes_; }  // of the pieces
  // Null if there is no piece.
  NewFile* file() { return file_.is_created() ? &file_ : nullptr; }

 private:
  NewFile file_;
  int64_t piece_count_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace logslice::internal
