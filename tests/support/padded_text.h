// This header defines text with the padding that decoders may read, in memory that ends with it, so
// that the address sanitiser sees whoever reads on.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "logslice/reflection/internal/line_decoder.h"

namespace logslice::testing {

class PaddedText {
 public:
  // What stands behind the text must not matter: kReadPaddingBytes of `padding`.
  PaddedText(std::string_view text, char padding)
      : memory_(new char[text.size() + internal::kReadPaddingBytes]), size_bytes_(text.size()) {
    std::memcpy(memory_.get(), text.data(), size_bytes_);
    std::memset(memory_.get() + size_bytes_, padding, internal::kReadPaddingBytes);
  }

  const char* begin() const { return memory_.get(); }
  const char* end() const { return begin() + size_bytes_; }

 private:
  const std::unique_ptr<char[]> memory_;
  const size_t size_bytes_;
};

}  // namespace logslice::testing
