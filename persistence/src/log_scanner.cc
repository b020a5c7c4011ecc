#include "logslice/persistence/internal/log_scanner.h"

#include <string.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "line_counter.h"
#include "line_numbers.h"
#include "log_reader.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"
#include "scan_filter.h"
#include "text.h"

namespace logslice::internal {

class LogScanner::Impl {
 public:
  Impl(const TypeTable& table, LogReader reader, const ScanOptions& options)
      : options_(options),
        filter_(options, reader.is_ordered()),
        table_(table),
        reader_(std::move(reader)),
        decoder_(table,
                 options.untyped_as_entry ? UntypedLine::kIsEntry : UntypedLine::kIsOtherType,
                 options.time_member),
        numbers_(options.unnumbered),
        looks_at_stamps_(!filter_.passes_all() || numbers_.counts_on()) {}

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

  const ScanStats& stats() const { return stats_; }
  const absl::Status& status() const { return status_; }
  const std::string& path() const { return reader_.path(); }

 private:
  enum class Outcome { kTake, kSkipped, kStop };
  struct Place {
    int64_t line_number;
    int64_t offset_bytes;
  };

  // Gets at least one line into the reader. False at the end and on an error.
  bool fill();
  // Whether the line at hand is to be decoded; if not, it is passed over and counted.
  Outcome filter_line();
  Outcome take_line(void* entry, LogScanner& out);
  void pass(const char* next);
  // Counts a line that is no entry; in strict mode it is the end.
  Outcome reject(int64_t& count, const Place& place, std::string_view reason);
  const char* line_end() const;

  const ScanOptions options_;
  const ScanFilter filter_;
  const TypeTable& table_;
  LogReader reader_;
  LineDecoder decoder_;
  LineNumbers numbers_;
  const bool looks_at_stamps_;  // before a line is decoded
  int64_t line_seq_ = 0;        // of the line at hand, where lines are counted
  ScanStats stats_;
  absl::Status status_;
  bool is_past_until_ = false;  // the line before the one at hand was
  bool is_done_ = false;
  bool is_at_end_ = false;  // and for no other reason
};

bool LogScanner::Impl::next(void* entry, LogScanner& out) {
  while (!is_done_) {
    if (reader_.at() == reader_.committed_end()) {
      if (!fill()) break;
      continue;
    }
    // A line begins with a blank byte only if it is blank, or not in canonical form.
    const unsigned char first = static_cast<unsigned char>(*reader_.at());
    const bool may_be_blank = first <= ' ';
    Outcome outcome = Outcome::kTake;
    if (may_be_blank || looks_at_stamps_) outcome = filter_line();
    if (outcome == Outcome::kTake) {
      outcome = take_line(entry, out);
      if (outcome == Outcome::kTake) return true;
    }
    if (outcome == Outcome::kStop) break;
  }
  is_done_ = true;
  return false;
}

bool LogScanner::Impl::fill() {
  const LogReader::Fill fill = reader_.fill();
  stats_.file_count = reader_.file_count();
  stats_.overlap_count = reader_.overlap_count();
  stats_.overlap_bytes = reader_.overlap_bytes();
  stats_.conflict_count = reader_.conflict_count();
  switch (fill) {
    case LogReader::Fill::kLines:
      if (options_.strict && !reader_.conflict().empty()) {
        status_ = with_error_kind(data_loss(reader_.conflict()), ErrorKind::kParse);
        return false;
      }
      return true;
    case LogReader::Fill::kLongLine: {
      ++stats_.line_count;
      stats_.bytes += reader_.long_line().size_bytes;
      const LineReader::LongLine& line = reader_.long_line();
      if (line.size_bytes > 0) numbers_.take(0);
      return reject(stats_.damaged_count, {reader_.line_number(), line.offset_bytes},
                    line.problem(options_.line_bytes_max)) != Outcome::kStop;
    }
    case LogReader::Fill::kEnd:
      stats_.torn_bytes = reader_.torn_bytes();
      is_at_end_ = true;
      return false;
    case LogReader::Fill::kError:
      status_ = reader_.status();
      return false;
  }
  return false;
}

const char* LogScanner::Impl::line_end() const {
  return static_cast<const char*>(
      memchr(reader_.at(), '\n', static_cast<size_t>(reader_.committed_end() - reader_.at())));
}

void LogScanner::Impl::pass(const char* next) {
  ++stats_.line_count;
  stats_.bytes += next - reader_.at();
  reader_.advance_line(next);
}

LogScanner::Impl::Outcome LogScanner::Impl::filter_line() {
  const char* const end = line_end();
  const std::string_view line(reader_.at(), static_cast<size_t>(end - reader_.at()));
  if (is_blank(line)) {
    pass(end + 1);
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
  const bool was_past_until = std::exchange(is_past_until_, false);
  switch (verdict) {
    case ScanFilter::Verdict::kPass:
      return Outcome::kTake;
    case ScanFilter::Verdict::kSkip:
      break;
    case ScanFilter::Verdict::kBehindEnd:
    case ScanFilter::Verdict::kPastUntil:
      // The end of a damaged line may look like a stamp; the scan does not end on its word.
      if (!is_sure && !read_line_metadata(line).valid) return Outcome::kTake;
      if (verdict == ScanFilter::Verdict::kBehindEnd || was_past_until) return Outcome::kStop;
      is_past_until_ = true;
      break;
  }
  pass(end + 1);
  ++stats_.filtered_count;
  return Outcome::kSkipped;
}

LogScanner::Impl::Outcome LogScanner::Impl::take_line(void* entry, LogScanner& out) {
  const Place place{reader_.line_number(), reader_.offset_bytes()};
  const std::string_view rest(reader_.at(),
                              static_cast<size_t>(reader_.committed_end() - reader_.at()));
  LineDecoder::Result result = decoder_.decode(reader_.at(), reader_.committed_end(), entry);
  pass(result.next);
  switch (result.verdict) {
    case LineDecoder::Verdict::kEntry:
      ++stats_.entry_count;
      stats_.missing_member_count += result.missing_members;
      out.seq_ = numbers_.counts_on() ? line_seq_ : result.stamp.seq;
      out.ts_ = result.stamp.ts;
      out.offset_bytes_ = place.offset_bytes;
      return Outcome::kTake;
    case LineDecoder::Verdict::kOtherType: {
      if (!options_.strict) {
        ++stats_.other_type_count;
        return Outcome::kSkipped;
      }
      const LineMetadata metadata = read_line_metadata(rest.substr(0, rest.find('\n')));
      return reject(stats_.other_type_count, place,
                    !metadata.valid ? metadata.problem
                    : metadata.type
                        ? concat("the line is of type ", *metadata.type, ", not ", table_.id)
                        : concat("the line has no __type__; expected ", table_.id));
    }
    case LineDecoder::Verdict::kDamaged:
      return reject(stats_.damaged_count, place, result.problem);
  }
  return Outcome::kStop;
}

LogScanner::Impl::Outcome LogScanner::Impl::reject(int64_t& count, const Place& place,
                                                   std::string_view reason) {
  ++count;
  if (!options_.strict) return Outcome::kSkipped;
  status_ = line_error(reader_.path(), place.line_number, place.offset_bytes, reason);
  return Outcome::kStop;
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
