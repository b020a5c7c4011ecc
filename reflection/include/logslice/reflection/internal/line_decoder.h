// This header defines the reading half of the codec: a line becomes an entry again.
//
// Two speeds, one truth: a line in canonical form is decoded in one pass over its bytes, expecting
// each member where the writer put it; the first departure from that form sends the whole line
// through the general decoder, which takes any JSON. specs/reflection.md, "Two speeds".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/time_text.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

class JsonTape;

// So many bytes behind the last line must be readable, whatever they are.
inline constexpr size_t kReadPaddingBytes = 64;

// How a line without `__type__` is taken.
enum class UntypedLine { kIsOtherType, kIsEntry };

// Decodes lines of one type. Keeps scratch memory: of the size of the longest line that needed the
// general decoder, and of the longest name, path or bytes. Threads: one at a time.
class LineDecoder {
 public:
  enum class Verdict {
    kEntry,
    kOtherType,  // `__type__` is another, or missing; the line may be damaged behind its beginning
    kDamaged,    // not JSON, or not of the type's shape
  };

  struct Result {
    Verdict verdict;
    const char* next;  // behind the line's newline
    LineStamp stamp;
    int missing_members = 0;  // filled with the struct's own defaults
    bool canonical = false;   // decoded in one pass
    std::string problem;      // for kDamaged: what, with the member or the offset in the line
  };

  // `time_member` as in read_line_metadata().
  explicit LineDecoder(const TypeTable& table, UntypedLine untyped = UntypedLine::kIsOtherType,
                       std::string time_member = {});
  ~LineDecoder();

  // Decodes the line at `line`. All bytes up to `committed_end` are whole lines, each with its
  // newline, and kReadPaddingBytes behind it are readable. `entry` is a constructed object of the
  // type: overwritten for kEntry, left in some valid state otherwise.
  Result decode(const char* line, const char* committed_end, void* entry);

  // The two halves of decode(). The first returns the byte behind the newline, or null if the line
  // departs from the canonical form (then `*stamp` is anything); the second is for a line that
  // does.
  const char* decode_canonical(const char* line, const char* committed_end, void* entry,
                               LineStamp* stamp);
  Result decode_departing(const char* line, const char* committed_end, void* entry);

  // The same by the general decoder alone, for a line without its newline (`next` is null).
  Result decode_general(std::string_view line, void* entry);

 private:
  const TypeTable& table_;
  const UntypedLine untyped_;
  const std::string time_member_;
  std::string scratch_;
  TimeParser times_;     // of members
  TimeParser ts_times_;  // of `__ts__`, which mostly is of another minute
  std::unique_ptr<JsonTape> tape_;
};

// Reads an object of members, as `encode_entry_object` wrote it, by the general decoder.
// InvalidArgument naming the member.
absl::Status decode_entry_object(const TypeTable& table, std::string_view json, void* entry);

// Reads any described value from JSON text by the general decoder.
absl::Status decode_value(const ValueType& type, std::string_view json, void* value);

}  // namespace logslice::internal
