// This header defines the fast decoder: the bytes that encode.cc writes, read in one pass.
//
// Every step of a program's literals is expected where the writer puts it. The first departure —
// another order, white space, an escape in a key — makes the result null, and the line goes through
// the general decoder instead; what is accepted here, that one accepts too, with the same result.
#pragma once

#include <cstddef>
#include <string>

#include "logslice/reflection/internal/time_text.h"
#include "program.h"

namespace logslice::internal {

// Reads from text that ends as json_text.h asks for. Threads: one at a time.
class CanonicalDecoder {
 public:
  // `end` is behind the newline of the last line; kReadPaddingBytes behind it are readable.
  CanonicalDecoder(const char* end, TimeParser* times, std::string* scratch)
      : end_(end), times_(*times), scratch_(*scratch) {}

  // Reads a program's members from where its first literal stands, less `skip_bytes`. Returns the
  // end, or null.
  const char* read_program(const Program& program, size_t skip_bytes, const char* text, void* base);

 private:
  class Elements;
  class Members;

  const char* match(const char* text, std::string_view literal) const;
  const char* read_value(const ValueType& type, const char* text, void* value);
  const char* read_other_value(const ValueType& type, const char* text, void* value);
  const char* read_whole_value(const ValueType& type, const char* text, void* value);
  const char* read_longer_time(const char* text, void* value);
  const char* read_number(const ValueType& type, const char* text, void* value);
  const char* read_json(const char* text, void* value);
  const char* read_extra_members(const Program& program, size_t step, const char* text,
                                 void* value);
  const char* read_enum(const ValueType& type, const char* text, void* value);
  const char* read_named(const NamedMember& named, const char* text, void* value);
  const char* read_variant(const ValueType& type, const char* text, void* value);

  const char* const end_;
  TimeParser& times_;
  std::string& scratch_;
  int depth_ = 0;
};

}  // namespace logslice::internal
