#include "logslice/persistence/log_lines.h"

#include <string.h>

#include <limits>
#include <new>
#include <utility>

#include "line_counter.h"
#include "line_numbers.h"
#include "line_source.h"
#include "log_reader.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "scan_filter.h"

namespace logslice {

namespace internal {

// What LogLines is made of.
class LineScanner final : public LineSource {
 public:
  LineScanner(LogReader reader, const LineScanOptions& options)
      : options_(options),
        filter_(options.scan, reader.is_ordered()),
        reader_(std::move(reader)),
        numbers_(options.scan.unnumbered) {}

  bool next() override;
  void stop(absl::Status why) override {
    status_ = std::move(why);
    is_done_ = true;
  }
  // Ends before a sound line beyond so many.
  void limit(int64_t count) override { count_left_ = count; }
  bool is_at_end() const override { return is_at_end_; }
  void look_again() override {
    reader_.look_again();
    is_at_end_ = is_done_ = false;
  }
  std::optional<LogChange> take_change() override { return reader_.take_change(); }
  const LogLine& line() const override { return line_; }
  const absl::Status& status() const override { return status_; }
  const ScanStats& stats() const override { return stats_; }

 private:
  enum class Outcome { kTake, kSkipped, kStop };

  Outcome look_at(std::string_view text);
  bool is_wanted(const std::optional<std::string>& type) const;
  Outcome damaged(std::string reason);

  const LineScanOptions options_;
  const ScanFilter filter_;
  LogReader reader_;
  LineNumbers numbers_;
  LogLine line_;
  LineMetadata metadata_;
  std::string damage_;
  ScanStats stats_;
  absl::Status status_;
  bool is_past_until_ = false;  // the line before the one at hand was
  int64_t count_left_ = std::numeric_limits<int64_t>::max();
  bool is_done_ = false;
  bool is_at_end_ = false;  // and for no other reason
};

bool LineScanner::next() {
  Outcome outcome = Outcome::kSkipped;
  while (!is_done_ && outcome == Outcome::kSkipped) {
    line_ = {};
    if (reader_.at() < reader_.committed_end()) {
      const char* const end = static_cast<const char*>(
          memchr(reader_.at(), '\n', static_cast<size_t>(reader_.committed_end() - reader_.at())));
      line_.path = reader_.path();
      line_.offset_bytes = reader_.offset_bytes();
      line_.line_number = reader_.line_number();
      line_.conflict = reader_.conflict();
      ++stats_.line_count;
      stats_.bytes += end + 1 - reader_.at();
      outcome = look_at({reader_.at(), static_cast<size_t>(end - reader_.at())});
      reader_.advance_line(end + 1);
      continue;
    }
    const LogReader::Fill fill = reader_.fill();
    stats_.file_count = reader_.file_count();
    stats_.overlap_count = reader_.overlap_count();
    stats_.overlap_bytes = reader_.overlap_bytes();
    stats_.conflict_count = reader_.conflict_count();
    switch (fill) {
      case LogReader::Fill::kLines:
        break;
      case LogReader::Fill::kLongLine:
        line_.text = reader_.long_line().beginning;
        line_.is_too_long = reader_.long_line().damage == nullptr;
        line_.is_archive_damage = !line_.is_too_long;
        line_.path = reader_.path();
        line_.offset_bytes = reader_.long_line().offset_bytes;
        line_.line_number = reader_.line_number();
        ++stats_.line_count;
        stats_.bytes += reader_.long_line().size_bytes;
        if (reader_.long_line().size_bytes > 0) numbers_.take(0);
        outcome = damaged(reader_.long_line().problem(options_.scan.line_bytes_max));
        break;
      case LogReader::Fill::kEnd:
        stats_.torn_bytes = reader_.torn_bytes();
        is_at_end_ = true;
        outcome = Outcome::kStop;
        break;
      case LogReader::Fill::kError:
        status_ = reader_.status();
        outcome = Outcome::kStop;
        break;
    }
  }
  if (outcome == Outcome::kTake) return true;
  is_done_ = true;
  return false;
}

LineScanner::Outcome LineScanner::look_at(std::string_view text) {
  line_.text = text;
  if (!line_.conflict.empty() && options_.scan.strict) {
    status_ = with_error_kind(data_loss(line_.conflict), ErrorKind::kParse);
    return Outcome::kStop;
  }
  if (is_blank(text)) {
    ++stats_.blank_count;
    return Outcome::kSkipped;
  }
  // 1. By shape: most lines that are not wanted go here, unparsed.
  LineStamp stamp;
  const bool has_stamp =
      (!filter_.passes_all() || numbers_.counts_on()) && read_canonical_stamp(text, &stamp);
  const ScanFilter::Verdict by_shape =
      has_stamp ? filter_.check(stamp) : ScanFilter::Verdict::kPass;
  if (has_stamp) numbers_.take(stamp.seq);
  if (by_shape == ScanFilter::Verdict::kSkip) {
    is_past_until_ = false;
    ++stats_.filtered_count;
    return Outcome::kSkipped;
  }
  if (!options_.type.empty()) {
    const std::optional<std::string_view> type = read_canonical_type(text);
    // Another type may still be the end of the range, or have a number that counts.
    const bool may_be_end =
        by_shape == ScanFilter::Verdict::kBehindEnd || by_shape == ScanFilter::Verdict::kPastUntil;
    if (type.has_value() && *type != options_.type && !may_be_end &&
        (has_stamp || !numbers_.counts_on())) {
      is_past_until_ = false;
      ++stats_.other_type_count;
      return Outcome::kSkipped;
    }
  }
  // 2. What is handed out is known to be JSON, or why not.
  metadata_ = read_line_metadata(text, options_.scan.time_member);
  if (!has_stamp) metadata_.stamp.seq = numbers_.take(metadata_.stamp.seq);
  if (!metadata_.valid) return damaged(metadata_.problem);
  if (metadata_.type) line_.type = *metadata_.type;
  line_.seq = metadata_.stamp.seq;
  line_.ts = metadata_.stamp.ts;
  const ScanFilter::Verdict verdict = filter_.check(metadata_.stamp);
  const bool was_past_until = std::exchange(is_past_until_, false);
  switch (verdict) {
    case ScanFilter::Verdict::kPass:
      break;
    case ScanFilter::Verdict::kBehindEnd:
      return Outcome::kStop;
    case ScanFilter::Verdict::kPastUntil:
      if (was_past_until) return Outcome::kStop;
      is_past_until_ = true;
      [[fallthrough]];
    case ScanFilter::Verdict::kSkip:
      ++stats_.filtered_count;
      return Outcome::kSkipped;
  }
  if (!is_wanted(metadata_.type)) {
    ++stats_.other_type_count;
    return Outcome::kSkipped;
  }
  if (count_left_ == 0) return Outcome::kStop;
  --count_left_;
  ++stats_.entry_count;
  return Outcome::kTake;
}

bool LineScanner::is_wanted(const std::optional<std::string>& type) const {
  if (options_.type.empty()) return true;
  return type.has_value() ? *type == options_.type : options_.scan.untyped_as_entry;
}

LineScanner::Outcome LineScanner::damaged(std::string reason) {
  ++stats_.damaged_count;
  damage_ = std::move(reason);
  line_.damage = damage_;
  if (!options_.scan.strict) return Outcome::kTake;
  status_ = line_error(line_.path, line_.line_number, line_.offset_bytes, damage_);
  return Outcome::kStop;
}

std::unique_ptr<LineSource> scan_lines_of(LogReader reader, const LineScanOptions& options) {
  return std::make_unique<LineScanner>(std::move(reader), options);
}

}  // namespace internal

LogLines::LogLines(std::unique_ptr<internal::LineSource> scanner) : scanner_(std::move(scanner)) {}
LogLines::LogLines(LogLines&&) noexcept = default;
LogLines& LogLines::operator=(LogLines&&) noexcept = default;
LogLines::~LogLines() = default;

bool LogLines::next() {
  try {
    return scanner_->next();
  } catch (const std::bad_alloc&) {
    scanner_->stop(internal::out_of_memory());
    return false;
  }
}
const LogLine& LogLines::line() const { return scanner_->line(); }
const absl::Status& LogLines::status() const { return scanner_->status(); }
const ScanStats& LogLines::stats() const { return scanner_->stats(); }

absl::StatusOr<LogLines> scan_lines(const std::filesystem::path& path,
                                    const LineScanOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogLines> {
    absl::StatusOr<internal::LogReader> reader =
        internal::LogReader::open(path.native(), options.scan);
    if (!reader.ok()) return reader.status();
    return LogLines(internal::scan_lines_of(*std::move(reader), options));
  });
}

}  // namespace logslice
