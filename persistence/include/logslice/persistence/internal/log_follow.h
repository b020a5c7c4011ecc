// LogFollow is the part of follow_log and follow_lines that is compiled once.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/log_lines.h"

namespace logslice::internal {

struct TypeTable;

class LogFollow {
 public:
  static absl::StatusOr<std::unique_ptr<LogFollow>> open(const TypeTable& table,
                                                         const std::filesystem::path& path,
                                                         const FollowOptions& options);
  static absl::StatusOr<std::unique_ptr<LogFollow>> open_lines(const std::filesystem::path& path,
                                                               const LineFollowOptions& options);
  LogFollow(const LogFollow&) = delete;
  LogFollow& operator=(const LogFollow&) = delete;
  virtual ~LogFollow() = default;

  // Overwrites `entry`, a constructed object of the type (null for lines), where it is kEntry.
  Followed wait_next(void* entry, absl::Duration timeout);
  void stop() noexcept;
  LogChange change() const { return change_; }

  // Of the entry at hand.
  virtual int64_t seq() const = 0;
  virtual std::optional<absl::Time> ts() const = 0;
  virtual int64_t offset_bytes() const = 0;
  virtual const std::string& path() const = 0;
  virtual const LogLine& line() const = 0;

  virtual const ScanStats& stats() const = 0;
  virtual absl::Status status() const = 0;

 protected:
  LogFollow(std::string log_path, std::shared_ptr<ChangeWatcher> watcher);

 private:
  // The next entry; false at the end of what is there.
  virtual bool next(void* entry) = 0;
  // Whether that was the end, not an error nor the end of the range.
  virtual bool is_at_end() const = 0;
  virtual void look_again() = 0;
  virtual std::optional<LogChange> take_change() = 0;

  Followed look(void* entry);

  const std::string log_path_;
  const std::shared_ptr<ChangeWatcher> watcher_;
  std::atomic<bool> is_stopped_ = false;
  LogChange change_ = LogChange::kTruncated;
  bool has_entry_ = false;  // it comes behind the change that was told
};

}  // namespace logslice::internal
