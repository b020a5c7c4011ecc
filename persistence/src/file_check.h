// This header defines FileCheck, which looks at the files of a log without reading their lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "finding_list.h"
#include "logslice/persistence/check_log.h"
#include "logslice/persistence/log_info.h"
#include "segment_name.h"

namespace logslice::internal {

// Threads: one.
class FileCheck {
 public:
  FileCheck(const CheckOptions& options, std::string log_path, FindingList& findings)
      : file_system_(*options.file_system),
        line_bytes_max_(options.line_bytes_max),
        log_path_(std::move(log_path)),
        findings_(findings) {}

  // Looks at the sealed segments, the active file, the sidecar and the torn file. An error: the
  // directory cannot be listed.
  absl::Status run();

  bool has_unreadable() const { return has_unreadable_; }
  const std::optional<LogHolder>& holder() const { return holder_; }
  // The highest number that the sidecar or the name of a segment gives away.
  int64_t given_seq() const { return given_seq_; }

  // A file that cannot be read, or not to its end.
  void add_unreadable(const std::string& path, const absl::Status& status);

 private:
  void look_at_sidecar();
  void look_at_unfinished(const std::string& archive_path);
  // `sealed`: nothing if it is the active file, or the archive of another program.
  void look_at_data_file(const std::string& path, const std::optional<SegmentName>& sealed);
  void look_at_tail(File& file, const std::string& path, int64_t size_bytes,
                    const std::optional<SegmentName>& sealed);
  void look_at_range(File& file, const std::string& path, int64_t committed_end,
                     const SegmentName& name);
  void look_at_permissions(const std::string& path, uint32_t permissions);
  void add(LogFindingKind kind, LogFindingSeverity severity, const std::string& path,
           std::string text, std::string mend = "");

  FileSystem& file_system_;
  const int64_t line_bytes_max_;
  const std::string log_path_;
  FindingList& findings_;

  bool has_unreadable_ = false;
  std::optional<LogHolder> holder_;
  int64_t given_seq_ = 0;
};

}  // namespace logslice::internal
