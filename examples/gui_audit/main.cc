// A render loop that logs, and the demonstration that no frame waits for its log.
//
//   ./dev build && build/release/bin/gui_audit --dir /tmp/gui_audit
//
// Where to read what:
//   audit_log.h        the log: a session whose writes happen on a thread of its own
//   audit_event.h      the struct that becomes a line
//   extra.h            what an event carries, whether JSON can hold it or not
//   audit_log_path.h   where the log is
//   render_loop.cc     who logs, 60 times a second
//   blocked_disk.h     a disk that never answers
//   stopwatch.h, histogram.cc, check_events.cc   what was seen
#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "arguments.h"
#include "audit_log.h"
#include "audit_log_path.h"
#include "blocked_disk.h"
#include "check_events.h"
#include "histogram.h"
#include "render_loop.h"

namespace gui_audit {
namespace {

constexpr int kFailed = 1;
constexpr int kUsageError = 2;

// What is demanded of the log: that no frame is later than this because of it.
constexpr absl::Duration kLoggingMax = absl::Milliseconds(2);

int fail(const absl::Status& status, int exit_code = kFailed) {
  std::fflush(stdout);
  std::fprintf(stderr, "gui_audit: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

struct Run {
  Rendered rendered;
  ShutdownReport shutdown;
  absl::Duration shutdown_time;
  logslice::Uuid session_id;
};

Run run_session(const Arguments& arguments, logslice::FileSystem& disk) {
  AuditLog log({.path = audit_log_path(arguments.dir), .file_system = &disk});
  log.session_start({{"frames", arguments.frame_count}});
  Run run;
  run.session_id = log.session_id();
  run.rendered = render(log, {.frame_count = arguments.frame_count,
                              .burst_event_count = arguments.burst_event_count});
  const absl::Time before = absl::Now();
  run.shutdown = log.shutdown(absl::Milliseconds(arguments.timeout_ms));
  run.shutdown_time = absl::Now() - before;
  return run;
}

void print_times(const char* disk, const Run& run) {
  const std::vector<FrameTime>& frames = run.rendered.frames;
  const int64_t event_count = run.rendered.event_count;
  const LoggingSummary logging = summary(frames);
  std::printf("%s disk: %zu frames, %" PRId64 " events\n\n%s\n", disk, frames.size(), event_count,
              histogram(frames).c_str());
  std::printf("  1,000 events took the render loop %.2f ms on average.\n",
              absl::ToDoubleMilliseconds(logging.total) * 1000 / static_cast<double>(event_count));
  std::printf("  Logging slept, to wait for somebody, in %" PRId64 " frames.\n",
              logging.slept_count);
  if (logging.preempted_count > 0) {
    std::printf("  In %" PRId64
                " the machine ran others meanwhile; the longest then took %.3f ms.\n",
                logging.preempted_count, absl::ToDoubleMilliseconds(logging.longest_preempted));
  }
  std::printf("  Shutdown took %.0f ms", absl::ToDoubleMilliseconds(run.shutdown_time));
  if (run.shutdown.status.ok()) {
    std::printf("; every event was written.\n");
  } else {
    std::printf(": %" PRId64 " events are not written, %" PRId64 " were dropped before.\n",
                run.shutdown.unwritten_count, run.shutdown.dropped_count);
  }
}

// On a healthy disk, events are there or it is an error.
absl::Status check(const Arguments& arguments, const Run& run) {
  if (!run.shutdown.status.ok()) return run.shutdown.status;
  const absl::StatusOr<CheckedEvents> checked =
      check_events(audit_log_path(arguments.dir), run.session_id);
  if (!checked.ok()) return checked.status();
  // The start and the end of the session are events, too.
  const int64_t wanted = run.rendered.event_count + 2;
  if (!checked->is_whole || checked->event_count != wanted) {
    return absl::DataLossError("of " + std::to_string(wanted) + " events " +
                               std::to_string(checked->event_count) +
                               " are in the log, or not in order");
  }
  std::printf("  The log has all of them, in order, and the start and end of the session.\n");
  return absl::OkStatus();
}

void print_verdict(const std::optional<Run>& healthy, const std::optional<Run>& blocked) {
  std::string times;
  absl::Duration longest;
  const auto add = [&](const std::optional<Run>& run, const char* disk) {
    if (!run) return;
    const absl::Duration time = summary(run->rendered.frames).longest;
    std::array<char, 64> text;
    std::snprintf(text.data(), text.size(), "%s%.3f ms %s", times.empty() ? "" : ", ",
                  absl::ToDoubleMilliseconds(time), disk);
    times += text.data();
    longest = std::max(longest, time);
  };
  add(healthy, "healthy");
  add(blocked, "blocked");
  std::printf("Longest logging in a frame: %s: %s 2 ms.\n", times.c_str(),
              longest <= kLoggingMax ? "within" : "OVER");
}

int render_all(const Arguments& arguments) {
  std::printf("A render loop at 60 frames a second that logs to\n  %s\n\n",
              audit_log_path(arguments.dir).c_str());
  std::optional<Run> healthy;
  std::optional<Run> blocked;
  absl::Status status;
  if (arguments.disk != Arguments::Disk::kBlocked) {
    healthy = run_session(arguments, logslice::posix_file_system());
    print_times("Healthy", *healthy);
    status = check(arguments, *healthy);
    std::printf("\n");
  }
  if (arguments.disk != Arguments::Disk::kHealthy) {
    blocked = run_session(arguments, blocked_disk_for_ever());
    print_times("Blocked", *blocked);
    std::printf("\n");
  }
  print_verdict(healthy, blocked);
  return status.ok() ? 0 : fail(status);
}

int run(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = parse_arguments(argc, argv);
  if (!arguments.ok()) {
    const int exit_code = fail(arguments.status(), kUsageError);
    std::fputs(kUsage, stderr);
    return exit_code;
  }
  if (arguments->mode == Arguments::Mode::kHelp) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  return render_all(*arguments);
}

}  // namespace
}  // namespace gui_audit

int main(int argc, char** argv) { return gui_audit::run(argc, argv); }
