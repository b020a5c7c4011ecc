// Short ways to encode and decode one entry in tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../support/padded_text.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/line_decoder.h"

namespace samples {

inline constexpr std::string_view kTs = "2025-01-15T10:30:00.123789+00:00";

// The line without its newline.
template <typename T>
std::string encode(const T& entry, int64_t seq = 42, int64_t* repaired = nullptr) {
  logslice::internal::ByteBuffer buffer;
  const int64_t count = logslice::internal::encode_line(logslice::internal::type_table<T>(), &entry,
                                                        seq, kTs, buffer);
  if (repaired != nullptr) *repaired = count;
  std::string line(buffer.view());
  line.pop_back();
  return line;
}

template <typename T>
struct Decoded {
  logslice::internal::LineDecoder::Result result;
  T entry{};
};

// Decodes a line, given without its newline, as a scan does.
template <typename T>
Decoded<T> decode(std::string_view line) {
  const logslice::testing::PaddedText text(std::string(line) + '\n', '"');
  logslice::internal::LineDecoder decoder(logslice::internal::type_table<T>());
  Decoded<T> decoded;
  decoded.result = decoder.decode(text.begin(), text.end(), &decoded.entry);
  return decoded;
}

// Decodes by the general decoder alone.
template <typename T>
Decoded<T> decode_general(std::string_view line) {
  logslice::internal::LineDecoder decoder(logslice::internal::type_table<T>());
  Decoded<T> decoded;
  decoded.result = decoder.decode_general(line, &decoded.entry);
  return decoded;
}

using Verdict = logslice::internal::LineDecoder::Verdict;

}  // namespace samples
