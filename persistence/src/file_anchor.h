// This header defines FileAnchor, by which a follower knows that a file is still the one it read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "logslice/persistence/file_system.h"

namespace logslice::internal {

// FileAnchor remembers the bytes before a place in a file. If others stand there later, the file
// was cut off and written again, though it may be longer than before. Threads: one.
class FileAnchor {
 public:
  // At `offset_bytes`. What cannot be read is not remembered.
  void read_before(File& file, int64_t offset_bytes);
  // Moves on over `block`, which stands in the file from here on.
  void advance(std::string_view block);
  bool is_set() const { return size_bytes_ > 0; }
  // Whether the same bytes stand there still. A failed read is no answer: whoever reads on meets
  // it.
  bool holds(File& file) const;

 private:
  std::array<char, 64> bytes_ = {};  // as many as tell one line's end from another's
  size_t size_bytes_ = 0;
  int64_t end_bytes_ = 0;  // the place
};

}  // namespace logslice::internal
