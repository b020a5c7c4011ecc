#include "backward_log_reader.h"

#include <algorithm>

#include "archive_file.h"
#include "io_status.h"
#include "line_counter.h"
#include "log_paths.h"
#include "logslice/reflection/internal/line_metadata.h"
#include "logslice/reflection/internal/status.h"
#include "scan_filter.h"
#include "text.h"

namespace logslice::internal {

absl::StatusOr<BackwardLogReader> BackwardLogReader::open(FileSystem& file_system,
                                                          const std::string& path,
                                                          int64_t line_bytes_max) {
  if (line_bytes_max < 1) {
    return invalid_argument(concat("line_bytes_max is ", line_bytes_max, "; it must be >= 1"));
  }
  absl::StatusOr<std::string> resolved = resolve_log_path(file_system, path);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<std::vector<LogFileGroup>> groups =
      list_log_files(file_system, *resolved, line_bytes_max);
  if (!groups.ok()) return groups.status();
  return BackwardLogReader(file_system, *std::move(resolved), *std::move(groups), line_bytes_max);
}

const ArchiveDamage* BackwardLogReader::damage() const {
  const ArchiveFile* const archive = as_archive(*current_->log_file.file);
  const ArchiveDamage* const last = archive == nullptr ? nullptr : archive->damages().last();
  return last != nullptr && last->doubtful_end > offset_bytes() ? last : nullptr;
}

void BackwardLogReader::note_damage_of(const Source& source) {
  const ArchiveFile* const archive = as_archive(*source.log_file.file);
  const ArchiveDamage* const last = archive == nullptr ? nullptr : archive->damages().last();
  if (last != nullptr && passed_damage_.ok()) {
    passed_damage_ = line_error(source.path, 0, last->plain_start, describe(*last));
  }
}

bool BackwardLogReader::open_previous_group() {
  sources_.clear();
  current_ = nullptr;
  if (unopened_.empty()) {
    if (waiting_.empty()) return false;
    unopened_ = std::move(waiting_.back());
    waiting_.pop_back();
    for (size_t i = 0; i < unopened_.size(); ++i) unopened_[i].order = i;
    walked_.emplace_back();
  }
  open_next_sources();
  return status_.ok();
}

int64_t BackwardLogReader::next_file_seq() const {
  int64_t seq = 0;
  for (const LogFile& file : unopened_) seq = std::max(seq, file.last_seq);
  return seq;
}

bool BackwardLogReader::open_next_sources() {
  const int64_t seq = next_file_seq();
  bool has_opened = false;
  for (size_t i = 0; i < unopened_.size();) {
    if (unopened_[i].last_seq < seq) {
      ++i;
      continue;
    }
    LogFile file = std::move(unopened_[i]);
    unopened_.erase(unopened_.begin() + static_cast<std::ptrdiff_t>(i));
    status_ = open_source(std::move(file));
    if (!status_.ok()) return false;
    has_opened = true;
  }
  return has_opened;
}

absl::Status BackwardLogReader::open_source(LogFile file) {
  if (file.file == nullptr) {
    absl::StatusOr<std::unique_ptr<File>> sealed = open_log_file(*file_system_, file.path);
    if (absl::IsNotFound(sealed.status())) return absl::OkStatus();  // removed since it was listed
    if (!sealed.ok()) return sealed.status();
    file.file = *std::move(sealed);
  }
  const StatResult stat = file.file->stat();
  if (!stat.ok()) return io_error(stat.error, "cannot stat", file.path);
  absl::StatusOr<int64_t> end = find_committed_end(*file.file, file.path, stat.stat.size_bytes);
  if (!end.ok()) return end.status();
  auto source = std::make_unique<Source>(std::move(file), *end, line_bytes_max_);
  const auto place = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const auto& other) { return other->order > source->order; });
  sources_.insert(place, std::move(source));
  return absl::OkStatus();
}

bool BackwardLogReader::previous() {
  if (!status_.ok()) return false;
  if (current_ != nullptr) current_->has_line = false;
  current_ = nullptr;
  for (;;) {
    if (look()) {
      choose();
      // A file whose range has come may have a later line, or the same.
      bool has_opened = false;
      while (!has_opened && status_.ok() && current_->seq > 0 && !unopened_.empty() &&
             next_file_seq() >= current_->seq) {
        has_opened = open_next_sources();
      }
      if (!has_opened) break;
    } else if (!status_.ok() || !open_previous_group()) {
      return false;
    }
  }
  if (!status_.ok()) return false;
  pass_equals();
  return true;
}

// Each source shows its next line. False if there is none in this group, and on an error.
bool BackwardLogReader::look() {
  const bool is_merging = sources_.size() > 1 || !unopened_.empty();
  for (size_t i = 0; i < sources_.size();) {
    Source& source = *sources_[i];
    if (!source.has_line) {
      source.has_line = source.reader.previous();
      if (!source.reader.status().ok()) {
        status_ = source.reader.status();
        return false;
      }
      if (!source.has_line) {
        note_damage_of(source);
        walk_past(source, 0);
        sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      source.seq = 0;
      if (is_merging && !source.reader.is_too_long() && !is_blank(source.reader.line())) {
        const LineMetadata metadata = read_line_metadata(source.reader.line());
        if (metadata.valid) source.seq = metadata.stamp.seq;
      }
    }
    ++i;
  }
  return !sources_.empty();
}

void BackwardLogReader::walk_past(Source& source, int64_t start_bytes) {
  LogFile& file = walked_.back().emplace_back(std::move(source.log_file));
  file.start_bytes = start_bytes;
  // It is opened again when its turn comes, if it is still there; the active file is this one.
  if (file.kind != LogFile::Kind::kActive) file.file = nullptr;
}

BackwardLogReader::Rest BackwardLogReader::take_rest() {
  for (const std::unique_ptr<Source>& source : sources_) {
    const BackwardLineReader& reader = source->reader;
    const bool is_ahead = source->has_line && source.get() != current_;  // looked at, not taken
    walk_past(*source, reader.offset_bytes() + (is_ahead ? reader.size_bytes() : 0));
  }
  sources_.clear();
  current_ = nullptr;
  Rest rest;
  waiting_.push_back(std::move(unopened_));
  for (const LogFileGroup& group : waiting_) {
    for (const LogFile& file : group) {
      if (file.sealed.has_value()) rest.passed.insert(*file.sealed);
    }
  }
  rest.files = std::move(walked_);
  std::reverse(rest.files.begin(), rest.files.end());
  for (LogFileGroup& group : rest.files) {
    std::sort(group.begin(), group.end(),
              [](const LogFile& one, const LogFile& other) { return one.order < other.order; });
  }
  return rest;
}

// Lines without a number first; then the highest; of equals the last.
void BackwardLogReader::choose() {
  current_ = nullptr;
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source->seq == 0) {
      current_ = source.get();
      return;
    }
    if (current_ == nullptr || source->seq >= current_->seq) current_ = source.get();
  }
}

void BackwardLogReader::pass_equals() {
  if (current_->seq == 0) return;
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source.get() != current_ && source->seq == current_->seq) {
      source->has_line = false;
    }
  }
}

}  // namespace logslice::internal
