#include "file_check.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "archive_file.h"
#include "backward_line_reader.h"
#include "first_seq.h"
#include "io_status.h"
#include "log_files.h"
#include "log_holder.h"
#include "log_paths.h"
#include "logslice/reflection/internal/status.h"
#include "recovery.h"
#include "sidecar.h"
#include "text.h"

namespace logslice::internal {

namespace {

constexpr uint32_t kOwnerReadsAndWrites = 0600;

std::string octal(uint32_t permissions) {
  std::string digits = "0000";
  for (size_t i = digits.size(); i-- > 0; permissions >>= 3) {
    digits[i] = static_cast<char>('0' + (permissions & 7));
  }
  return digits;
}

// How many of the bytes from `start` to `end` are NUL.
absl::StatusOr<int64_t> count_nuls(File& file, const std::string& path, int64_t start,
                                   int64_t end) {
  constexpr int64_t kBlockBytes = 64 << 10;
  const auto block = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  int64_t nul_count = 0;
  while (start < end) {
    const IoResult read =
        file.read_at(block.get(), static_cast<size_t>(std::min(end - start, kBlockBytes)), start);
    if (!read.ok()) return io_error(read.error, "cannot read", path);
    if (read.value == 0) break;
    nul_count += std::count(block.get(), block.get() + read.value, '\0');
    start += read.value;
  }
  return nul_count;
}

std::string counted_bytes(int64_t count) { return concat(count, count == 1 ? " byte" : " bytes"); }

}  // namespace

absl::Status FileCheck::run() {
  const absl::StatusOr<FilesBeside> beside = list_files_beside(file_system_, log_path_);
  if (!beside.ok()) return beside.status();
  look_at_sidecar();
  for (const std::string& path : beside->unfinished_archives) look_at_unfinished(path);
  for (const std::string& path : beside->foreign_archives) look_at_data_file(path, std::nullopt);
  for (const SegmentName& name : beside->sealed) {
    given_seq_ = std::max(given_seq_, name.last_seq);
    look_at_data_file(segment_path(log_path_, name), name);
    if (name.form == SegmentForm::kGzip) continue;
    const std::string archive = segment_path(log_path_, name.in_form(SegmentForm::kGzip));
    if (!file_system_.stat(archive).ok()) continue;
    add(LogFindingKind::kSegmentInBothForms, LogFindingSeverity::kRemark, archive,
        "stands beside the segment that it was made of, which is read; nothing to do: a writer "
        "that "
        "compresses makes it again");
  }
  look_at_data_file(log_path_, std::nullopt);
  const std::string torn = torn_path(log_path_);
  if (const StatResult there = file_system_.stat(torn); there.ok()) {
    look_at_permissions(torn, there.stat.permissions);
  }
  return absl::OkStatus();
}

void FileCheck::look_at_unfinished(const std::string& archive_path) {
  add(LogFindingKind::kUnfinishedArchive, LogFindingSeverity::kRemark, archive_path,
      holder_.has_value() ? "is being written; nothing to do"
                          : "was never finished; nothing to do: nobody reads it, and a writer that "
                            "compresses removes it");
}

void FileCheck::add(LogFindingKind kind, LogFindingSeverity severity, const std::string& path,
                    std::string text, std::string mend) {
  LogFinding finding{.kind = kind, .severity = severity, .path = path};
  finding.text = std::move(text);
  finding.mend = std::move(mend);
  findings_.add(std::move(finding));
}

void FileCheck::add_unreadable(const std::string& path, const absl::Status& status) {
  has_unreadable_ = true;
  add(LogFindingKind::kUnreadable, LogFindingSeverity::kDamage, path,
      concat(message_of(status), "; what is behind it was not looked at"),
      concat("make it readable, or copy from the device what can be read, and run this again"));
}

void FileCheck::look_at_sidecar() {
  const std::string path = sidecar_path(log_path_);
  holder_ = find_log_holder(file_system_, log_path_);
  if (holder_.has_value()) {
    add(LogFindingKind::kWriter, LogFindingSeverity::kRemark, log_path_,
        concat(describe(*holder_), " has the log open for writing"));
  }
  const OpenResult opened = file_system_.open(path, OpenMode::kRead);
  if (opened.error == ENOENT) return;
  const StatResult stat =
      opened.ok() ? opened.file->stat() : StatResult{.stat = {}, .error = opened.error};
  if (!stat.ok()) {
    add(LogFindingKind::kSidecar, LogFindingSeverity::kRemark, path,
        concat("cannot be read, so that a writer at work is not known here: ",
               message_of(io_error(stat.error, "cannot open", path))));
    return;
  }
  look_at_permissions(path, stat.stat.permissions);
  const std::optional<SidecarContent> content = read_sidecar(*opened.file);
  if (content.has_value()) {
    given_seq_ = content->last_seq;
  } else if (stat.stat.size_bytes > 0 && !holder_.has_value()) {
    add(LogFindingKind::kSidecar, LogFindingSeverity::kRemark, path,
        "is not what a writer wrote; nothing to do: the next writer goes by the log's end");
  }
}

void FileCheck::look_at_permissions(const std::string& path, uint32_t permissions) {
  if ((permissions & ~kOwnerReadsAndWrites) == 0) return;
  add(LogFindingKind::kPermissions, LogFindingSeverity::kDamage, path,
      concat("has the permissions ", octal(permissions), ", wider than 0600"),
      concat("chmod 600 ", shell_word(path)));
}

void FileCheck::look_at_data_file(const std::string& path,
                                  const std::optional<SegmentName>& sealed) {
  absl::StatusOr<std::unique_ptr<File>> file = open_for_reading(file_system_, path);
  // Beside sealed segments an active file need not be; and a segment may be removed meanwhile.
  if (absl::IsNotFound(file.status())) return;
  if (!file.ok()) {
    add_unreadable(path, file.status());
    return;
  }
  const StatResult stat = (*file)->stat();
  if (!stat.ok()) {
    add_unreadable(path, io_error(stat.error, "cannot stat", path));
    return;
  }
  if (const StatResult there = file_system_.stat(path);
      there.ok() && there.stat.kind == FileKind::kSymlink) {
    add(LogFindingKind::kSymlink, LogFindingSeverity::kRemark, path,
        "is a symbolic link: readers follow it, a writer refuses it");
  }
  look_at_permissions(path, stat.stat.permissions);
  if (stat.stat.link_count > 1) {
    add(LogFindingKind::kHardLink, LogFindingSeverity::kDamage, path,
        concat("has ", stat.stat.link_count,
               " names; a writer refuses it, since under another one its lock is not seen"),
        concat("find / -xdev -samefile ", shell_word(path), "  # and remove the others"));
  }
  const std::unique_ptr<File> text = text_of_log_file(*std::move(file), path);
  const StatResult text_stat = text->stat();
  if (!text_stat.ok()) {
    add_unreadable(path, io_error(text_stat.error, "cannot read", path));
    return;
  }
  look_at_tail(*text, path, text_stat.stat.size_bytes, sealed);
}

void FileCheck::look_at_tail(File& file, const std::string& path, int64_t size_bytes,
                             const std::optional<SegmentName>& sealed) {
  const absl::StatusOr<int64_t> end = find_committed_end(file, path, size_bytes);
  if (!end.ok()) return add_unreadable(path, end.status());
  if (sealed.has_value()) look_at_range(file, path, *end, *sealed);
  const int64_t torn_bytes = size_bytes - *end;
  if (torn_bytes == 0) return;
  const absl::StatusOr<int64_t> nul_count = count_nuls(file, path, *end, size_bytes);
  if (!nul_count.ok()) return add_unreadable(path, nul_count.status());
  LogFinding finding{
      .kind = LogFindingKind::kTornTail, .severity = LogFindingSeverity::kRemark, .path = path};
  finding.offset_bytes = *end;
  finding.text = counted_bytes(torn_bytes) + " behind the last newline";
  if (*nul_count > 0) finding.text += concat(", ", *nul_count, " of them NUL");
  if (sealed.has_value() || as_archive(file) != nullptr) {
    finding.text += "; nothing to do: readers pass over them, and no writer comes back to it";
  } else if (holder_.has_value() || find_log_holder(file_system_, log_path_).has_value()) {
    finding.text += "; nothing to do: an entry that is being written";
  } else {
    finding.severity = LogFindingSeverity::kDamage;
    finding.text += ": an entry that was never committed";
    finding.mend =
        concat("open the log with a writer: it moves them to ", shell_word(torn_path(log_path_)));
  }
  findings_.add(std::move(finding));
}

void FileCheck::look_at_range(File& file, const std::string& path, int64_t committed_end,
                              const SegmentName& name) {
  const absl::StatusOr<int64_t> first_seq = find_first_seq(file, path, line_bytes_max_);
  if (!first_seq.ok()) return add_unreadable(path, first_seq.status());
  const absl::StatusOr<LastEntry> last =
      find_last_entry(file, path, committed_end, line_bytes_max_);
  if (!last.ok()) return add_unreadable(path, last.status());
  // Lines without a number had one each, as far as the ends of the range are concerned.
  if (*first_seq <= name.first_seq && last->seq + last->lines_behind >= name.last_seq &&
      last->seq <= name.last_seq && *first_seq > 0) {
    return;
  }
  // Lines of others alone: they count on from its first number.
  if (*first_seq == 0 && last->seq == 0 &&
      last->lines_behind >= name.last_seq - name.first_seq + 1) {
    return;
  }
  LogFinding finding{
      .kind = LogFindingKind::kSegmentRange, .severity = LogFindingSeverity::kDamage, .path = path};
  finding.first_seq = name.first_seq;
  finding.last_seq = name.last_seq;
  finding.text = concat("holds ",
                        last->seq == 0 ? std::string("no numbered entry")
                                       : concat("seq ", *first_seq, " to ", last->seq),
                        ", but its name says ", name.first_seq, " to ", name.last_seq);
  finding.mend = recover_command(log_path_);
  findings_.add(std::move(finding));
}

}  // namespace logslice::internal
