#include "log_reader.h"

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "archive_file.h"
#include "archive_search.h"
#include "io_status.h"
#include "line_counter.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "text.h"

namespace logslice::internal {

LogReader::LogReader(FileSystem& file_system, std::string path, int64_t line_bytes_max)
    : file_system_(&file_system), path_(std::move(path)), line_bytes_max_(line_bytes_max) {}

// ---- Which files --------------------------------------------------------------------------------

absl::Status LogReader::queue_new_files() {
  absl::StatusOr<std::vector<LogFileGroup>> groups =
      list_log_files(*file_system_, path_, line_bytes_max_);
  if (!groups.ok()) return groups.status();
  std::set<SegmentName> there;
  std::set<std::string> foreign_there;
  // The active file of before has a name now, if it is still there.
  for (LogFileGroup& group : *groups) {
    std::erase_if(group, [&](const LogFile& file) {
      if (file.kind == LogFile::Kind::kActive) return false;
      if (file.sealed.has_value()) {
        there.insert(*file.sealed);
        if (listed_.contains(*file.sealed)) return true;
      } else {
        foreign_there.insert(file.path);
        if (foreign_listed_.contains(file.path)) return true;
        if (is_former(file)) return true;
      }
      if (active_ == nullptr) return false;
      const bool is_active = is_active_of_before(file);
      const bool has_its_end = file.sealed.has_value() && file.sealed->first_seq <= last_.seq &&
                               last_.seq <= file.sealed->last_seq;
      if (is_active || has_its_end) active_is_sealed_ = true;
      return is_active;
    });
  }
  listed_ = std::move(there);
  foreign_listed_ = std::move(foreign_there);
  std::erase_if(*groups, [](const LogFileGroup& group) { return group.empty(); });
  queue(*std::move(groups));
  return absl::OkStatus();
}

// It is the same file, or an archive of the same text: a file that was sealed may be compressed by
// the time it is found.
bool LogReader::is_active_of_before(const LogFile& file) const {
  const StatResult stat = file_system_->stat(file.path);
  if (stat.ok() && stat.stat.inode == active_->stat.inode &&
      stat.stat.device == active_->stat.device) {
    return true;
  }
  std::string path = file.path;
  const absl::StatusOr<std::unique_ptr<File>> opened = open_log_file(*file_system_, path);
  return opened.ok() && as_archive(**opened) != nullptr && has_text_of(**opened, *active_->file);
}

void LogReader::queue(std::vector<LogFileGroup> groups) {
  waiting_ = std::move(groups);
  std::reverse(waiting_.begin(), waiting_.end());
  handed_out_ = last_;
}

bool LogReader::open_next_group() {
  while (sources_.empty() && status_.ok()) {
    if (unopened_.empty()) {
      if (waiting_.empty()) return false;
      unopened_ = std::move(waiting_.back());
      waiting_.pop_back();
      for (size_t i = 0; i < unopened_.size(); ++i) unopened_[i].order = i;
    }
    open_next_sources();
  }
  return status_.ok();
}

int64_t LogReader::next_file_seq() const {
  int64_t seq = std::numeric_limits<int64_t>::max();
  for (const LogFile& file : unopened_) seq = std::min(seq, file.first_seq);
  return seq;
}

bool LogReader::open_next_sources() {
  const int64_t seq = next_file_seq();
  bool has_opened = false;
  for (size_t i = 0; i < unopened_.size();) {
    if (unopened_[i].first_seq > seq) {
      ++i;
      continue;
    }
    LogFile file = std::move(unopened_[i]);
    unopened_.erase(unopened_.begin() + static_cast<std::ptrdiff_t>(i));
    if (file.file == nullptr) {
      absl::StatusOr<std::unique_ptr<File>> sealed = open_log_file(*file_system_, file.path);
      // Removed since it was listed.
      if (absl::IsNotFound(sealed.status())) continue;
      if (!sealed.ok()) {
        status_ = sealed.status();
        return false;
      }
      file.file = *std::move(sealed);
    }
    auto source = std::make_shared<Source>(std::move(file.file), file, line_bytes_max_);
    // Of a file that was empty when it was listed nobody knew whether it overlaps with those
    // before.
    const bool was_empty =
        file.first_seq == std::numeric_limits<int64_t>::max() && file.start_bytes == 0;
    source->handed_out = was_empty ? last_ : handed_out_;
    source->order = file.order;
    if (status_ = start_source(*source, file.start_bytes); !status_.ok()) return false;
    const auto place = std::find_if(sources_.begin(), sources_.end(),
                                    [&](const auto& other) { return other->order > file.order; });
    source->id = ++file_count_;
    sources_.insert(place, std::move(source));
    has_opened = true;
  }
  return has_opened;
}

// At the end of all: whether a writer has begun a new file since the log was listed.
bool LogReader::find_more_files() {
  if (!status_.ok()) return false;
  const StatResult there = file_system_->stat(path_);
  const bool is_same = there.ok() && active_ != nullptr &&
                       there.stat.inode == active_->stat.inode &&
                       there.stat.device == active_->stat.device;
  // Where there is no file at the path, a writer may be between two: what it has sealed since the
  // log was listed is there all the same.
  const bool is_unknown = !there.ok() && there.error != ENOENT;
  if (is_same || (is_unknown && !is_following_)) {
    // It may have grown while the others of its group were read.
    if (active_ == nullptr || !active_ended_early_) return false;
    read_on_in_active();
    return true;
  }
  if (active_ != nullptr && !active_is_drained_) {
    // It grew until it was sealed, and grows no more: what we have not seen of it comes first.
    active_is_drained_ = true;
    read_on_in_active();
    return true;
  }
  active_is_sealed_ = false;
  const absl::Status status = queue_new_files();
  active_is_drained_ = false;
  if (is_following_) {
    look_for_change(status);
  } else {
    active_ = nullptr;
  }
  if (!status.ok()) {
    // Gone again, all of it: then there is nothing more to read.
    const bool is_for_later = is_following_ && absl::IsUnavailable(status);
    if (!absl::IsNotFound(status) && !is_for_later) status_ = status;
    return false;
  }
  return open_next_group();
}

void LogReader::read_on_in_active() {
  if (active_ended_early_) active_->handed_out = last_;
  sources_.push_back(active_);
}

void LogReader::finish_source(size_t index) {
  const std::shared_ptr<Source> source = sources_[index];
  sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(index));
  if (source->kind == LogFile::Kind::kActive) {
    // It may be looked at again; then its torn bytes may have become a line.
    if (source == active_) torn_bytes_ -= active_torn_bytes_;
    active_ = source;
    active_ended_early_ = !sources_.empty();
    active_torn_bytes_ = source->reader.torn_bytes();
  }
  torn_bytes_ += source->reader.torn_bytes();
}

// ---- Blocks and lines ---------------------------------------------------------------------------

LogReader::Fill LogReader::fill() {
  finish_block();
  for (;;) {
    if (sources_.empty() && !open_next_group() && !find_more_files()) {
      return status_.ok() ? Fill::kEnd : Fill::kError;
    }
    if (!status_.ok()) return Fill::kError;
    const bool is_alone = sources_.size() == 1 && sources_[0]->handed_out.seq == 0;
    const Fill fill = is_alone ? fill_from(sources_[0]) : fill_merged();
    if (fill != Fill::kEnd) return fill;
  }
}

void LogReader::finish_block() {
  if (!has_block_) return;
  has_block_ = false;
  current_->reader.advance_to(at_);
  // Damage of an archive may lie between two lines.
  const bool is_line = block_is_long_line_ && current_->reader.long_line().size_bytes > 0;
  current_->lines_passed += lines_taken_ + (is_line ? 1 : 0);
  lines_taken_ = 0;
  block_is_long_line_ = false;
  block_is_merged_line_ = false;
  conflict_.clear();
}

std::optional<UnreadBlock> LogReader::pass_block() {
  finish_block();
  if (sources_.size() != 1 || sources_[0]->handed_out.seq != 0) return std::nullopt;
  const std::shared_ptr<Source>& source = sources_[0];
  LineReader& reader = source->reader;
  if (reader.at() != reader.committed_end()) return std::nullopt;
  // What fill_from() wants to know of it, from as few of its last lines as will tell.
  std::optional<LineStamp> last;
  for (size_t size_bytes = size_t{4} << 10; !last.has_value(); size_bytes *= 4) {
    if (size_bytes > LineReader::kPeekedBytesMax) return std::nullopt;
    const std::optional<std::string_view> lines = reader.peek_last_lines(size_bytes);
    if (!lines.has_value()) return std::nullopt;
    last = last_stamp_of(*lines);
  }
  if (may_reach_next_file(*last)) return std::nullopt;
  if (last->seq > last_.seq) last_ = *last;
  const LineReader::Range range = reader.pass_peeked_block();
  current_ = source;
  at_ = committed_end_ = reader.at();
  return UnreadBlock{source->file, range.offset_bytes, range.size_bytes};
}

void LogReader::hand_out(const std::shared_ptr<Source>& source, const char* end) {
  current_ = source;
  has_block_ = true;
  at_ = source->reader.at();
  committed_end_ = end;
  source->line = {};
}

LogReader::Fill LogReader::fill_from(const std::shared_ptr<Source>& source) {
  // Merging may have left some lines of a block.
  LineReader& reader = source->reader;
  Fill fill = Fill::kLines;
  if (reader.at() == reader.committed_end()) fill = read_block(*source);
  switch (fill) {
    case Fill::kEnd:
      finish_source(0);
      return fill;
    case Fill::kError:
      status_ = reader.status();
      return fill;
    case Fill::kLongLine:
      block_is_long_line_ = true;
      break;
    case Fill::kLines: {
      // It was begun anew, with what was handed out.
      if (source->handed_out.seq > 0) return fill_merged();
      const std::string_view lines(reader.at(),
                                   static_cast<size_t>(reader.committed_end() - reader.at()));
      const LineStamp last = last_stamp_of(lines).value_or(LineStamp{});
      // Where the next file may begin, lines go one by one.
      if (may_reach_next_file(last)) return fill_merged();
      if (last.seq > last_.seq) last_ = last;
      break;
    }
  }
  hand_out(source, reader.committed_end());
  return fill;
}

std::optional<LineStamp> LogReader::last_stamp_of(std::string_view lines) {
  constexpr int kLines = 16;  // lines of other programs have none; nobody waits for them
  for (int i = 0; i < kLines; ++i) {
    if (lines.empty()) return std::nullopt;
    lines.remove_suffix(1);
    const size_t begin = lines.rfind('\n') + 1;
    const LineMetadata metadata = read_line_metadata(lines.substr(begin));
    if (metadata.valid && metadata.stamp.seq > 0) return metadata.stamp;
    lines = lines.substr(0, begin);
  }
  return LineStamp{};
}

bool LogReader::may_reach_next_file(const LineStamp& last) const {
  return !unopened_.empty() && (last.seq == 0 || last.seq >= next_file_seq());
}

LogReader::Fill LogReader::look(size_t index) {
  Source& source = *sources_[index];
  LineReader& reader = source.reader;
  while (source.line.data() == nullptr) {
    if (reader.at() == reader.committed_end()) {
      const Fill fill = read_block(source);
      if (fill == Fill::kLongLine && is_passed_over(source)) {
        ++source.lines_passed;
        continue;
      }
      if (fill == Fill::kEnd) finish_source(index);
      if (fill != Fill::kLines) return fill;
    }
    const char* const newline = static_cast<const char*>(
        memchr(reader.at(), '\n', static_cast<size_t>(reader.committed_end() - reader.at())));
    source.line = {reader.at(), static_cast<size_t>(newline - reader.at())};
    // Parsed as a whole: what is damaged must not stand in for a sound line of the same number.
    const LineMetadata metadata =
        is_blank(source.line) ? LineMetadata{} : read_line_metadata(source.line);
    source.stamp = metadata.valid ? metadata.stamp : LineStamp{};
    source.seq = source.stamp.seq;
    if (source.seq == 0) {
      if (is_passed_over(source)) pass_line(source);
    } else if (source.seq > source.handed_out.seq) {
      source.handed_out = {};
    } else if (is_following_ && is_later(source.stamp, source.handed_out)) {
      // A lower number, given later: the log was begun anew.
      source.handed_out = {};
      last_ = {};
    } else {
      ++overlap_count_;
      pass_line(source);
    }
  }
  return Fill::kLines;
}

LogReader::Fill LogReader::fill_merged() {
  // 1. Each source shows its next line.
  for (size_t i = 0; i < sources_.size();) {
    const std::shared_ptr<Source> source = sources_[i];
    switch (look(i)) {
      case Fill::kLines:
        ++i;
        continue;
      case Fill::kEnd:
        continue;  // the next one has its place
      case Fill::kLongLine:
        block_is_long_line_ = true;
        hand_out(source, source->reader.at());
        return Fill::kLongLine;
      case Fill::kError:
        status_ = source->reader.status();
        return Fill::kError;
    }
  }
  if (sources_.empty()) return Fill::kEnd;
  // 2. Lines without a number go with those before them; then the lowest; of equals the last.
  size_t winner = 0;
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i]->seq == 0) {
      winner = i;
      break;
    }
    if (sources_[i]->seq <= sources_[winner]->seq) winner = i;
  }
  const std::shared_ptr<Source> source = sources_[winner];
  // A file whose range has come may have an earlier line, or the same.
  while (source->seq > 0 && !unopened_.empty() && next_file_seq() <= source->seq) {
    if (open_next_sources()) return fill_merged();
    if (!status_.ok()) return Fill::kError;
  }
  if (source->seq > 0) pass_equals_of(winner);
  if (source->seq > last_.seq) last_ = source->stamp;
  hand_out(source, source->line.data() + source->line.size() + 1);
  block_is_merged_line_ = true;
  return Fill::kLines;
}

void LogReader::pass_equals_of(size_t winner) {
  const Source& kept = *sources_[winner];
  for (const std::shared_ptr<Source>& other : sources_) {
    if (other.get() == &kept || other->seq != kept.seq) continue;
    ++overlap_count_;
    if (other->line != kept.line) {
      ++conflict_count_;
      conflict_ = concat("seq ", kept.seq, " is another entry in ", other->path, ", byte ",
                         other->reader.offset_of(other->line.data()), ", than in ", kept.path,
                         ", byte ", kept.reader.offset_of(kept.line.data()),
                         "; the latter, in the later segment, counts");
    }
    pass_line(*other);
  }
}

void LogReader::pass_line(Source& source) {
  overlap_bytes_ += static_cast<int64_t>(source.line.size()) + 1;
  source.reader.advance_to(source.line.data() + source.line.size() + 1);
  ++source.lines_passed;
  source.line = {};
}

}  // namespace logslice::internal
