#include "log_files.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include "archive_file.h"
#include "first_seq.h"
#include "io_status.h"
#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

std::string_view name_of(const std::string& path) {
  return std::string_view(path).substr(path.rfind('/') + 1);
}

// As many as one getdents(2) of the C library gives at least.
constexpr size_t kNamesListedAtOnce = 100;

constexpr std::string_view kUnfinishedEnd = ".tmp";  // of what SegmentArchiver writes

std::string path_beside(const std::string& log_path, const std::string& name) {
  return log_path.substr(0, log_path.rfind('/') + 1) + name;
}

struct Listing {
  FilesBeside beside;
  LogFile active;  // its `file` is null if there is none
};

// A writer that seals between our two looks would show us one file under both names. So look until
// the path still leads to the file that was opened before the listing.
absl::StatusOr<Listing> list_at_one_moment(FileSystem& file_system, const std::string& log_path) {
  // Half a second or so: a reader of thousands of segments lists for longer than it takes to seal
  // one.
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Listing listing;
    listing.active.path = log_path;
    absl::StatusOr<std::unique_ptr<File>> file = open_for_reading(file_system, log_path);
    if (!file.ok() && !absl::IsNotFound(file.status())) return file.status();
    absl::StatusOr<FilesBeside> beside = list_files_beside(file_system, log_path);
    if (!beside.ok()) return beside.status();
    listing.beside = *std::move(beside);
    const bool is_alone = listing.beside.sealed.empty() && listing.beside.foreign_archives.empty();
    if (!file.ok()) {
      if (is_alone) return file.status();
      if (file_system.stat(log_path).error == ENOENT) return listing;
      continue;
    }
    listing.active.file = *std::move(file);
    const StatResult opened = listing.active.file->stat();
    if (!opened.ok()) return io_error(opened.error, "cannot stat", log_path);
    listing.active.stat = opened.stat;
    const StatResult there = is_alone ? opened : file_system.stat(log_path);
    if (there.ok() && there.stat.inode == opened.stat.inode &&
        there.stat.device == opened.stat.device) {
      // A reader may be given the path of an archive.
      listing.active.file = text_of_log_file(std::move(listing.active.file), log_path);
      return listing;
    }
  }
  return unavailable(concat(log_path, " is sealed faster than it can be listed; try again"));
}

// `files` are in the order in which later ones win.
std::vector<LogFileGroup> group_by_overlap(std::vector<LogFile> files) {
  std::vector<size_t> by_first_seq(files.size());
  std::iota(by_first_seq.begin(), by_first_seq.end(), size_t{0});
  std::stable_sort(by_first_seq.begin(), by_first_seq.end(),
                   [&](size_t a, size_t b) { return files[a].first_seq < files[b].first_seq; });
  std::vector<std::vector<size_t>> overlapping;
  int64_t highest_seq = 0;
  for (const size_t index : by_first_seq) {
    if (overlapping.empty() || files[index].first_seq > highest_seq) overlapping.emplace_back();
    overlapping.back().push_back(index);
    highest_seq = std::max(highest_seq, files[index].last_seq);
  }
  std::vector<LogFileGroup> groups;
  for (std::vector<size_t>& indices : overlapping) {
    std::sort(indices.begin(), indices.end());
    LogFileGroup& group = groups.emplace_back();
    for (const size_t index : indices) group.push_back(std::move(files[index]));
  }
  return groups;
}

// Those of `names` that are of the log. There may be thousands of others, of as many logs.
void add_files_beside(const std::string& log_path, const std::vector<std::string>& names,
                      FilesBeside& beside) {
  const std::string_view log_name = name_of(log_path);
  for (const std::string& name : names) {
    if (const std::optional<SegmentName> found = parse_segment_name(log_name, name)) {
      beside.sealed.push_back(*found);
    } else if (is_foreign_archive_name(log_name, name)) {
      beside.foreign_archives.push_back(path_beside(log_path, name));
    } else if (name.ends_with(kUnfinishedEnd)) {
      const std::optional<SegmentName> archive = parse_segment_name(
          log_name, std::string_view(name).substr(0, name.size() - kUnfinishedEnd.size()));
      if (archive.has_value() && archive->form == SegmentForm::kGzip) {
        beside.unfinished_archives.push_back(path_beside(log_path, name));
      }
    }
  }
}

void sort_and_merge(std::vector<std::string>& paths) {
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

}  // namespace

absl::StatusOr<FilesBeside> list_files_beside(FileSystem& file_system,
                                              const std::string& log_path) {
  const std::string directory = directory_of(log_path);
  ListResult list = file_system.list_directory(directory);
  FilesBeside beside;
  if (list.error == ENOENT) return beside;
  add_files_beside(log_path, list.names, beside);
  if (list.ok() && list.names.size() > kNamesListedAtOnce) {
    // A directory that is not read by one call may show neither form of a segment that is
    // compressed meanwhile. Whatever the first look has missed for that was done before the second.
    list = file_system.list_directory(directory);
    add_files_beside(log_path, list.names, beside);
  }
  if (!list.ok()) {
    return absl::ErrnoToStatus(
        list.error, concat("cannot list ", directory, ", where segments of the log may be"));
  }
  sort_and_merge(beside.foreign_archives);
  sort_and_merge(beside.unfinished_archives);
  std::sort(beside.sealed.begin(), beside.sealed.end(),
            [](const SegmentName& a, const SegmentName& b) {
              return a == b ? a.form < b.form : a < b;  // plain ones first
            });
  beside.sealed.erase(std::unique(beside.sealed.begin(), beside.sealed.end()), beside.sealed.end());
  return beside;
}

absl::StatusOr<std::vector<SegmentName>> list_sealed(FileSystem& file_system,
                                                     const std::string& log_path) {
  absl::StatusOr<FilesBeside> beside = list_files_beside(file_system, log_path);
  if (!beside.ok()) return beside.status();
  return std::move(beside->sealed);
}

absl::StatusOr<std::vector<std::string>> list_foreign_archives(FileSystem& file_system,
                                                               const std::string& log_path) {
  absl::StatusOr<FilesBeside> beside = list_files_beside(file_system, log_path);
  if (!beside.ok()) return beside.status();
  return std::move(beside->foreign_archives);
}

absl::StatusOr<std::vector<LogFileGroup>> list_log_files(FileSystem& file_system,
                                                         const std::string& log_path,
                                                         int64_t line_bytes_max) {
  absl::StatusOr<Listing> listing = list_at_one_moment(file_system, log_path);
  if (!listing.ok()) return listing.status();
  std::vector<LogFile> files;
  for (const SegmentName& name : listing->beside.sealed) {
    LogFile file;
    file.path = segment_path(log_path, name);
    file.kind = LogFile::Kind::kSealed;
    file.sealed = name;
    file.first_seq = name.first_seq;
    file.last_seq = name.last_seq;
    files.push_back(std::move(file));
  }
  LogFile& active = listing->active;
  if (active.file != nullptr) {
    if (!files.empty()) {
      // Its name does not tell where it begins.
      absl::StatusOr<int64_t> first_seq = find_first_seq(*active.file, log_path, line_bytes_max);
      if (!first_seq.ok()) return first_seq.status();
      active.first_seq = *first_seq;
      active.last_seq = std::numeric_limits<int64_t>::max();
    }
    if (active.first_seq == 0) active.first_seq = std::numeric_limits<int64_t>::max();
    files.push_back(std::move(active));
  }
  std::vector<LogFileGroup> groups;
  for (const std::string& path : listing->beside.foreign_archives) {
    LogFile file;
    file.path = path;
    file.kind = LogFile::Kind::kForeignArchive;
    groups.emplace_back().push_back(std::move(file));
  }
  for (LogFileGroup& group : group_by_overlap(std::move(files))) groups.push_back(std::move(group));
  return groups;
}

}  // namespace logslice::internal
