// What a LogReader does only when it follows a log: it looks again at the end, and tells what
// somebody else did to the active file. Rules: specs/following.md.

#include <algorithm>
#include <utility>

#include "archive_file.h"
#include "log_paths.h"
#include "log_reader.h"

namespace logslice::internal {

absl::StatusOr<LogReader> LogReader::open_at(const std::string& path, const ScanOptions& options,
                                             Start start) {
  absl::StatusOr<LogReader> reader = prepare(path, options);
  if (!reader.ok()) return reader;
  reader->start_ = {};  // the files say where
  reader->listed_ = std::move(start.passed);
  for (const LogFileGroup& group : start.files) {
    for (const LogFile& file : group) {
      if (file.sealed.has_value()) reader->listed_.insert(*file.sealed);
    }
  }
  // Those of other programs come before all that they begin with.
  absl::StatusOr<std::vector<std::string>> foreign =
      list_foreign_archives(*options.file_system, path);
  if (!foreign.ok()) return foreign.status();
  reader->foreign_listed_.insert(foreign->begin(), foreign->end());
  reader->queue(std::move(start.files));
  reader->handed_out_ = start.handed_out;
  reader->last_ = start.last;
  reader->open_next_group();
  if (!reader->status_.ok()) return reader->status_;
  return reader;
}

absl::StatusOr<LogReader> LogReader::follow(const std::string& path, const ScanOptions& options,
                                            std::optional<Start> start) {
  const bool begins_there = start.has_value();
  absl::StatusOr<LogReader> reader =
      begins_there ? open_at(path, options, *std::move(start)) : prepare(path, options);
  if (!reader.ok()) return reader;
  reader->follow_on();
  if (begins_there) return reader;
  const absl::Status status = reader->begin();
  if (!status.ok() && !absl::IsNotFound(status) && !absl::IsUnavailable(status)) return status;
  return reader;
}

void LogReader::follow_on() {
  is_following_ = true;
  for (const std::shared_ptr<Source>& source : sources_) {
    if (source->kind != LogFile::Kind::kActive) continue;
    source->anchor.read_before(*source->file, source->reader.offset_of(source->reader.at()));
  }
}

void LogReader::look_again() {
  if (!status_.ok() || !sources_.empty() || !waiting_.empty() || !unopened_.empty()) return;
  if (active_ == nullptr && file_count_ == 0) {
    absl::StatusOr<std::string> resolved = resolve_log_path(*file_system_, path_);
    if (resolved.ok()) path_ = *std::move(resolved);
  }
  active_is_drained_ = false;
  if (active_ != nullptr) read_on_in_active();
}

LogReader::Fill LogReader::read_block(Source& source) {
  LineReader& reader = source.reader;
  // An archive whose own path is read is no longer written either.
  if (source.kind != LogFile::Kind::kActive || as_archive(*source.file) != nullptr) {
    return reader.fill();
  }
  reader.forget_torn();
  if (!is_following_) return reader.fill();
  Fill fill = reader.fill();
  // Looked at after reading: then what was read is what stood behind the place.
  if (!source.anchor.holds(*source.file)) {
    change_ = LogChange::kTruncated;
    reader.restart();
    source.anchor = {};
    source.lines_passed = 0;
    source.has_line_numbers = true;
    source.handed_out = last_;
    fill = reader.fill();
  }
  if (fill == Fill::kLines) {
    source.anchor.advance({reader.at(), static_cast<size_t>(reader.committed_end() - reader.at())});
  } else if (fill == Fill::kLongLine) {
    source.anchor.read_before(*source.file, reader.offset_of(reader.at()));
  }
  return fill;
}

bool LogReader::is_former(const LogFile& file) const {
  if (!former_.is_set()) return false;
  std::string path = file.path;
  const absl::StatusOr<std::unique_ptr<File>> opened = open_log_file(*file_system_, path);
  return opened.ok() && former_.holds(**opened);
}

bool LogReader::is_later(const LineStamp& one, const LineStamp& other) {
  return one.ts.has_value() && other.ts.has_value() && *one.ts > *other.ts;
}

bool LogReader::is_passed_over(const Source& source) {
  return source.handed_out.seq > 0 && source.sealed.has_value() &&
         source.sealed->last_seq <= source.handed_out.seq;
}

void LogReader::look_for_change(const absl::Status& listed) {
  if (!listed.ok() && !absl::IsNotFound(listed)) return;
  const bool is_there =
      std::any_of(waiting_.begin(), waiting_.end(), [](const LogFileGroup& group) {
        return std::any_of(group.begin(), group.end(),
                           [](const LogFile& file) { return file.kind == LogFile::Kind::kActive; });
      });
  if (active_ != nullptr && !active_is_sealed_) {
    if (is_there && !removal_is_told_) change_ = LogChange::kReplaced;
    if (!is_there) {
      if (!removal_is_told_) change_ = LogChange::kRemoved;
      removal_is_told_ = true;
      // Whoever has it open may go on writing to it.
      return;
    }
  }
  removal_is_told_ = false;
  // Another program may compress it later.
  if (active_ != nullptr) former_ = active_is_sealed_ ? FileAnchor() : active_->anchor;
  active_ = nullptr;
}

}  // namespace logslice::internal
