#include "logslice/persistence/internal/log_follow.h"

#include <chrono>
#include <new>
#include <utility>

#include "follow_start.h"
#include "go_back.h"
#include "line_source.h"
#include "log_reader.h"
#include "logslice/persistence/follow_log.h"
#include "logslice/persistence/internal/log_scanner.h"
#include "logslice/reflection/internal/status.h"

namespace logslice {

namespace internal {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime deadline_in(absl::Duration timeout) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (timeout <= absl::ZeroDuration()) return now;
  constexpr absl::Duration kForEver = absl::Hours(24 * 365 * 10);
  if (timeout >= kForEver) return SteadyTime::max();
  return now + absl::ToChronoNanoseconds(timeout);
}

const LogLine& no_line() {
  static const LogLine& line = *new LogLine;
  return line;
}

class EntryFollow final : public LogFollow {
 public:
  EntryFollow(std::unique_ptr<LogScanner> scanner, std::string log_path,
              std::shared_ptr<ChangeWatcher> watcher)
      : LogFollow(std::move(log_path), std::move(watcher)), scanner_(std::move(scanner)) {}

  int64_t seq() const override { return scanner_->seq(); }
  std::optional<absl::Time> ts() const override { return scanner_->ts(); }
  int64_t offset_bytes() const override { return scanner_->offset_bytes(); }
  const std::string& path() const override { return scanner_->path(); }
  const LogLine& line() const override { return no_line(); }
  const ScanStats& stats() const override { return scanner_->stats(); }
  absl::Status status() const override { return scanner_->status(); }

 private:
  bool next(void* entry) override { return scanner_->next(entry); }
  bool is_at_end() const override { return scanner_->is_at_end(); }
  void look_again() override { scanner_->look_again(); }
  std::optional<LogChange> take_change() override { return scanner_->take_change(); }

  const std::unique_ptr<LogScanner> scanner_;
};

class LineFollow final : public LogFollow {
 public:
  LineFollow(std::unique_ptr<LineSource> lines, std::string log_path,
             std::shared_ptr<ChangeWatcher> watcher)
      : LogFollow(std::move(log_path), std::move(watcher)), lines_(std::move(lines)) {}

  int64_t seq() const override { return line().seq; }
  std::optional<absl::Time> ts() const override { return line().ts; }
  int64_t offset_bytes() const override { return line().offset_bytes; }
  const std::string& path() const override { return path_; }
  const LogLine& line() const override { return lines_->line(); }
  const ScanStats& stats() const override { return lines_->stats(); }
  absl::Status status() const override { return lines_->status(); }

 private:
  bool next(void*) override {
    try {
      return lines_->next();
    } catch (const std::bad_alloc&) {
      lines_->stop(out_of_memory());
      return false;
    }
  }
  bool is_at_end() const override { return lines_->is_at_end(); }
  void look_again() override { lines_->look_again(); }
  std::optional<LogChange> take_change() override { return lines_->take_change(); }

  const std::unique_ptr<LineSource> lines_;
  const std::string path_;
};

absl::StatusOr<std::shared_ptr<ChangeWatcher>> watcher_or_default(
    std::shared_ptr<ChangeWatcher> watcher) {
  if (watcher != nullptr) return watcher;
  absl::StatusOr<std::unique_ptr<ChangeWatcher>> made = make_change_watcher();
  if (!made.ok()) return made.status();
  return std::shared_ptr<ChangeWatcher>(*std::move(made));
}

}  // namespace

LogFollow::LogFollow(std::string log_path, std::shared_ptr<ChangeWatcher> watcher)
    : log_path_(std::move(log_path)), watcher_(std::move(watcher)) {}

absl::StatusOr<std::unique_ptr<LogFollow>> LogFollow::open(const TypeTable& table,
                                                           const std::filesystem::path& path,
                                                           const FollowOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::unique_ptr<LogFollow>> {
    absl::StatusOr<std::shared_ptr<ChangeWatcher>> watcher = watcher_or_default(options.watcher);
    if (!watcher.ok()) return watcher.status();
    const ScanOptions scan = scan_from(options.scan, options.start);
    absl::StatusOr<LogReader> reader =
        follow_from(path, scan, options.start, [&](BackwardLogReader& lines) {
          return go_back(&lines, table, options.start.value, scan, [](void*) {});
        });
    if (!reader.ok()) return reader.status();
    std::string log_path = reader->log_path();
    return std::make_unique<EntryFollow>(LogScanner::follow(table, *std::move(reader), scan),
                                         std::move(log_path), *std::move(watcher));
  });
}

absl::StatusOr<std::unique_ptr<LogFollow>> LogFollow::open_lines(const std::filesystem::path& path,
                                                                 const LineFollowOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::unique_ptr<LogFollow>> {
    absl::StatusOr<std::shared_ptr<ChangeWatcher>> watcher = watcher_or_default(options.watcher);
    if (!watcher.ok()) return watcher.status();
    LineScanOptions lines_options = options.lines;
    lines_options.scan = scan_from(options.lines.scan, options.start);
    absl::StatusOr<LogReader> reader =
        follow_from(path, lines_options.scan, options.start, [&](BackwardLogReader& lines) {
          return go_back_lines(&lines, options.start.value, lines_options);
        });
    if (!reader.ok()) return reader.status();
    std::string log_path = reader->log_path();
    return std::make_unique<LineFollow>(scan_lines_of(*std::move(reader), lines_options),
                                        std::move(log_path), *std::move(watcher));
  });
}

Followed LogFollow::wait_next(void* entry, absl::Duration timeout) {
  const SteadyTime deadline = deadline_in(timeout);
  if (is_at_end()) look_again();
  for (bool has_timed_out = false;;) {
    const Followed found = look(entry);
    if (found != Followed::kNothingYet || has_timed_out) return found;
    if (timeout <= absl::ZeroDuration()) return found;
    has_timed_out = watcher_->wait(log_path_, deadline) == ChangeWatcher::Woken::kTimedOut;
    look_again();
  }
}

Followed LogFollow::look(void* entry) {
  if (is_stopped_.load(std::memory_order_acquire)) return Followed::kStopped;
  if (std::exchange(has_entry_, false)) return Followed::kEntry;
  const bool has_entry = next(entry);
  if (const std::optional<LogChange> change = take_change()) {
    change_ = *change;
    has_entry_ = has_entry;
    return Followed::kChange;
  }
  if (has_entry) return Followed::kEntry;
  if (!status().ok()) return Followed::kFailed;
  return is_at_end() ? Followed::kNothingYet : Followed::kEnd;
}

void LogFollow::stop() noexcept {
  is_stopped_.store(true, std::memory_order_release);
  watcher_->wake();
}

}  // namespace internal

std::string_view log_change_name(LogChange change) {
  switch (change) {
    case LogChange::kTruncated:
      return "truncated";
    case LogChange::kReplaced:
      return "replaced";
    case LogChange::kRemoved:
      return "removed";
  }
  return "";
}

absl::StatusOr<LineFollower> follow_lines(const std::filesystem::path& path,
                                          const LineFollowOptions& options) {
  return internal::or_out_of_memory([&]() -> absl::StatusOr<LineFollower> {
    absl::StatusOr<std::unique_ptr<internal::LogFollow>> follow =
        internal::LogFollow::open_lines(path, options);
    if (!follow.ok()) return follow.status();
    return LineFollower(*std::move(follow));
  });
}

}  // namespace logslice
