#include "line_tally.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define LOGSLICE_HAVE_AVX2_DISPATCH 1
#endif

namespace logslice::internal {

namespace {

constexpr bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r'; }

#if defined(LOGSLICE_HAVE_AVX2_DISPATCH)

constexpr size_t kVectorBytes = 32;
constexpr size_t kStrideBytes = 240 * kVectorBytes;  // a byte counts to 255

// The newlines of the next kStrideBytes, or -1 if one of them may be followed by a blank line.
// One byte behind them is read, too.
__attribute__((target("avx2"))) int64_t count_stride_avx2(const char* text) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const __m256i space = _mm256_set1_epi8(' ');
  __m256i counts = _mm256_setzero_si256();
  __m256i blank_behind = _mm256_setzero_si256();
  for (const char* const end = text + kStrideBytes; text != end; text += kVectorBytes) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i behind = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 1));
    const __m256i is_newline = _mm256_cmpeq_epi8(bytes, newline);
    const __m256i is_low = _mm256_cmpeq_epi8(_mm256_min_epu8(behind, space), behind);
    counts = _mm256_sub_epi8(counts, is_newline);
    blank_behind = _mm256_or_si256(blank_behind, _mm256_and_si256(is_newline, is_low));
  }
  if (_mm256_testz_si256(blank_behind, blank_behind) == 0) return -1;
  const __m256i sums = _mm256_sad_epu8(counts, _mm256_setzero_si256());
  return _mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
         _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3);
}

#endif

}  // namespace

void LineTally::add(const char* text, size_t size_bytes) {
  const char* at = text;
  const char* const end = at + size_bytes;
  [[maybe_unused]] const char* careful_end = at;  // up to here line by line
  while (at < end) {
    if (line_is_blank_) {
      while (at < end && is_blank_byte(*at)) ++at;
      if (at == end) return;
      if (*at == '\n') {
        ++at;
        continue;
      }
      line_is_blank_ = false;
    }
#if defined(LOGSLICE_HAVE_AVX2_DISPATCH)
    // In the middle of a line that counts. Behind a stride one stands there, too, or its newline
    // has just come and what follows is not blank.
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    while (has_avx2 && at >= careful_end && static_cast<size_t>(end - at) > kStrideBytes) {
      const int64_t count = count_stride_avx2(at);
      if (count < 0) {
        careful_end = at + kStrideBytes;
        break;
      }
      line_count_ += count;
      at += kStrideBytes;
    }
#endif
    const void* const newline = memchr(at, '\n', static_cast<size_t>(end - at));
    if (newline == nullptr) return;
    ++line_count_;
    at = static_cast<const char*>(newline) + 1;
    line_is_blank_ = true;
  }
}

}  // namespace logslice::internal
