#include "file_anchor.h"

#include <string.h>

#include <algorithm>

namespace logslice::internal {

void FileAnchor::read_before(File& file, int64_t offset_bytes) {
  end_bytes_ = offset_bytes;
  size_bytes_ = static_cast<size_t>(std::min<int64_t>(offset_bytes, bytes_.size()));
  if (size_bytes_ == 0) return;
  const IoResult read =
      file.read_at(bytes_.data(), size_bytes_, end_bytes_ - static_cast<int64_t>(size_bytes_));
  if (!read.ok() || static_cast<size_t>(read.value) != size_bytes_) size_bytes_ = 0;
}

void FileAnchor::advance(std::string_view block) {
  end_bytes_ += static_cast<int64_t>(block.size());
  block = block.substr(block.size() - std::min(block.size(), bytes_.size()));
  const size_t kept = std::min(size_bytes_, bytes_.size() - block.size());
  memmove(bytes_.data(), bytes_.data() + size_bytes_ - kept, kept);
  memcpy(bytes_.data() + kept, block.data(), block.size());
  size_bytes_ = kept + block.size();
}

bool FileAnchor::holds(File& file) const {
  if (size_bytes_ == 0) return true;
  std::array<char, 64> there;
  const IoResult read =
      file.read_at(there.data(), size_bytes_, end_bytes_ - static_cast<int64_t>(size_bytes_));
  if (!read.ok()) return true;
  return static_cast<size_t>(read.value) == size_bytes_ &&
         memcmp(there.data(), bytes_.data(), size_bytes_) == 0;
}

}  // namespace logslice::internal
