#include "block_scanner.h"

#include <string.h>

#include <utility>

#include "line_counter.h"
#include "text.h"

namespace logslice::internal {

namespace {

const char* find_newline(const BlockCursor& cursor) {
  return static_cast<const char*>(
      memchr(cursor.at, '\n', static_cast<size_t>(cursor.end - cursor.at)));
}

}  // namespace

BlockScanner::BlockScanner(const TypeTable& table, const ScanOptions& options, bool is_ordered)
    : options_(options),
      filter_(options, is_ordered),
      table_(table),
      decoder_(table, options.untyped_as_entry ? UntypedLine::kIsEntry : UntypedLine::kIsOtherType,
               options.time_member),
      numbers_(options.unnumbered),
      looks_at_stamps_(!filter_.passes_all() || numbers_.counts_on()) {}

BlockScanner::Found BlockScanner::next(BlockCursor& cursor, void* entry, LineStamp& stamp) {
  const bool skips_by_type = !looks_at_stamps_ && !options_.strict;
  while (cursor.at != cursor.end) {
    if (skips_by_type && !other_head_.empty()) {
      skip_other_types(cursor);
      if (cursor.at == cursor.end) break;
    }
    // A line begins with a blank byte only if it is blank, or not in canonical form.
    const unsigned char first = static_cast<unsigned char>(*cursor.at);
    const bool may_be_blank = first <= ' ';
    Outcome outcome = Outcome::kTake;
    if (may_be_blank || looks_at_stamps_) outcome = filter_line(cursor);
    if (outcome == Outcome::kTake) {
      outcome = take_line(cursor, entry, stamp);
      if (outcome == Outcome::kTake) return Found::kEntry;
    }
    if (outcome == Outcome::kEndOfRange) return Found::kEndOfRange;
    if (outcome == Outcome::kMaybeEndOfRange) return Found::kMaybeEndOfRange;
    if (outcome == Outcome::kRefused) return Found::kRefused;
  }
  return Found::kEndOfBlock;
}

BlockScanner::Found BlockScanner::take_long_line(int64_t size_bytes) {
  ++stats_.line_count;
  stats_.bytes += size_bytes;
  if (size_bytes > 0) numbers_.take(0);
  return reject(stats_.damaged_count, nullptr, 0, {}) == Outcome::kRefused ? Found::kRefused
                                                                           : Found::kEndOfBlock;
}

void BlockScanner::skip_other_types(BlockCursor& cursor) {
  const size_t head_bytes = other_head_.size();
  const char* at = cursor.at;
  int64_t line_count = 0;
  while (static_cast<size_t>(cursor.end - at) > head_bytes &&
         memcmp(at, other_head_.data(), head_bytes) == 0) {
    // The head has no newline, and the last line ends in one.
    at = static_cast<const char*>(
             memchr(at + head_bytes, '\n', static_cast<size_t>(cursor.end - at) - head_bytes)) +
         1;
    ++line_count;
  }
  stats_.line_count += line_count;
  stats_.other_type_count += line_count;
  stats_.bytes += at - cursor.at;
  cursor.line_count += line_count;
  cursor.at = at;
}

void BlockScanner::pass(BlockCursor& cursor, const char* next) {
  ++stats_.line_count;
  stats_.bytes += next - cursor.at;
  ++cursor.line_count;
  cursor.at = next;
}

BlockScanner::Outcome BlockScanner::filter_line(BlockCursor& cursor) {
  const char* const end = find_newline(cursor);
  const std::string_view line(cursor.at, static_cast<size_t>(end - cursor.at));
  if (is_blank(line)) {
    pass(cursor, end + 1);
    ++stats_.blank_count;
    return Outcome::kSkipped;
  }
  if (!looks_at_stamps_) return Outcome::kTake;
  LineStamp stamp;
  bool is_sure = false;
  if (!read_canonical_stamp(line, &stamp)) {
    LineMetadata metadata = read_line_metadata(line, options_.time_member);
    if (!metadata.valid) {
      numbers_.take(0);
      return Outcome::kTake;  // the decoder says what is wrong
    }
    stamp = metadata.stamp;
    is_sure = true;
  }
  stamp.seq = line_seq_ = numbers_.take(stamp.seq);
  const ScanFilter::Verdict verdict = filter_.check(stamp);
  const PastUntil was_past_until = std::exchange(past_until_, PastUntil::kNo);
  switch (verdict) {
    case ScanFilter::Verdict::kPass:
      return Outcome::kTake;
    case ScanFilter::Verdict::kSkip:
      break;
    case ScanFilter::Verdict::kBehindEnd:
    case ScanFilter::Verdict::kPastUntil:
      // The end of a damaged line may look like a stamp; the scan does not end on its word.
      if (!is_sure && !read_line_metadata(line).valid) return Outcome::kTake;
      if (verdict == ScanFilter::Verdict::kBehindEnd) return Outcome::kEndOfRange;
      if (was_past_until == PastUntil::kYes) return Outcome::kEndOfRange;
      // Asked again, it is known that it was not.
      if (was_past_until == PastUntil::kUnknown) return Outcome::kMaybeEndOfRange;
      past_until_ = PastUntil::kYes;
      break;
  }
  pass(cursor, end + 1);
  ++stats_.filtered_count;
  return Outcome::kSkipped;
}

BlockScanner::Outcome BlockScanner::take_line(BlockCursor& cursor, void* entry, LineStamp& stamp) {
  const char* const line = cursor.at;
  if (const char* const next = decoder_.decode_canonical(line, cursor.end, entry, &stamp)) {
    pass(cursor, next);
    return take_entry(line, stamp);
  }
  const int64_t line_index = cursor.line_count;
  const LineDecoder::Result result = decoder_.decode_departing(line, cursor.end, entry);
  pass(cursor, result.next);
  switch (result.verdict) {
    case LineDecoder::Verdict::kEntry:
      stats_.missing_member_count += result.missing_members;
      stamp = result.stamp;
      return take_entry(line, stamp);
    case LineDecoder::Verdict::kOtherType: {
      const std::string_view whole(line, static_cast<size_t>(result.next - line) - 1);
      if (!options_.strict) {
        ++stats_.other_type_count;
        // What the first bytes of a line in canonical form told, the same bytes tell again.
        if (const auto type = read_canonical_type(whole); type && !table_.matches(*type)) {
          other_head_.assign(line, type->data() + type->size() + 1);
        }
        return Outcome::kSkipped;
      }
      const LineMetadata metadata = read_line_metadata(whole);
      return reject(stats_.other_type_count, line, line_index,
                    !metadata.valid ? metadata.problem
                    : metadata.type
                        ? concat("the line is of type ", *metadata.type, ", not ", table_.id)
                        : concat("the line has no __type__; expected ", table_.id));
    }
    case LineDecoder::Verdict::kDamaged:
      return reject(stats_.damaged_count, line, line_index, result.problem);
  }
  return Outcome::kRefused;
}

BlockScanner::Outcome BlockScanner::take_entry(const char* line, LineStamp& stamp) {
  ++stats_.entry_count;
  line_ = line;
  if (numbers_.counts_on()) stamp.seq = line_seq_;
  return Outcome::kTake;
}

BlockScanner::Outcome BlockScanner::reject(int64_t& count, const char* line, int64_t line_index,
                                           std::string_view reason) {
  ++count;
  if (!options_.strict) return Outcome::kSkipped;
  refusal_ = {line, line_index, std::string(reason)};
  return Outcome::kRefused;
}

}  // namespace logslice::internal
