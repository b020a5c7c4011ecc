#include "scan_batch.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "io_status.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"

namespace logslice::internal {

namespace {

constexpr size_t kTextBytes = size_t{128} << 10;
constexpr size_t kBatchPiecesMax = 512;
constexpr size_t kSlotBytesMax = size_t{1} << 20;
// What an entry's strings and containers grew to stays with its slot. That of larger lines does
// not, so that a log with a large entry here and there does not fill all slots with memory.
constexpr int64_t kKeptLineBytesMax = 4096;

ScanStats counts_of(const LogReader& reader) {
  ScanStats counts;
  counts.file_count = reader.file_count();
  counts.overlap_count = reader.overlap_count();
  counts.overlap_bytes = reader.overlap_bytes();
  counts.conflict_count = reader.conflict_count();
  return counts;
}

void make_room(LineBuffer& buffer, size_t size) {
  const size_t capacity = std::max(kTextBytes, size);
  // What was made for a long line is given back.
  if (buffer.capacity != capacity) buffer = make_line_buffer(capacity);
}

template <typename Apply>
void for_each_count(ScanStats& to, const ScanStats& from, Apply apply) {
  for (int64_t ScanStats::*const count :
       {&ScanStats::entry_count, &ScanStats::other_type_count, &ScanStats::damaged_count,
        &ScanStats::filtered_count, &ScanStats::blank_count, &ScanStats::missing_member_count,
        &ScanStats::line_count, &ScanStats::bytes, &ScanStats::torn_bytes, &ScanStats::file_count,
        &ScanStats::overlap_count, &ScanStats::conflict_count, &ScanStats::overlap_bytes}) {
    apply(to.*count, from.*count);
  }
}

}  // namespace

void add_counts(ScanStats& sum, const ScanStats& part) {
  for_each_count(sum, part, [](int64_t& to, int64_t from) { to += from; });
}

ScanStats counts_between(const ScanStats& before, const ScanStats& after) {
  ScanStats between = after;
  for_each_count(between, before, [](int64_t& to, int64_t from) { to -= from; });
  return between;
}

// ---- Reading ------------------------------------------------------------------------------------

void BatchReader::read(ScanBatch& batch) {
  batch.text_bytes = 0;
  batch.unread.reset();
  batch.pieces.clear();
  batch.counts_at_end = {};
  batch.is_last = false;
  batch.piece = 0;
  batch.past_until = BlockScanner::PastUntil::kUnknown;
  batch.pieces_added_up = 0;
  try {
    if (take_unread(batch)) return;
    while (fill(batch) && take_block(batch)) {
    }
  } catch (...) {
    batch.is_last = true;
    batch.reader_threw = std::current_exception();
  }
}

bool BatchReader::take_unread(ScanBatch& batch) {
  if (reader_.at() != reader_.committed_end()) return false;
  std::optional<UnreadBlock> block = reader_.pass_block();
  if (!block.has_value()) return false;
  ScanBatch::Piece& piece = add_piece(batch);
  piece.offset_bytes = block->offset_bytes;
  piece.lines_are_counted = false;
  batch.unread = std::move(block);
  return true;
}

bool BatchReader::fill(ScanBatch& batch) {
  while (reader_.at() == reader_.committed_end()) {
    switch (reader_.fill()) {
      case LogReader::Fill::kLines:
        if (!options_.strict || reader_.conflict().empty()) return true;
        batch.reader_status = with_error_kind(data_loss(reader_.conflict()), ErrorKind::kParse);
        break;
      case LogReader::Fill::kLongLine: {
        const LineReader::LongLine& line = reader_.long_line();
        ScanBatch::Piece& piece = add_piece(batch);
        piece.kind = ScanBatch::Piece::Kind::kLongLine;
        piece.size_bytes = line.size_bytes;
        piece.offset_bytes = line.offset_bytes;
        if (options_.strict) piece.problem = line.problem(options_.line_bytes_max);
        if (batch.pieces.size() >= kBatchPiecesMax) return false;
        continue;
      }
      case LogReader::Fill::kEnd:
        batch.reader_status = absl::OkStatus();
        break;
      case LogReader::Fill::kError:
        batch.reader_status = reader_.status();
        break;
    }
    batch.is_last = true;
    batch.counts_at_end = counts_between(counts_, counts_of(reader_));
    if (batch.reader_status.ok()) batch.counts_at_end.torn_bytes = reader_.torn_bytes();
    return false;
  }
  return true;
}

ScanBatch::Piece& BatchReader::add_piece(ScanBatch& batch) {
  ScanBatch::Piece& piece = batch.pieces.emplace_back();
  piece.path = reader_.shared_path();
  piece.file_id = reader_.file_id();
  piece.line_number = reader_.line_number();
  const ScanStats counts = counts_of(reader_);
  piece.reader_counts = counts_between(counts_, counts);
  counts_ = counts;
  return piece;
}

bool BatchReader::take_block(ScanBatch& batch) {
  const char* const begin = reader_.at();
  const size_t size = static_cast<size_t>(reader_.committed_end() - begin);
  if (batch.text_bytes == 0) {
    make_room(batch.text, size);
  } else if (batch.text_bytes + size > batch.text.capacity) {
    return false;
  }
  ScanBatch::Piece& piece = add_piece(batch);
  piece.offset_bytes = reader_.offset_bytes();
  piece.lines_are_counted = reader_.block_is_merged_line();
  char* const copy = batch.text.bytes.get() + batch.text_bytes;
  memcpy(copy, begin, size);
  batch.text_bytes += size;
  reader_.advance_block(piece.lines_are_counted ? 1 : 0);
  piece.begin = copy;
  piece.lines = {copy, copy + size};
  return batch.text_bytes < kTextBytes / 2 && batch.pieces.size() < kBatchPiecesMax;
}

void read_unread(ScanBatch& batch) {
  if (!batch.unread.has_value()) return;
  ScanBatch::Piece& piece = batch.pieces.back();
  try {
    make_room(batch.text, static_cast<size_t>(batch.unread->size_bytes));
    char* const text = batch.text.bytes.get();
    const BlockRead read = read_block(*batch.unread, text);
    batch.unread.reset();
    piece.begin = text;
    piece.lines = {text, text + read.line_bytes};
    piece.reader_counts.torn_bytes += read.torn_bytes;
    if (read.error == 0) return;
    batch.reader_status = io_error(read.error, "cannot read", *piece.path);
  } catch (...) {
    batch.reader_threw = std::current_exception();
  }
  batch.is_last = true;
}

// ---- Decoding -----------------------------------------------------------------------------------

namespace {

// Decodes the lines of one piece. The ending, if it is not the next piece.
class BatchDecoder {
 public:
  BatchDecoder(ScanBatch& batch, BlockScanner& scanner, const std::atomic<bool>& is_stopped)
      : batch_(batch),
        scanner_(scanner),
        is_stopped_(is_stopped),
        slot_count_max_(batch.slots.count_within(kSlotBytesMax)) {}

  ScanBatch::Ending decode() {
    scanner_.restart(batch_.past_until);
    for (; batch_.piece < batch_.pieces.size(); ++batch_.piece) {
      ScanBatch::Piece& piece = batch_.pieces[batch_.piece];
      add_counts(scanner_.stats(), piece.reader_counts);
      has_more_counts_ = true;
      // Not again, should the slots not do.
      piece.reader_counts = {};
      const BlockScanner::Found found = piece.kind == ScanBatch::Piece::Kind::kLongLine
                                            ? scanner_.take_long_line(piece.size_bytes)
                                            : decode_lines(piece);
      switch (found) {
        case BlockScanner::Found::kEndOfBlock:
          break;
        case BlockScanner::Found::kRefused:
          batch_.refusal = scanner_.refusal();
          return ScanBatch::Ending::kRefused;
        case BlockScanner::Found::kEndOfRange:
          return ScanBatch::Ending::kEndOfRange;
        case BlockScanner::Found::kEntry:  // one more than there are slots for
        case BlockScanner::Found::kMaybeEndOfRange:
          return ScanBatch::Ending::kRestOfBatch;
      }
    }
    if (!batch_.is_last) return ScanBatch::Ending::kNextBatch;
    add_counts(scanner_.stats(), batch_.counts_at_end);
    batch_.threw = batch_.reader_threw;
    return batch_.threw ? ScanBatch::Ending::kThrew : ScanBatch::Ending::kEndOfLog;
  }

  ScanStats rest_counts() const { return counts_between(last_, scanner_.stats()); }

 private:
  BlockScanner::Found decode_lines(ScanBatch::Piece& piece) {
    while (!is_stopped_.load(std::memory_order_relaxed)) {
      if (batch_.entry_count == slot_count_max_) {
        if (piece.lines.at == piece.lines.end) return BlockScanner::Found::kEndOfBlock;
        return BlockScanner::Found::kEntry;
      }
      batch_.slots.make(batch_.entry_count);
      EntryRecord& record = batch_.slots.record(batch_.entry_count);
      const BlockScanner::Found found =
          scanner_.next(piece.lines, batch_.slots.entry(batch_.entry_count), record.stamp);
      if (found == BlockScanner::Found::kEntry) {
        add_entry(piece, record);
      } else if (found == BlockScanner::Found::kMaybeEndOfRange) {
        batch_.maybe_end_entry = batch_.entry_count;
        batch_.maybe_end_counts = rest_counts();
      } else {
        return found;
      }
    }
    return BlockScanner::Found::kEndOfBlock;
  }

  void add_entry(const ScanBatch::Piece& piece, EntryRecord& record) {
    const ScanStats& stats = scanner_.stats();
    record.offset_bytes = piece.offset_bytes + (scanner_.line() - piece.begin);
    record.line_bytes = piece.lines.at - scanner_.line();
    record.missing_members =
        static_cast<int32_t>(stats.missing_member_count - last_.missing_member_count);
    record.piece = static_cast<uint32_t>(batch_.piece);
    record.counts_more = has_more_counts_ || stats.line_count != last_.line_count + 1;
    if (record.counts_more) {
      batch_.more_counts.push_back(counts_between(last_, stats));
      last_ = stats;
      has_more_counts_ = false;
    } else {
      add_counts_of_line(last_, record);
    }
    if (record.line_bytes > kKeptLineBytesMax && !batch_.kept_entries.has_value()) {
      batch_.kept_entries = batch_.entry_count;
    }
    ++batch_.entry_count;
  }

  ScanBatch& batch_;
  BlockScanner& scanner_;
  const std::atomic<bool>& is_stopped_;
  const size_t slot_count_max_;
  bool has_more_counts_ = false;
  ScanStats last_;  // up to the last entry
};

}  // namespace

void decode_batch(ScanBatch& batch, BlockScanner& scanner, const std::atomic<bool>& is_stopped) {
  batch.entry_count = 0;
  batch.more_counts.clear();
  batch.rest_counts = {};
  batch.threw = nullptr;
  batch.maybe_end_entry.reset();
  if (batch.kept_entries.has_value()) {
    batch.slots.shrink_to(*batch.kept_entries);
    batch.kept_entries.reset();
  }
  BatchDecoder decoder(batch, scanner, is_stopped);
  try {
    batch.ending = decoder.decode();
  } catch (...) {
    // What the default of a member throws, or want of memory.
    batch.ending = ScanBatch::Ending::kThrew;
    batch.threw = std::current_exception();
  }
  batch.past_until = scanner.past_until();
  batch.rest_counts = decoder.rest_counts();
}

}  // namespace logslice::internal
