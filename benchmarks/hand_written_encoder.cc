// An encoder for this one type, as one writes it by hand who knows what is fast: the largest size
// reserved once, keys and what stands between values copied as one literal, sixteen bytes of text
// at a time, tables of two digits, the date kept from entry to entry. It trusts the text to be
// UTF-8; logslice looks.
#include <emmintrin.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "absl/time/civil_time.h"
#include "line_encoder.h"

namespace logslice::bench {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr auto kHexPairs = [] {
  std::array<char, 512> pairs{};
  for (size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kHexDigits[i / 16];
    pairs[2 * i + 1] = kHexDigits[i % 16];
  }
  return pairs;
}();

constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

template <size_t N>
char* put(char* out, const char (&literal)[N]) {
  std::memcpy(out, literal, N - 1);
  return out + N - 1;
}

char* put_two_digits(char* out, int64_t number) {
  std::memcpy(out, &kDigitPairs[static_cast<size_t>(2 * number)], 2);
  return out + 2;
}

char* put_escaped(char* out, unsigned char byte) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  *out++ = '\\';
  if (const size_t at = kSpecial.find(static_cast<char>(byte)); at != std::string_view::npos) {
    *out++ = kLetters[at];
    return out;
  }
  out = put(out, "u00");
  std::memcpy(out, &kHexPairs[size_t{2} * byte], 2);
  return out + 2;
}

bool needs_escape(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

// A bit for each byte that cannot stand as it is.
unsigned special_bytes(__m128i bytes) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

// `out` has room for all of it escaped, and 16 bytes more.
char* put_text(char* out, std::string_view text) {
  const char* in = text.data();
  const char* const end = in + text.size();
  while (end - in >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
    const unsigned special = special_bytes(bytes);
    const int plain_count = special == 0 ? 16 : std::countr_zero(special);
    in += plain_count;
    out += plain_count;
    if (special != 0) out = put_escaped(out, static_cast<unsigned char>(*in++));
  }
  for (; in != end; ++in) {
    const auto byte = static_cast<unsigned char>(*in);
    if (needs_escape(byte)) {
      out = put_escaped(out, byte);
    } else {
      *out++ = *in;
    }
  }
  return out;
}

char* put_uuid(char* out, const Uuid& id) {
  const auto put_bytes = [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i, out += 2) {
      std::memcpy(out, &kHexPairs[size_t{2} * id.bytes()[i]], 2);
    }
  };
  put_bytes(0, 4);
  *out++ = '-';
  put_bytes(4, 6);
  *out++ = '-';
  put_bytes(6, 8);
  *out++ = '-';
  put_bytes(8, 10);
  *out++ = '-';
  put_bytes(10, 16);
  return out;
}

class HandWritten final : public LineEncoder {
 public:
  void append_line(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                   internal::ByteBuffer& out) override {
    const size_t text_bytes = entry.prompt_name.size() + entry.adapter.size() + entry.name.size() +
                              entry.params.query.size();
    char* at = out.reserve_extra(6 * text_bytes + 1024);
    at = put(at, R"({"__type__":"logslice.bench:ToolInvoked","prompt_name":")");
    at = put_text(at, entry.prompt_name);
    at = put(at, R"(","adapter":")");
    at = put_text(at, entry.adapter);
    at = put(at, R"(","name":")");
    at = put_text(at, entry.name);
    at = put(at, R"(","params":{"query":")");
    at = put_text(at, entry.params.query);
    at = entry.result.success ? put(at, R"("},"result":{"success":true,"hit_count":)")
                              : put(at, R"("},"result":{"success":false,"hit_count":)");
    at = std::to_chars(at, at + 20, entry.result.hit_count).ptr;
    if (entry.session_id.has_value()) {
      at = put(at, R"(},"session_id":")");
      at = put_uuid(at, *entry.session_id);
      at = put(at, R"(","created_at":")");
    } else {
      at = put(at, R"(},"session_id":null,"created_at":")");
    }
    at = put_time(at, entry.created_at);
    at = put(at, R"(","event_id":")");
    at = put_uuid(at, entry.event_id);
    at = put(at, R"(","__seq__":)");
    at = std::to_chars(at, at + 20, seq).ptr;
    at = put(at, R"(,"__ts__":")");
    std::memcpy(at, ts.data(), ts.size());
    at += ts.size();
    at = put(at, "\"}\n");
    out.commit_until(at);
  }

 private:
  char* put_time(char* out, absl::Time time) {
    const int64_t all_micros = absl::ToUnixMicros(time);
    const int64_t second = all_micros / 1'000'000 - (all_micros % 1'000'000 < 0 ? 1 : 0);
    const int64_t micros = all_micros - second * 1'000'000;
    if (second != second_) set_second(second);
    std::memcpy(out, second_text_.data(), second_text_.size());
    out += second_text_.size();
    out = put_two_digits(out, micros / 10'000);
    out = put_two_digits(out, micros / 100 % 100);
    out = put_two_digits(out, micros % 100);
    return put(out, "+00:00");
  }

  void set_second(int64_t second) {
    second_ = second;
    const absl::CivilSecond civil =
        absl::ToCivilSecond(absl::FromUnixSeconds(second), absl::UTCTimeZone());
    char* out = second_text_.data();
    out = put_two_digits(out, civil.year() / 100);
    out = put_two_digits(out, civil.year() % 100);
    *out++ = '-';
    out = put_two_digits(out, civil.month());
    *out++ = '-';
    out = put_two_digits(out, civil.day());
    *out++ = 'T';
    out = put_two_digits(out, civil.hour());
    *out++ = ':';
    out = put_two_digits(out, civil.minute());
    *out++ = ':';
    out = put_two_digits(out, civil.second());
    *out = '.';
  }

  int64_t second_ = INT64_MIN;
  std::array<char, 20> second_text_{};  // "2025-01-15T10:30:00."
};

}  // namespace

LineEncoderMaker hand_written_encoder() { return encoder_maker<HandWritten>("hand-written"); }

}  // namespace logslice::bench
