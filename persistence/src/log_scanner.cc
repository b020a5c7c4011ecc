#include "logslice/persistence/internal/log_scanner.h"

#include <new>
#include <string>
#include <utility>
#include "block_scanner.h"

#include "log_reader.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"

namespace logslice::internal {

class LogScanner::Impl {
 public:
  Impl(const TypeTable& table, LogReader reader, const ScanOptions& options)
      : options_(options),
        reader_(std::move(reader)),
        scanner_(table, options, reader_.is_ordered()) {}

  bool next(void* entry, LogScanner& out);
  void stop(absl::Status why) {
    status_ = std::move(why);
    is_done_ = true;
  }

  bool is_at_end() const { return is_at_end_; }
  void look_again() {
    reader_.look_again();
    is_at_end_ = is_done_ = false;
  }
  std::optional<LogChange> take_change() { return reader_.take_change(); }

  const ScanStats& stats() const { return scanner_.stats(); }
  const absl::Status& status() const { return status_; }
  const std::string& path() const { return reader_.path(); }

 private:
  // Gets at least one line into the block. False at the end and on an error.
  bool fill();

  const ScanOptions options_;
  LogReader reader_;
  BlockScanner scanner_;
  BlockCursor block_;  // of the reader, which stands at its start until all of it is taken
  absl::Status status_;
  bool is_done_ = false;
  bool is_at_end_ = false;  // and for no other reason
};

bool LogScanner::Impl::next(void* entry, LogScanner& out) {
  while (!is_done_) {
    switch (scanner_.next(block_, entry)) {
      case BlockScanner::Found::kEntry:
        out.seq_ = scanner_.seq();
        out.ts_ = scanner_.ts();
        out.offset_bytes_ = reader_.offset_of(scanner_.line());
        return true;
      case BlockScanner::Found::kEndOfBlock:
        if (!fill()) is_done_ = true;
        break;
      case BlockScanner::Found::kRefused: {
        const BlockScanner::Refusal& refusal = scanner_.refusal();
        const int64_t first = reader_.line_number();
        status_ = line_error(reader_.path(), first > 0 ? first + refusal.line_index : 0,
                             reader_.offset_of(refusal.line), refusal.reason);
        is_done_ = true;
        break;
      }
      case BlockScanner::Found::kMaybeEndOfRange:  // all lines before are known
      case BlockScanner::Found::kEndOfRange:
        is_done_ = true;
        break;
    }
  }
  return false;
}

bool LogScanner::Impl::fill() {
  reader_.advance_block(block_.line_count);
  block_ = {};
  const LogReader::Fill fill = reader_.fill();
  ScanStats& stats = scanner_.stats();
  stats.file_count = reader_.file_count();
  stats.overlap_count = reader_.overlap_count();
  stats.overlap_bytes = reader_.overlap_bytes();
  stats.conflict_count = reader_.conflict_count();
  switch (fill) {
    case LogReader::Fill::kLines:
      if (options_.strict && !reader_.conflict().empty()) {
        status_ = with_error_kind(data_loss(reader_.conflict()), ErrorKind::kParse);
        return false;
      }
      block_ = {reader_.at(), reader_.committed_end()};
      return true;
    case LogReader::Fill::kLongLine: {
      const LineReader::LongLine& line = reader_.long_line();
      if (scanner_.take_long_line(line.size_bytes) != BlockScanner::Found::kRefused) return true;
      status_ = line_error(reader_.path(), reader_.line_number(), line.offset_bytes,
                           line.problem(options_.line_bytes_max));
      return false;
    }
    case LogReader::Fill::kEnd:
      stats.torn_bytes = reader_.torn_bytes();
      is_at_end_ = true;
      return false;
    case LogReader::Fill::kError:
      status_ = reader_.status();
      return false;
  }
  return false;
}

LogScanner::LogScanner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogScanner::~LogScanner() = default;

absl::StatusOr<std::unique_ptr<LogScanner>> LogScanner::open(const TypeTable& table,
                                                             const std::filesystem::path& path,
                                                             const ScanOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::unique_ptr<LogScanner>> {
    absl::StatusOr<LogReader> reader = LogReader::open(path.native(), options);
    if (!reader.ok()) return reader.status();
    return std::unique_ptr<LogScanner>(
        new LogScanner(std::make_unique<Impl>(table, *std::move(reader), options)));
  });
}

bool LogScanner::next(void* entry) {
  try {
    return impl_->next(entry, *this);
  } catch (const std::bad_alloc&) {
    impl_->stop(out_of_memory());
    return false;
  }
}
std::unique_ptr<LogScanner> LogScanner::follow(const TypeTable& table, LogReader reader,
                                               const ScanOptions& options) {
  return std::unique_ptr<LogScanner>(
      new LogScanner(std::make_unique<Impl>(table, std::move(reader), options)));
}

bool LogScanner::is_at_end() const { return impl_->is_at_end(); }
void LogScanner::look_again() { impl_->look_again(); }
std::optional<LogChange> LogScanner::take_change() { return impl_->take_change(); }
const std::string& LogScanner::path() const { return impl_->path(); }
const absl::Status& LogScanner::status() const { return impl_->status(); }
const ScanStats& LogScanner::stats() const { return impl_->stats(); }

}  // namespace logslice::internal
