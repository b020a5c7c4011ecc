// This header defines follow_log and follow_lines, which read a log to its end and then wait for
// what is written to it.
//
//   absl::StatusOr<LogFollower<ToolInvoked>> follower =
//       follow_log<ToolInvoked>(path, {.start = {FollowStart::At::kLast, 10}});
//   for (;;) {
//     switch (follower->wait_next(absl::Seconds(1))) {
//       case Followed::kEntry: show(follower->entry(), follower->seq()); break;
//       case Followed::kNothingYet: …
//
// A follower goes on across sealing, however often, truncation, replacement and deletion of the
// file; the log need not exist yet. It never modifies the log. Rules: specs/following.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/follow_options.h"
#include "logslice/persistence/internal/log_follow.h"
#include "logslice/persistence/log_lines.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/status.h"

namespace logslice {

// LogFollower hands out the entries of one type, oldest first, each once. An entry is there once
// its newline is. Memory: bounded by the longest line, at most line_bytes_max. Threads: one at a
// time; stop() from any. Move-only.
template <typename T>
class LogFollower {
 public:
  explicit LogFollower(std::unique_ptr<internal::LogFollow> follow)
      : follow_(std::move(follow)), entry_(std::make_unique<T>()) {}

  // The next entry, as soon as it is there; without one it waits for `timeout` at most. Zero looks
  // once and does not wait.
  Followed wait_next(absl::Duration timeout) { return follow_->wait_next(entry_.get(), timeout); }

  // Ends the wait at hand; every wait from now on is kStopped at once. From any thread, also from a
  // signal handler, while the follower stays in place.
  void stop() noexcept { follow_->stop(); }

  // After kEntry. The struct is reused, and may be moved from.
  T& entry() { return *entry_; }
  int64_t seq() const { return follow_->seq(); }  // 0: none
  std::optional<absl::Time> ts() const { return follow_->ts(); }
  int64_t offset() const { return follow_->offset_bytes(); }   // of the line, in path()
  const std::string& path() const { return follow_->path(); }  // the active file's, or a segment's

  // After kChange.
  LogChange change() const { return follow_->change(); }

  // Errors as LogScan.
  absl::Status status() const { return follow_->status(); }
  const ScanStats& stats() const { return follow_->stats(); }

 private:
  std::unique_ptr<internal::LogFollow> follow_;
  std::unique_ptr<T> entry_;
};

// InvalidArgument: something at the path that is no regular file, or an option out of range. A log
// that does not exist is waited for.
template <typename T>
absl::StatusOr<LogFollower<T>> follow_log(const std::filesystem::path& path,
                                          const FollowOptions& options = {}) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LogFollower<T>> {
    absl::StatusOr<std::unique_ptr<internal::LogFollow>> follow =
        internal::LogFollow::open(internal::type_table<T>(), path, options);
    if (!follow.ok()) return follow.status();
    return LogFollower<T>(*std::move(follow));
  });
}

// LineFollower is LogFollower for lines of whatever type, as LogLines has them; damaged ones are
// handed out, too.
class LineFollower {
 public:
  explicit LineFollower(std::unique_ptr<internal::LogFollow> follow) : follow_(std::move(follow)) {}

  // As in LogFollower.
  Followed wait_next(absl::Duration timeout) { return follow_->wait_next(nullptr, timeout); }
  void stop() noexcept { follow_->stop(); }
  LogChange change() const { return follow_->change(); }
  absl::Status status() const { return follow_->status(); }
  const ScanStats& stats() const { return follow_->stats(); }

  // After kEntry.
  const LogLine& line() const { return follow_->line(); }

 private:
  std::unique_ptr<internal::LogFollow> follow_;
};

// Errors as follow_log.
absl::StatusOr<LineFollower> follow_lines(const std::filesystem::path& path,
                                          const LineFollowOptions& options = {});

}  // namespace logslice
