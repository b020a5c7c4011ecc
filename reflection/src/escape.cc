#include "escape.h"

#include <bit>
#include <cstring>

#include "string_block.h"
#include "utf8.h"

namespace logslice::internal {
namespace {

char* write_escape(unsigned char c, char* out) {
  constexpr char kHex[] = "0123456789abcdef";
  *out++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *out++ = static_cast<char>(c);
      return out;
    case '\b':
      *out++ = 'b';
      return out;
    case '\f':
      *out++ = 'f';
      return out;
    case '\n':
      *out++ = 'n';
      return out;
    case '\r':
      *out++ = 'r';
      return out;
    case '\t':
      *out++ = 't';
      return out;
    default:
      std::memcpy(out, "u00", 3);
      out[3] = kHex[c >> 4];
      out[4] = kHex[c & 15];
      return out + 5;
  }
}

char* write_valid(const char* text, size_t size_bytes, char* out) {
  size_t at = 0;
  while (size_bytes - at >= kBlockBytes) {
    const StringBlock block = StringBlock::load(text + at);
    block.store(out);
    const unsigned mask = block.escape_mask();
    if (mask == 0) {
      at += kBlockBytes;
      out += kBlockBytes;
      continue;
    }
    const auto clean = static_cast<size_t>(std::countr_zero(mask));
    out = write_escape(static_cast<unsigned char>(text[at + clean]), out + clean);
    at += clean + 1;
  }
  for (; at < size_bytes; ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (needs_escape(c)) {
      out = write_escape(c, out);
    } else {
      *out++ = static_cast<char>(c);
    }
  }
  return out;
}

char* write_repaired(const char* text, size_t size_bytes, char* out) {
  for (size_t at = 0; at < size_bytes;) {
    const size_t sequence = utf8_sequence_bytes(text + at, size_bytes - at);
    if (sequence == 0) {
      std::memcpy(out, kReplacementCharacter.data(), kReplacementCharacter.size());
      out += kReplacementCharacter.size();
      at += utf8_broken_bytes(text + at, size_bytes - at);
    } else {
      out = write_valid(text + at, sequence, out);
      at += sequence;
    }
  }
  return out;
}

// Kept out of line so that the common case stays small where it is inlined.
__attribute__((noinline)) char* write_special(const char* text, size_t size_bytes, char* out,
                                              int64_t* repaired_strings) {
  if (is_valid_utf8(text, size_bytes)) return write_valid(text, size_bytes, out);
  ++*repaired_strings;
  return write_repaired(text, size_bytes, out);
}

}  // namespace

char* write_escaped(const char* text, size_t size_bytes, char* out, int64_t* repaired_strings) {
  if (size_bytes >= kBlockBytes) {
    size_t at = 0;
    for (; size_bytes - at >= kBlockBytes; at += kBlockBytes) {
      const StringBlock block = StringBlock::load(text + at);
      if (block.special_mask() != 0) {
        return write_special(text + at, size_bytes - at, out + at, repaired_strings);
      }
      block.store(out + at);
    }
    if (at != size_bytes) {
      // The last block overlaps the one before it.
      const StringBlock block = StringBlock::load(text + size_bytes - kBlockBytes);
      if (block.special_mask() != 0) {
        return write_special(text + at, size_bytes - at, out + at, repaired_strings);
      }
      block.store(out + size_bytes - kBlockBytes);
    }
    return out + size_bytes;
  }
  // A short text is laid out in a block of its own without reading beyond its
  // ends; what is left of the block are spaces, which need no escape.
  char short_text[kBlockBytes];
  std::memset(short_text, ' ', kBlockBytes);
  copy_short(text, size_bytes, short_text);
  const StringBlock block = StringBlock::load(short_text);
  if (block.special_mask() != 0) return write_special(text, size_bytes, out, repaired_strings);
  block.store(out);
  return out + size_bytes;
}

}  // namespace logslice::internal
