#include "utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define LOGSLICE_HAVE_SSSE3_DISPATCH 1
#endif

namespace logslice::internal {
namespace {

struct SecondByteRange {
  uint8_t low;
  uint8_t high;
};

// Table 3-7 of the Unicode standard: what may follow each first byte.
SecondByteRange second_byte_range(uint8_t first) {
  switch (first) {
    case 0xE0:
      return {0xA0, 0xBF};
    case 0xED:
      return {0x80, 0x9F};
    case 0xF0:
      return {0x90, 0xBF};
    case 0xF4:
      return {0x80, 0x8F};
    default:
      return {0x80, 0xBF};
  }
}

// 0 for a byte that can not begin a sequence.
size_t expected_bytes(uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  if (first < 0xF5) return 4;
  return 0;
}

// How many bytes at the beginning agree with one well-formed sequence.
size_t agreeing_bytes(const char* text, size_t size_bytes, size_t expected) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  if (expected < 2 || size_bytes < 2) return 1;
  const SecondByteRange range = second_byte_range(bytes[0]);
  if (bytes[1] < range.low || bytes[1] > range.high) return 1;
  size_t agreeing = 2;
  while (agreeing < expected && agreeing < size_bytes && (bytes[agreeing] & 0xC0) == 0x80) {
    ++agreeing;
  }
  return agreeing;
}

#if defined(LOGSLICE_HAVE_SSSE3_DISPATCH)

// Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2021): three
// look-ups by nibbles classify each pair of neighbouring bytes; a pair is wrong if one class is
// left in all three. The names are the paper's classes.
constexpr uint8_t kTooShort = 1 << 0;
constexpr uint8_t kTooLong = 1 << 1;
constexpr uint8_t kOverlong3 = 1 << 2;
constexpr uint8_t kTooLarge = 1 << 3;
constexpr uint8_t kSurrogate = 1 << 4;
constexpr uint8_t kOverlong2 = 1 << 5;
constexpr uint8_t kTooLarge1000 = 1 << 6;
constexpr uint8_t kOverlong4 = 1 << 6;
constexpr uint8_t kTwoContinuations = 1 << 7;
constexpr uint8_t kCarry = kTooShort | kTooLong | kTwoContinuations;

alignas(16) constexpr uint8_t kFirstHigh[16] = {kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTooLong,
                                                kTwoContinuations,
                                                kTwoContinuations,
                                                kTwoContinuations,
                                                kTwoContinuations,
                                                kTooShort | kOverlong2,
                                                kTooShort,
                                                kTooShort | kOverlong3 | kSurrogate,
                                                kTooShort | kTooLarge | kTooLarge1000 | kOverlong4};

alignas(16) constexpr uint8_t kFirstLow[16] = {kCarry | kOverlong3 | kOverlong2 | kOverlong4,
                                               kCarry | kOverlong2,
                                               kCarry,
                                               kCarry,
                                               kCarry | kTooLarge,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000 | kSurrogate,
                                               kCarry | kTooLarge | kTooLarge1000,
                                               kCarry | kTooLarge | kTooLarge1000};

alignas(16) constexpr uint8_t kSecondHigh[16] = {
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooLong | kOverlong2 | kTwoContinuations | kOverlong3 | kTooLarge1000 | kOverlong4,
    kTooLong | kOverlong2 | kTwoContinuations | kOverlong3 | kTooLarge,
    kTooLong | kOverlong2 | kTwoContinuations | kSurrogate | kTooLarge,
    kTooLong | kOverlong2 | kTwoContinuations | kSurrogate | kTooLarge,
    kTooShort,
    kTooShort,
    kTooShort,
    kTooShort};

// One more than the largest last three bytes after which no sequence is open.
alignas(16) constexpr uint8_t kClosedEnd[16] = {255, 255, 255, 255, 255, 255,  255,  255,
                                                255, 255, 255, 255, 255, 0xEF, 0xDF, 0xBF};

// Sixteen of these, from the n-th: each byte goes n places down, and zeros come after them.
constexpr uint8_t kShiftedDown[32] = {
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

__attribute__((target("ssse3"))) bool is_valid_utf8_ssse3(const char* text, size_t size_bytes) {
  const __m128i first_high = _mm_load_si128(reinterpret_cast<const __m128i*>(kFirstHigh));
  const __m128i first_low = _mm_load_si128(reinterpret_cast<const __m128i*>(kFirstLow));
  const __m128i second_high = _mm_load_si128(reinterpret_cast<const __m128i*>(kSecondHigh));
  const __m128i closed_end = _mm_load_si128(reinterpret_cast<const __m128i*>(kClosedEnd));
  const __m128i nibble = _mm_set1_epi8(0x0F);
  __m128i error = _mm_setzero_si128();
  __m128i previous = _mm_setzero_si128();
  __m128i open = _mm_setzero_si128();  // not zero: a sequence goes on beyond the last block

  for (size_t at = 0; at < size_bytes; at += 16) {
    __m128i input;
    const size_t left = size_bytes - at;
    if (left >= 16) {
      input = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    } else if (size_bytes >= 16) {
      // The last sixteen bytes, less those that were looked at.
      input = _mm_shuffle_epi8(
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + size_bytes - 16)),
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(kShiftedDown + 16 - left)));
    } else {
      alignas(16) char last[16] = {};
      std::memcpy(last, text + at, left);
      input = _mm_load_si128(reinterpret_cast<const __m128i*>(last));
    }
    if (_mm_movemask_epi8(input) == 0) {
      error = _mm_or_si128(error, open);
      open = _mm_setzero_si128();
      previous = input;
      continue;
    }
    const __m128i one_before = _mm_alignr_epi8(input, previous, 15);
    const __m128i two_before = _mm_alignr_epi8(input, previous, 14);
    const __m128i three_before = _mm_alignr_epi8(input, previous, 13);
    const __m128i classes = _mm_and_si128(
        _mm_and_si128(
            _mm_shuffle_epi8(first_high, _mm_and_si128(_mm_srli_epi16(one_before, 4), nibble)),
            _mm_shuffle_epi8(first_low, _mm_and_si128(one_before, nibble))),
        _mm_shuffle_epi8(second_high, _mm_and_si128(_mm_srli_epi16(input, 4), nibble)));
    // The third and fourth bytes of sequences have to be continuations, and only they may be second
    // of two continuations.
    const __m128i is_third = _mm_subs_epu8(two_before, _mm_set1_epi8(0xE0 - 0x80));
    const __m128i is_fourth =
        _mm_subs_epu8(three_before, _mm_set1_epi8(static_cast<char>(0xF0 - 0x80)));
    const __m128i must_continue =
        _mm_and_si128(_mm_or_si128(is_third, is_fourth), _mm_set1_epi8(static_cast<char>(0x80)));
    error = _mm_or_si128(error, _mm_xor_si128(must_continue, classes));
    open = _mm_subs_epu8(input, closed_end);
    previous = input;
  }
  error = _mm_or_si128(error, open);
  return _mm_movemask_epi8(_mm_cmpeq_epi8(error, _mm_setzero_si128())) == 0xFFFF;
}

#endif

}  // namespace

size_t utf8_sequence_bytes(const char* text, size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const size_t expected = expected_bytes(static_cast<uint8_t>(*text));
  if (expected < 2) return expected;
  return agreeing_bytes(text, size_bytes, expected) == expected ? expected : 0;
}

size_t utf8_broken_bytes(const char* text, size_t size_bytes) {
  return agreeing_bytes(text, size_bytes, expected_bytes(static_cast<uint8_t>(*text)));
}

size_t valid_utf8_prefix_bytes(std::string_view text) {
  size_t at = 0;
  while (const size_t sequence = utf8_sequence_bytes(text.data() + at, text.size() - at)) {
    at += sequence;
  }
  return at;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t sequence = utf8_sequence_bytes(text.data() + at, text.size() - at);
    if (sequence == 0) {
      out.append(kReplacementCharacter);
      at += utf8_broken_bytes(text.data() + at, text.size() - at);
    } else {
      out.append(text.substr(at, sequence));
      at += sequence;
    }
  }
  return out;
}

bool is_valid_utf8_scalar(const char* text, size_t size_bytes) {
  for (size_t at = 0; at < size_bytes;) {
    const size_t sequence = utf8_sequence_bytes(text + at, size_bytes - at);
    if (sequence == 0) return false;
    at += sequence;
  }
  return true;
}

bool is_valid_utf8(const char* text, size_t size_bytes) {
#if defined(LOGSLICE_HAVE_SSSE3_DISPATCH)
  static const bool has_ssse3 = __builtin_cpu_supports("ssse3") != 0;
  if (has_ssse3) return is_valid_utf8_ssse3(text, size_bytes);
#endif
  return is_valid_utf8_scalar(text, size_bytes);
}

}  // namespace logslice::internal
