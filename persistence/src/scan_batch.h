// This header defines ScanBatch, a part of a log on its way from the file to whoever scans it with
// several threads, and BatchReader, which cuts the log into such parts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "block_scanner.h"
#include "entry_slots.h"
#include "line_buffer.h"
#include "log_reader.h"
#include "logslice/persistence/scan_options.h"
#include "unread_block.h"

namespace logslice::internal {

// A batch is read and decoded by one thread, and handed out by the one that scans. Memory: about a
// block of text, or its longest line, and the entries of that.
struct ScanBatch {
  // A block of lines of one file, or what stands for none. Its counts are those that the reader had
  // made since the piece before.
  struct Piece {
    enum class Kind { kLines, kLongLine };

    Kind kind = Kind::kLines;
    BlockCursor lines;
    const char* begin = nullptr;
    int64_t size_bytes = 0;    // of a long line
    int64_t offset_bytes = 0;  // of its begin
    std::shared_ptr<const std::string> path;
    int64_t file_id = 0;
    int64_t line_number = 0;        // of its first line, as far as the reader counted; 0: unknown
    bool lines_are_counted = true;  // by the reader
    ScanStats reader_counts;
    std::string problem;  // of a long line
  };

  // What follows the entries at hand.
  enum class Ending {
    kNextBatch,
    kRestOfBatch,  // there were no more slots for it
    kEndOfLog,     // status says whether it is an error
    kEndOfRange,
    kRefused,  // by strict: refusal, in the piece at hand
    kThrew,
  };

  explicit ScanBatch(const TypeTable& table) : slots(table) {}

  // Blocks that were copied, or one that is still to be read: that of the last piece.
  LineBuffer text;
  size_t text_bytes = 0;
  std::optional<UnreadBlock> unread;
  std::vector<Piece> pieces;
  ScanStats counts_at_end;  // the reader's, behind the last piece
  // How the reader ended, if it did: behind all pieces.
  bool is_last = false;
  absl::Status reader_status;
  std::exception_ptr reader_threw;

  // Where decoding goes on.
  size_t piece = 0;
  BlockScanner::PastUntil past_until = BlockScanner::PastUntil::kUnknown;

  // What was decoded.
  EntrySlots slots;
  size_t entry_count = 0;
  std::vector<ScanStats> more_counts;  // of the entries that have some, in their order
  ScanStats rest_counts;               // behind the last entry
  std::optional<size_t> kept_entries;  // set if an entry was large: the slots to keep
  Ending ending = Ending::kNextBatch;
  BlockScanner::Refusal refusal;
  std::exception_ptr threw;
  // The range ends before this entry, and with these counts, if the line before the batch was past
  // `until`.
  std::optional<size_t> maybe_end_entry;
  ScanStats maybe_end_counts;

  int last_thread = 0;  // that decoded it

  // Of whoever hands it out: the pieces whose lines were added up.
  size_t pieces_added_up = 0;
};

// Those of an entry that has no more than those of its line.
inline void add_counts_of_line(ScanStats& sum, const EntryRecord& record) {
  ++sum.entry_count;
  ++sum.line_count;
  sum.bytes += record.line_bytes;
  sum.missing_member_count += record.missing_members;
}
void add_counts(ScanStats& sum, const ScanStats& part);
ScanStats counts_between(const ScanStats& before, const ScanStats& after);

// Threads: one at a time.
class BatchReader {
 public:
  BatchReader(LogReader reader, const ScanOptions& options)
      : reader_(std::move(reader)), options_(options) {}

  bool is_ordered() const { return reader_.is_ordered(); }
  // Overwrites all that the batch held. Not after a batch that is the last.
  void read(ScanBatch& batch);

 private:
  // A block that can be read beside others.
  bool take_unread(ScanBatch& batch);
  // The next block, or false if there is none; long lines become pieces of their own.
  bool fill(ScanBatch& batch);
  // Copies it. False: the batch is full; what did not fit stays with the reader.
  bool take_block(ScanBatch& batch);
  ScanBatch::Piece& add_piece(ScanBatch& batch);

  LogReader reader_;
  const ScanOptions options_;
  ScanStats counts_;  // the reader's, up to the last piece
};

// Reads what BatchReader left to be read. Threads: any, for different batches. Throws nothing.
void read_unread(ScanBatch& batch);

// Decodes what is left of the batch, as far as its slots go, or until `is_stopped`. Throws nothing.
void decode_batch(ScanBatch& batch, BlockScanner& scanner, const std::atomic<bool>& is_stopped);

}  // namespace logslice::internal
