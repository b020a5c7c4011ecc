// This header defines the search for the bytes of a JSON string that need more than copying,
// sixteen at a time where the machine can.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace logslice::internal {

inline constexpr size_t kBlockBytes = 16;

constexpr bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

// Copies up to kBlockBytes without reading or writing beyond them, in two pieces that may overlap:
// a copy of any length is a call, which takes longer.
inline void copy_short(const char* from, size_t size_bytes, char* to) {
  if (size_bytes >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size_bytes - 8, from + size_bytes - 8, 8);
  } else if (size_bytes >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size_bytes - 4, from + size_bytes - 4, 4);
  } else {
    for (size_t i = 0; i < size_bytes; ++i) to[i] = from[i];
  }
}

// Sixteen bytes of text. Masks have bit i set for byte i.
class StringBlock {
 public:
  static StringBlock load(const char* text) {
    StringBlock block;
#if defined(__SSE2__)
    block.bytes_ = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
#else
    std::memcpy(block.bytes_, text, kBlockBytes);
#endif
    return block;
  }

  void store(char* out) const {
#if defined(__SSE2__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes_);
#else
    std::memcpy(out, bytes_, kBlockBytes);
#endif
  }

  bool equals(const StringBlock& other) const {
#if defined(__SSE2__)
    return _mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, other.bytes_)) == 0xFFFF;
#else
    return std::memcmp(bytes_, other.bytes_, kBlockBytes) == 0;
#endif
  }

  // Whether the first `size_bytes` <= kBlockBytes are the same.
  bool equals(const StringBlock& other, size_t size_bytes) const {
#if defined(__SSE2__)
    const auto equal =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, other.bytes_)));
    return (~equal & ((1u << size_bytes) - 1)) == 0;
#else
    return std::memcmp(bytes_, other.bytes_, size_bytes) == 0;
#endif
  }

  // Controls, quotes, backslashes: what may not stand in a JSON string as it is.
  unsigned escape_mask() const {
#if defined(__SSE2__)
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_);
    return quote_or(control);
#else
    unsigned mask = 0;
    for (size_t i = 0; i < kBlockBytes; ++i) {
      mask |= unsigned{needs_escape(static_cast<unsigned char>(bytes_[i]))} << i;
    }
    return mask;
#endif
  }

  // The same and all non-ASCII: less 0x20, each is negative as controls are, and no other byte is.
  unsigned special_mask() const {
#if defined(__SSE2__)
    return quote_or(_mm_subs_epi8(bytes_, _mm_set1_epi8(0x20)));
#else
    return escape_mask() | non_ascii_mask();
#endif
  }

  unsigned non_ascii_mask() const {
#if defined(__SSE2__)
    return static_cast<unsigned>(_mm_movemask_epi8(bytes_));
#else
    unsigned mask = 0;
    for (size_t i = 0; i < kBlockBytes; ++i) {
      mask |= unsigned{static_cast<unsigned char>(bytes_[i]) >= 0x80} << i;
    }
    return mask;
#endif
  }

 private:
#if defined(__SSE2__)
  // Of `others` the highest bit of each byte counts.
  unsigned quote_or(__m128i others) const {
    const __m128i quote = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(others, _mm_or_si128(quote, backslash))));
  }

  __m128i bytes_;
#else
  char bytes_[kBlockBytes];
#endif
};

}  // namespace logslice::internal
