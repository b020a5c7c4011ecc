// This header defines sixteen bytes as 32 hexadecimal digits, and back, all at once where the
// machine can.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace logslice::internal {

inline constexpr size_t kHexBlockBytes = 16;
inline constexpr size_t kHexBlockDigits = 32;

// The digits, lower case, eight in each word as they stand in memory. As words, since whoever takes
// them from memory in pieces waits for them to get there.
inline std::array<uint64_t, 4> hex_digits(const uint8_t* bytes) {
  std::array<uint64_t, 4> words;
#if defined(__SSE2__)
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i low_nibbles = _mm_set1_epi8(0x0F);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(block, 4), low_nibbles);
  const __m128i low = _mm_and_si128(block, low_nibbles);
  const auto to_digits = [](__m128i values) {
    const __m128i is_letter = _mm_cmpgt_epi8(values, _mm_set1_epi8(9));
    const __m128i letters_offset = _mm_and_si128(is_letter, _mm_set1_epi8('a' - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(values, _mm_set1_epi8('0')), letters_offset);
  };
  const __m128i first = to_digits(_mm_unpacklo_epi8(high, low));
  const __m128i second = to_digits(_mm_unpackhi_epi8(high, low));
  const auto half = [](__m128i digits) {
    uint64_t word = 0;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(&word), digits);
    return word;
  };
  words = {half(first), half(_mm_unpackhi_epi64(first, first)), half(second),
           half(_mm_unpackhi_epi64(second, second))};
#else
  constexpr char kDigits[] = "0123456789abcdef";
  char digits[kHexBlockDigits];
  for (size_t i = 0; i < kHexBlockBytes; ++i) {
    digits[2 * i] = kDigits[bytes[i] >> 4];
    digits[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  std::memcpy(words.data(), digits, sizeof digits);
#endif
  return words;
}

// From digits of either case, eight in each word as they stand in memory. False if one of them is
// none; then `bytes` holds anything.
inline bool read_hex_digits(const std::array<uint64_t, 4>& words, uint8_t* bytes) {
#if defined(__SSE2__)
  // What is no digit shows in `bad`; what is one has its value in the byte.
  __m128i bad = _mm_setzero_si128();
  const auto to_values = [&bad](uint64_t first, uint64_t second) {
    const __m128i text =
        _mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first));
    const __m128i number = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
    const __m128i letter =
        _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    const __m128i is_digit = _mm_or_si128(is_number, is_letter);
    bad = _mm_or_si128(bad, _mm_andnot_si128(is_digit, _mm_set1_epi8(-1)));
    return _mm_or_si128(_mm_and_si128(is_number, number),
                        _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
  };
  const auto join_pairs = [](__m128i values) {
    const __m128i high = _mm_slli_epi16(_mm_and_si128(values, _mm_set1_epi16(0x00FF)), 4);
    return _mm_or_si128(high, _mm_srli_epi16(values, 8));
  };
  const __m128i first = join_pairs(to_values(words[0], words[1]));
  const __m128i second = join_pairs(to_values(words[2], words[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(first, second));
  return _mm_movemask_epi8(bad) == 0;
#else
  char digits[kHexBlockDigits];
  std::memcpy(digits, words.data(), sizeof digits);
  bool is_good = true;
  const auto value_of = [&is_good](unsigned char c) -> unsigned {
    if (c >= '0' && c <= '9') return c - '0';
    const unsigned letter = (c | 0x20u) - 'a';
    is_good &= letter <= 5;
    return letter + 10;
  };
  for (size_t i = 0; i < kHexBlockBytes; ++i) {
    const unsigned high = value_of(static_cast<unsigned char>(digits[2 * i]));
    const unsigned low = value_of(static_cast<unsigned char>(digits[2 * i + 1]));
    bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return is_good;
#endif
}

}  // namespace logslice::internal
