#include "read_peer.h"

#include <unistd.h>

#include <cstring>

namespace logslice::bench {

void EntrySink::finish(int64_t first_seq, int64_t last_seq) const {
  int64_t count = 0;
  int64_t seqs = 0;
  int64_t hits = 0;
  int64_t bytes = 0;
  for (int64_t seq = first_seq; seq <= last_seq; ++seq) {
    const ToolInvoked& entry = log_.of(seq);
    ++count;
    seqs += seq;
    hits += entry.result.hit_count;
    bytes += static_cast<int64_t>(entry.params.query.size() + entry.name.size());
  }
  check(count == count_ && seqs == seqs_ && hits == hits_ && bytes == bytes_,
        "the entries are not those of the log");
}

LinePieces::LinePieces(const std::filesystem::path& path, size_t piece_bytes_max)
    : file_(path, OpenFile::Mode::kRead),
      piece_bytes_max_(piece_bytes_max),
      buffer_(piece_bytes_max + kPaddingBytes) {}

std::pair<char*, size_t> LinePieces::next() {
  // The beginning of a line whose end is not read yet.
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const ssize_t got = read(file_.descriptor(), buffer_.data() + end_, piece_bytes_max_ - end_);
  check(got >= 0, "read");
  end_ += static_cast<size_t>(got);
  const void* const newline = memrchr(buffer_.data(), '\n', end_);
  if (newline == nullptr) return {buffer_.data(), 0};
  begin_ = static_cast<size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
  return {buffer_.data(), begin_};
}

}  // namespace logslice::bench
