// This header defines the second half of a time as it is written, `:SS.ffffff+00:00`, read all at
// once where the machine can.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace logslice::internal {

inline constexpr size_t kTimeBlockBytes = 16;

// Each byte is at least this, and at most so much more. A leap second, `:60`, is left to others.
inline constexpr char kTimeBlockLeast[] = ":00.000000+00:00";
inline constexpr char kTimeBlockSpans[] = "\0\5\11\0\11\11\11\11\11\11\0\0\0\0\0";

inline bool is_time_block(const char* text) {
#if defined(__SSE2__)
  const auto load = [](const char* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  };
  const __m128i above_least = _mm_sub_epi8(load(text), load(kTimeBlockLeast));
  const __m128i in_span =
      _mm_cmpeq_epi8(_mm_min_epu8(above_least, load(kTimeBlockSpans)), above_least);
  return _mm_movemask_epi8(in_span) == 0xFFFF;
#else
  for (size_t i = 0; i < kTimeBlockBytes; ++i) {
    if (static_cast<unsigned char>(text[i] - kTimeBlockLeast[i]) > kTimeBlockSpans[i]) return false;
  }
  return true;
#endif
}

// The microseconds since the minute began, or -1 for text of any other shape.
inline int64_t read_time_block(const char* text) {
  if (!is_time_block(text)) return -1;
  if constexpr (std::endian::native == std::endian::little) {
    // SSffffff, the first digit in the lowest byte. Not put together in memory, since whoever takes
    // from there at once what was written in parts waits for it.
    uint64_t word = 0;
    uint16_t seconds = 0;
    std::memcpy(&word, text + 2, 8);
    std::memcpy(&seconds, text + 1, 2);
    word = (word & ~uint64_t{0xFFFF}) | seconds;
    // Neighbours are joined: to pairs, to fours, to eight.
    word = (word & 0x0F0F0F0F0F0F0F0F) * (10 * 256 + 1) >> 8;
    word = (word & 0x00FF00FF00FF00FF) * (100 * 65'536 + 1) >> 16;
    word = (word & 0x0000FFFF0000FFFF) * ((uint64_t{10'000} << 32) + 1) >> 32;
    return static_cast<int64_t>(word);
  } else {
    int64_t value = 0;
    for (const int place : {1, 2, 4, 5, 6, 7, 8, 9}) value = value * 10 + (text[place] - '0');
    return value;
  }
}

}  // namespace logslice::internal
