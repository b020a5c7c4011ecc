// This header defines LineTally, which counts the lines of a text that comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>

namespace logslice::internal {

class LineTally {
 public:
  // The next piece of the text.
  void add(const char* text, size_t size_bytes);

  // The lines that have ended and are not blank.
  int64_t line_count() const { return line_count_; }

 private:
  int64_t line_count_ = 0;
  bool line_is_blank_ = true;  // what the line at hand has shown so far
};

}  // namespace logslice::internal
