#include "logslice/persistence/salvage_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io_status.h"
#include "log_files.h"
#include "log_holder.h"
#include "log_paths.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/internal/canonical_log_path.h"
#include "logslice/reflection/internal/status.h"
#include "new_file.h"
#include "quarantine_file.h"
#include "recovery.h"
#include "salvage_input.h"
#include "salvage_merge.h"
#include "salvage_survey.h"
#include "segment_name.h"
#include "sidecar.h"
#include "text.h"

namespace logslice {

namespace internal {

namespace {

std::string quarantine_path(const std::string& out_path) { return out_path + ".quarantine"; }

absl::Status check_not_held(FileSystem& file_system, const std::string& log_path) {
  const std::optional<LogHolder> holder = find_log_holder(file_system, log_path);
  if (!holder.has_value()) return absl::OkStatus();
  return with_error_kind(
      unavailable(concat(log_path, " is open for writing in ", describe(*holder),
                         "; what is saved of a log must be at rest: close that one first")),
      ErrorKind::kLock);
}

// The highest number that is known to have been given, beside what the lines show.
int64_t find_given_seq(FileSystem& file_system, const std::string& log_path) {
  int64_t given_seq = 0;
  if (const OpenResult opened = file_system.open(sidecar_path(log_path), OpenMode::kRead);
      opened.ok()) {
    const std::optional<SidecarContent> content = read_sidecar(*opened.file);
    if (content.has_value()) given_seq = content->last_seq;
  }
  const absl::StatusOr<std::vector<SegmentName>> names = list_sealed(file_system, log_path);
  if (!names.ok()) return given_seq;
  for (const SegmentName& name : *names) given_seq = std::max(given_seq, name.last_seq);
  return given_seq;
}

// NewLog is the log that is being written: its entries, the quarantine, and its sidecar, so that
// its next writer gives no number again that the input has seen.
class NewLog {
 public:
  NewLog(const SalvageOptions& options, const std::string& path)
      : file_system_(*options.file_system),
        clock_(*options.clock),
        entries_(file_system_, path),
        quarantine_(file_system_, quarantine_path(path)) {}

  // AlreadyExists: something stands where one of its files would be.
  absl::Status create() {
    const std::string& path = entries_.path();
    for (const std::string& taken :
         {path, quarantine_path(path), sidecar_path(path), torn_path(path)}) {
      const StatResult there = file_system_.stat(taken);
      if (there.ok()) {
        return already_exists(concat(taken, " exists; give the path of a log that does not"));
      }
      if (there.error != ENOENT) return io_error(there.error, "cannot stat", taken);
    }
    const absl::StatusOr<FilesBeside> beside = list_files_beside(file_system_, path);
    if (!beside.ok()) return beside.status();
    if (!beside->sealed.empty() || !beside->foreign_archives.empty()) {
      const std::string first = beside->sealed.empty() ? beside->foreign_archives.front()
                                                       : segment_path(path, beside->sealed.front());
      return already_exists(concat(first, " exists, a segment of the log at ", path,
                                   "; give the path of a log that does not"));
    }
    return entries_.create();
  }

  NewFile& entries() { return entries_; }
  QuarantineFile& quarantine() { return quarantine_; }

  // Makes it all durable under temporary names.
  absl::Status sync() {
    if (absl::Status status = entries_.sync(); !status.ok()) return status;
    return quarantine_.file() == nullptr ? absl::OkStatus() : quarantine_.file()->sync();
  }

  // The entries come last: where they are, the rest is. `given_seq` 0: no entry has a number.
  absl::Status publish(int64_t given_seq) {
    absl::Status status =
        quarantine_.file() == nullptr ? absl::OkStatus() : quarantine_.file()->publish();
    const bool has_quarantine = status.ok() && quarantine_.file() != nullptr;
    // Held until all is there, so that no writer begins a log of its own meanwhile.
    std::unique_ptr<Sidecar> sidecar;
    if (status.ok() && given_seq > 0) status = make_sidecar(given_seq, sidecar);
    if (status.ok()) status = entries_.publish();
    if (status.ok()) return sync_directory_of(file_system_, entries_.path());
    if (has_quarantine) (void)file_system_.unlink(quarantine_.file()->path());
    if (sidecar != nullptr) (void)file_system_.unlink(sidecar_path(entries_.path()));
    return status;
  }

 private:
  absl::Status make_sidecar(int64_t given_seq, std::unique_ptr<Sidecar>& sidecar) {
    absl::StatusOr<std::unique_ptr<Sidecar>> locked = Sidecar::lock(file_system_, entries_.path());
    if (!locked.ok()) return locked.status();
    sidecar = *std::move(locked);
    SidecarContent content;
    content.pid = ::getpid();
    content.started_at = clock_.now();
    content.last_seq = given_seq;
    return sidecar->write(content);
  }

  FileSystem& file_system_;
  Clock& clock_;
  NewFile entries_;
  QuarantineFile quarantine_;
};

absl::Status check_out_name(const std::string& log_path, const std::string& out_path) {
  const std::string name = out_path.substr(out_path.rfind('/') + 1);
  if (name.empty()) return invalid_argument(concat(out_path, " is a directory; give a file in it"));
  if (name.size() > kLogNameBytesMax) {
    return invalid_argument(concat("the name of ", out_path, " has ", name.size(),
                                   " bytes; a log's name has ", kLogNameBytesMax, " at most"));
  }
  if (const std::optional<std::string> log = log_name_of_segment(name)) {
    return invalid_argument(
        concat(out_path, " would be a segment of the log ", *log, "; give another name"));
  }
  if (out_path == sidecar_path(log_path) || out_path == torn_path(log_path)) {
    return invalid_argument(
        concat(out_path, " belongs to the log ", log_path, "; give another name"));
  }
  return absl::OkStatus();
}

// Every byte of the input is somewhere, once.
absl::Status check_counts(const SalvageReport& report) {
  const int64_t accounted_bytes =
      report.saved_bytes + report.quarantined_bytes + report.duplicate_bytes + report.blank_bytes;
  if (accounted_bytes == report.input_bytes) return absl::OkStatus();
  return make_status(absl::StatusCode::kInternal,
                     concat("of ", report.input_bytes, " bytes ", accounted_bytes,
                            " are accounted for; nothing was written"));
}

}  // namespace

}  // namespace internal

absl::StatusOr<SalvageReport> salvage_log(const std::filesystem::path& path,
                                          const std::filesystem::path& out_path,
                                          const SalvageOptions& options) {
  if (options.line_bytes_max < 1) {
    return internal::invalid_argument(
        internal::concat("line_bytes_max is ", options.line_bytes_max, "; it must be >= 1"));
  }
  FileSystem& file_system = *options.file_system;
  absl::StatusOr<std::string> log_path = internal::expand_home(path);
  if (!log_path.ok()) return log_path.status();
  // 1. The input is at rest, and the output free.
  absl::StatusOr<internal::SalvageInput> input =
      internal::SalvageInput::open(file_system, *log_path);
  if (!input.ok()) return input.status();
  absl::Status status = internal::check_not_held(file_system, *log_path);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> out = internal::canonical_log_path(out_path, file_system);
  if (!out.ok()) return out.status();
  const absl::StatusOr<std::string> real_log_path =
      internal::canonical_log_path(*log_path, file_system);
  if (!real_log_path.ok()) return real_log_path.status();
  status = internal::check_out_name(*real_log_path, *out);
  if (!status.ok()) return status;
  internal::NewLog log(options, *out);
  if (status = log.create(); !status.ok()) return status;

  // 2. What is no entry goes to the quarantine; then the entries are written in order.
  SalvageReport report;
  report.input_bytes = input->bytes();
  report.input_file_count = static_cast<int64_t>(input->file_count());
  absl::StatusOr<internal::SalvageSurvey> survey =
      internal::survey_files(*input, options.line_bytes_max, log.quarantine(), report);
  if (!survey.ok()) return survey.status();
  const int64_t seen_seq = survey->given_seq;
  internal::SalvageMerge merge(*input, log.entries(), log.quarantine(), report);
  if (status = merge.run(std::move(survey->runs)); !status.ok()) return status;
  report.quarantined_count = log.quarantine().piece_count();
  report.quarantined_bytes = log.quarantine().bytes();
  if (status = internal::check_counts(report); !status.ok()) return status;

  // 3. Durable before it has its name; and no name for what is not the whole input.
  if (status = log.sync(); !status.ok()) return status;
  if (status = internal::check_not_held(file_system, *log_path); !status.ok()) return status;
  if (status = input->check_unchanged(); !status.ok()) return status;
  const int64_t given_seq =
      report.last_seq == 0 ? 0
                           : std::max(seen_seq, internal::find_given_seq(file_system, *log_path));
  if (status = log.publish(given_seq); !status.ok()) return status;
  report.out_path = *out;
  if (report.quarantined_count > 0) report.quarantine_path = internal::quarantine_path(*out);
  return report;
}

}  // namespace logslice
