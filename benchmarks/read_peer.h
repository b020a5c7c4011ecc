// This header defines what a JSON library does in the rows that read a log.
//
// Each is free to read as it is fastest, but gives the same: every field of every entry, in a
// struct that owns its strings. The struct is reused from entry to entry, as scan_log does. They
// leave
// __ts__ alone; logslice reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench.h"
#include "files.h"

namespace logslice::bench {

// Where the entries of a log go, from whoever reads it.
class EntrySink {
 public:
  enum class Look {
    kTouch,    // of each entry, what is cheap to look at: nobody can leave an entry out
    kMoveOut,  // the same, and takes the entry: the struct has no memory left for the next one
    kCompare,  // every field with what was dispatched; too long to be timed
  };
  EntrySink(const ReadLog& log, Look look) : log_(log), look_(look) {}

  void take(int64_t seq, ToolInvoked& entry) {
    if (look_ == Look::kCompare) check(is_equal(entry, log_.of(seq)), "an entry is another one");
    ++count_;
    seqs_ += seq;
    hits_ += entry.result.hit_count;
    bytes_ += static_cast<int64_t>(entry.params.query.size() + entry.name.size());
    if (look_ == Look::kMoveOut) const ToolInvoked taken = std::move(entry);
  }
  int64_t count() const { return count_; }

  // Fails the benchmark unless each of the entries numbered first_seq .. last_seq has come once.
  void finish(int64_t first_seq, int64_t last_seq) const;

 private:
  const ReadLog& log_;
  const Look look_;
  int64_t count_ = 0;
  int64_t seqs_ = 0;
  int64_t hits_ = 0;
  int64_t bytes_ = 0;
};

struct ScanPeer {
  std::string name;
  std::function<void(const std::filesystem::path& path, EntrySink& sink)> scan;
  int thread_count = 1;
  // Takes ten times as long as the others: its log is a tenth as long.
  bool is_slow = false;
};

// A library in the rows that look for one place of a log. It has no index: it reads all of it, and
// decodes what is asked for.
struct PlacePeer {
  std::string name;
  std::function<int64_t(const std::filesystem::path& path)> last_seq;
  // `count` entries from `seq` on.
  std::function<void(const std::filesystem::path& path, int64_t seq, int64_t count,
                     EntrySink& sink)>
      seek;
};

// A library that picks the CostReported out of a log of two types.
struct FilterPeer {
  std::string name;
  std::function<void(const std::filesystem::path& path,
                     const std::function<void(const CostReported&)>& take)>
      scan;
};

// Reads a file from its beginning, in pieces of whole lines.
class LinePieces {
 public:
  static constexpr size_t kPaddingBytes = 64;  // readable behind a piece

  explicit LinePieces(const std::filesystem::path& path, size_t piece_bytes_max = 1 << 20);

  // The next piece, at most piece_bytes_max; empty at the end. It may be written to. Valid until
  // the next call.
  std::pair<char*, size_t> next();

 private:
  const OpenFile file_;
  const size_t piece_bytes_max_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of what was read and is not given out yet
  size_t end_ = 0;
};

}  // namespace logslice::bench
