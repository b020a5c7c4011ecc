#include "logslice/persistence/internal/log_scanner.h"

#include <array>
#include <new>
#include <string>
#include <utility>

#include "block_scanner.h"
#include "log_reader.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "parallel_scan.h"
#include "scan_filter.h"

namespace logslice::internal {

class LogScanner::Impl {
 public:
  Impl(const TypeTable& table, LogReader reader, const ScanOptions& options)
      : options_(options),
        reader_(std::move(reader)),
        scanner_(table, options, reader_.is_ordered()) {}

  // From now on with the threads of the options. Before the first next().
  void use_threads(const TypeTable& table) {
    parallel_ = std::make_unique<ParallelScan>(table, std::move(reader_), options_);
  }

  void* next(void* entry, LogScanner& out);
  void stop(absl::Status why) {
    if (parallel_ != nullptr) return parallel_->stop(std::move(why));
    status_ = std::move(why);
    is_done_ = true;
  }

  bool is_at_end() const { return is_at_end_; }
  void look_again() {
    reader_.look_again();
    is_at_end_ = is_done_ = false;
  }
  std::optional<LogChange> take_change() { return reader_.take_change(); }

  const ScanStats& stats() const {
    return parallel_ == nullptr ? scanner_.stats() : parallel_->stats();
  }
  const absl::Status& status() const {
    return parallel_ == nullptr ? status_ : parallel_->status();
  }
  // Of the entry that next() gave last.
  const LineStamp& stamp() const {
    return parallel_ == nullptr ? stamps_[last_stamp_] : parallel_->record().stamp;
  }
  const std::string& path() const {
    return parallel_ == nullptr ? reader_.path() : parallel_->path();
  }

 private:
  // Also where next() throws: what was told of the last entry may stand elsewhere by then.
  struct TellRecord {
    ~TellRecord() {
      const EntryRecord& record = scan.record();
      out.stamp_ = &record.stamp;
      out.offset_bytes_ = record.offset_bytes;
    }
    const ParallelScan& scan;
    LogScanner& out;
  };

  // Gets at least one line into the block. False at the end and on an error.
  bool fill();

  const ScanOptions options_;
  LogReader reader_;
  BlockScanner scanner_;
  BlockCursor block_;  // of the reader, which stands at its start until all of it is taken
  // The last entry's, and that of the line at hand, which need not be one.
  std::array<LineStamp, 2> stamps_;
  size_t last_stamp_ = 0;
  absl::Status status_;
  bool is_done_ = false;
  bool is_at_end_ = false;                  // and for no other reason
  std::unique_ptr<ParallelScan> parallel_;  // with several threads: instead of all the above
};

void* LogScanner::Impl::next(void* entry, LogScanner& out) {
  if (parallel_ != nullptr) {
    const TellRecord tell{*parallel_, out};
    return parallel_->next();
  }
  while (!is_done_) {
    LineStamp& stamp = stamps_[1 - last_stamp_];
    switch (scanner_.next(block_, entry, stamp)) {
      case BlockScanner::Found::kEntry:
        last_stamp_ = 1 - last_stamp_;
        out.stamp_ = &stamp;
        out.offset_bytes_ = reader_.offset_of(scanner_.line());
        return entry;
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
  return nullptr;
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

LogScanner::LogScanner(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)), stamp_(&impl_->stamp()) {}
LogScanner::~LogScanner() = default;

absl::StatusOr<std::unique_ptr<LogScanner>> LogScanner::open(const TypeTable& table,
                                                             const std::filesystem::path& path,
                                                             const ScanOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::unique_ptr<LogScanner>> {
    absl::StatusOr<LogReader> reader = LogReader::open(path.native(), options);
    if (!reader.ok()) return reader.status();
    auto impl = std::make_unique<Impl>(table, *std::move(reader), options);
    if (options.threads > 1 && !BlockScanner::counts_lines(options)) impl->use_threads(table);
    return std::unique_ptr<LogScanner>(new LogScanner(std::move(impl)));
  });
}

void* LogScanner::next(void* entry) {
  try {
    return impl_->next(entry, *this);
  } catch (const std::bad_alloc&) {
    impl_->stop(out_of_memory());
    return nullptr;
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
