// Reading, opening, snapshots: what it costs when the log has grown.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "made_log.h"
#include "process.h"
#include "sample_entry.h"
#include "scale.h"

namespace logslice::scale {
namespace {

using bench::ToolInvoked;

constexpr int64_t kEntryCount = 100;  // that are read at a place, or kept by a window
constexpr int64_t kStateCount = 1000;

// A session on the log: a window for each of its types, and a STATE slice beside it.
std::unique_ptr<Session> open_session(const MadeLog& log, int64_t last_seq) {
  // Torn tails are reported; here they are what is wanted.
  auto session = std::make_unique<Session>(SessionOptions{.diagnostics = [](const Diagnostic&) {}});
  check(session->register_slice<ToolInvoked>(SlicePolicy::kLog), "register_slice");
  check(session->register_slice<StepFailed>(SlicePolicy::kLog), "register_slice");
  check(session->register_slice<Tick>(SlicePolicy::kState), "register_slice");
  const LogPersistenceConfig config{.path = log.path, .max_memory_entries = kEntryCount};
  check(session->configure_persistence<ToolInvoked>(config), "configure_persistence");
  check(session->configure_persistence<StepFailed>(config), "configure_persistence");
  const auto marks = session->log_marks<ToolInvoked>();
  check(marks.ok() && marks->accepted_seq == last_seq, "the log is opened at another number");
  return session;
}

// A process that ends in the middle of a line, and of everything else. Returns the last number.
int64_t crash_writing(const MadeLog& log, int64_t last_seq) {
  const pid_t child = fork();
  check(child >= 0, "fork");
  if (child == 0) {
    // Neither destructors nor the exception of a failed check may go on in this process.
    try {
      std::unique_ptr<Session> session = open_session(log, last_seq);
      session->dispatch(StepFailed{1, "the last thing that was seen"});
      _exit(session->log_marks<StepFailed>()->written_seq == last_seq + 1 ? 0 : 1);
    } catch (...) {
      _exit(1);
    }
  }
  int status = 0;
  check(waitpid(child, &status, 0) == child && status == 0, "the process to crash did not write");
  std::ofstream torn(log.path, std::ios::app);
  torn << R"({"__type__":"logslice.scale:StepFailed","step":2,"rea)";
  check(torn.flush().good(), "the log cannot be torn");
  return last_seq + 1;
}

// Reads 100 entries from where `options` begin; returns the number of the first.
int64_t read_from_place(const MadeLog& log, const ScanOptions& options) {
  auto scan = scan_log<ToolInvoked>(log.path, options);
  check(scan.status(), "scan_log");
  int64_t count = 0;
  int64_t first_seq = 0;
  for (auto entry = scan->begin(); entry != scan->end(); ++entry) {
    if (count == 0) first_seq = entry.seq();
    if (++count == kEntryCount) break;
  }
  check(count == kEntryCount && scan->status().ok(), "entries are missing");
  return first_seq;
}

void seek(const MadeLog& log) {
  const int64_t first = read_from_place(log, {.start_seq = log.place_seq});
  // The line at the place may be one of the other type.
  check(first == log.place_seq || first == log.place_seq + 1, "another place");
}

void since(const MadeLog& log) {
  const int64_t first = read_from_place(log, {.since = log.place_ts});
  check(first <= log.place_seq + 1 && first > log.place_seq - 1000, "another place");
}

void read_last(const MadeLog& log) {
  const auto last = last_entries<ToolInvoked>(log.path, kEntryCount);
  check(last.ok() && last->size() == kEntryCount, "entries are missing");
}

class OneSize {
 public:
  OneSize(const Settings& settings, Report& report, int64_t megabytes)
      : report_(report),
        megabytes_(megabytes),
        round_count_(settings.is_quick ? 2 : 15),
        scan_count_(settings.is_quick    ? 1
                    : megabytes > 10'000 ? 1
                    : megabytes > 1'000  ? 2
                                         : 5),
        log_(make_log(settings.directory / "scale.jsonl", megabytes * 1'000'000)) {
    last_seq_ = log_.line_count;
  }
  ~OneSize() {
    for (const char* suffix : {"", ".lock", ".torn"}) {
      std::error_code ignored;
      std::filesystem::remove(log_.path.native() + suffix, ignored);
    }
  }
  OneSize(const OneSize&) = delete;
  OneSize& operator=(const OneSize&) = delete;

  void run() {
    snapshot_without_counts();
    scan();
    places("warm", round_count_);
    opening();
    session_calls();
    // At the end: what is read cold is not there for whoever comes next.
    if (report_.wants("seek") || report_.wants("since") || report_.wants("last 100") ||
        report_.wants("open + recover")) {
      cold();
    }
  }

 private:
  void add(std::string_view operation, std::string_view series, double value) {
    report_.add(operation, series, megabytes_, value);
  }

  // The first time that a log without a sidecar is opened. Also gives it one, with the counts.
  void snapshot_without_counts() {
    const std::unique_ptr<Session> session = open_session(log_, last_seq_);
    add("first snapshot after a crash", "",
        1e3 * seconds_of([&] {
          const auto snapshot = session->snapshot();
          check(snapshot.status(), "snapshot");
          for (const auto& [type, file] : snapshot->log_files) {
            const bool is_rare = type.ends_with("StepFailed");
            check(
                file.entry_count == (is_rare ? log_.rare_count : log_.line_count - log_.rare_count),
                "the snapshot has another count");
          }
        }));
    check(session->close(), "close");
  }

  void scan() {
    for (int round = 0; round < scan_count_; ++round) {
      if (report_.wants("typed scan")) {
        add("typed scan", "", seconds_of([&] {
              int64_t count = 0;
              auto scan = scan_log<ToolInvoked>(log_.path);
              check(scan.status(), "scan_log");
              for (const ToolInvoked& entry : *scan) count += !entry.name.empty();
              check(count == log_.line_count - log_.rare_count, "entries are missing");
            }));
      }
      if (report_.wants("scan of one type in a hundred")) {
        add("scan of one type in a hundred", "", seconds_of([&] {
              int64_t count = 0;
              auto scan = scan_log<StepFailed>(log_.path);
              check(scan.status(), "scan_log");
              for (const StepFailed& entry : *scan) count += entry.step >= 0;
              check(count == log_.rare_count, "entries are missing");
            }));
      }
      if (report_.wants("count")) {
        add("count", "", seconds_of([&] {
              const auto count = count_log_entries(log_.path);
              check(count.ok() && *count == log_.line_count, "another count");
            }));
      }
    }
  }

  void places(std::string_view series, int round_count) {
    for (int round = 0; round < round_count; ++round) {
      if (series == "cold") make_cold(log_);
      add("seek", series, 1e3 * seconds_of([&] { seek(log_); }));
      if (series == "cold") make_cold(log_);
      add("since", series, 1e3 * seconds_of([&] { since(log_); }));
      if (series == "cold") make_cold(log_);
      add("last 100", series, 1e3 * seconds_of([&] { read_last(log_); }));
    }
  }

  void open_once(std::string_view series) {
    std::unique_ptr<Session> session;
    add("open + recover", series,
        1e3 * seconds_of([&] { session = open_session(log_, last_seq_); }));
    check(session->close(), "close");
  }

  void opening() {
    if (!report_.wants("open + recover")) return;
    for (int round = 0; round < round_count_; ++round) {
      open_once("after close");
      last_seq_ = crash_writing(log_, last_seq_);
      open_once("after a crash");
    }
  }

  void cold() {
    const int round_count = round_count_ / 3 + 1;
    for (int round = 0; round < round_count; ++round) {
      make_cold(log_);
      open_once("after close, cold");
    }
    places("cold", round_count);
  }

  void session_calls() {
    if (!report_.wants("reload_logs") && !report_.wants("snapshot of a log") &&
        !report_.wants("restore beside a log")) {
      return;
    }
    const std::unique_ptr<Session> session = open_session(log_, last_seq_);
    for (int64_t i = 0; i < kStateCount; ++i) session->dispatch(Tick{i});
    for (int round = 0; round < round_count_; ++round) {
      add("reload_logs", "",
          1e3 * seconds_of([&] { check(session->reload_logs(), "reload_logs"); }));
      check(session->slice<ToolInvoked>().size() == kEntryCount &&
                session->slice<StepFailed>().size() == kEntryCount,
            "the windows are not full");
      // The first one may have to count what the crashes left uncounted.
      std::optional<Snapshot> snapshot;
      const double seconds = seconds_of([&] {
        absl::StatusOr<Snapshot> taken = session->snapshot();
        check(taken.status(), "snapshot");
        snapshot = *std::move(taken);
      });
      if (round > 0) add("snapshot of a log", "", 1e3 * seconds);
      session->dispatch(Tick{-1});
      add("restore beside a log", "",
          1e3 * seconds_of([&] { check(session->restore(*snapshot), "restore"); }));
      check(session->slice<Tick>().size() == kStateCount, "the state is not restored");
    }
    check(session->close(), "close");
  }

  Report& report_;
  const int64_t megabytes_;
  const int round_count_;
  const int scan_count_;
  const MadeLog log_;
  int64_t last_seq_ = 0;
};

void run_log_size(const Settings& settings, Report& report) {
  const std::vector<int64_t> sizes = settings.is_quick
                                         ? std::vector<int64_t>{5, 10, 20}
                                         : std::vector<int64_t>{10, 100, 1'000, 10'000};
  for (const int64_t megabytes : sizes) {
    if (free_bytes(settings.directory) < megabytes * 1'000'000 + 1'000'000'000) {
      say("no room for a log of " + std::to_string(megabytes) + " MB: left out");
      continue;
    }
    say("a log of " + std::to_string(megabytes) + " MB");
    OneSize(settings, report, megabytes).run();
  }
}

Operation operation(std::string name, std::string unit, std::string claim, double slope_max,
                    std::string what) {
  return {std::move(name),  "log size", "MB",           std::move(unit),
          std::move(claim), slope_max,  std::move(what)};
}

}  // namespace

Group log_size_group() {
  return {
      {
          operation("open + recover", "ms", "O(1)", kConstant,
                    "A session, two slices, configure_persistence of both on the one log. After a "
                    "crash the sidecar is out of date and the last line half written. Cold: the "
                    "log is not in the page cache."),
          operation("seek", "ms", "O(log n)", kLogarithmic,
                    "scan_log from the start_seq at nine tenths of the log, 100 entries."),
          operation("since", "ms", "O(log n)", kLogarithmic,
                    "scan_log since the __ts__ at nine tenths of the log, 100 entries."),
          operation("last 100", "ms", "O(1)", kConstant, "last_entries(path, 100)."),
          operation(
              "reload_logs", "ms", "O(1)", kConstant,
              "Two windows of 100 entries; one of the types is one line in a hundred, so that "
              "10,000 lines are read."),
          operation("snapshot of a log", "ms", "O(1)", kConstant,
                    "snapshot() of a session with the log and a STATE slice of 1,000 entries."),
          operation("restore beside a log", "ms", "O(1)", kConstant,
                    "restore() of that snapshot, which looks where the log ends."),
          operation("first snapshot after a crash", "ms", "O(n)", kLinear,
                    "The sidecar's counts per type are not there, so the log is counted once."),
          operation("typed scan", "s", "O(n)", kLinear,
                    "scan_log of the type of 99 lines in a hundred, into its struct."),
          operation("scan of one type in a hundred", "s", "O(n)", kLinear,
                    "scan_log of the type of one line in a hundred."),
          operation("count", "s", "O(n)", kLinear, "count_log_entries(path), of all types."),
      },
      run_log_size};
}

}  // namespace logslice::scale
