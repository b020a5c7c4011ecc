#include "tail_command.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "damage_report.h"
#include "line_printer.h"
#include "logslice/persistence/follow_log.h"
#include "logslice/persistence/log_lines.h"
#include "type_hint.h"

namespace logslice::command {

namespace {

// How often it is looked whether the reader of the output is still there while nothing is written.
constexpr absl::Duration kWait = absl::Milliseconds(250);

ExitCode print_last(const TailOptions& options, Output& out) {
  absl::StatusOr<LogLines> lines = last_lines(options.path, options.count, {.type = options.type});
  if (!lines.ok()) return failed(lines.status());
  LinePrinter printer(options.format, out);
  DamageReport damage(options.path);
  while (lines->next()) {
    const LogLine& line = lines->line();
    damage.look_at(line);
    // Which failure it was, Output says.
    if (line.damage.empty() && !printer.print(line)) return ExitCode::kFailed;
  }
  damage.finish();
  if (!lines->status().ok()) return failed(lines->status());
  mention_torn_tail(options.path, lines->stats().torn_bytes);
  if (!options.type.empty() && options.count > 0 && lines->stats().entry_count == 0) {
    hint_at_types(options.path, options.type);
  }
  return damage.exit_code();
}

// SignalStop stops a follower at SIGINT and SIGTERM, so that what it has read is written. A second
// signal ends the process at once, should that hang. One at a time.
class SignalStop {
 public:
  explicit SignalStop(LineFollower& follower) {
    follower_ = &follower;
    struct sigaction action = {};
    action.sa_handler = [](int signal) {
      signal_ = signal;
      if (LineFollower* const stopped = follower_) stopped->stop();
    };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGINT, SIGTERM}) {
      // Whoever started this may have it ignore them.
      struct sigaction before = {};
      ::sigaction(signal, nullptr, &before);
      if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
    }
  }
  ~SignalStop() { follower_ = nullptr; }
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  // The signal that came, as the end of this process: so that a shell knows what ended it.
  [[noreturn]] static void end_process() {
    const int signal = signal_;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(128 + signal);
  }

 private:
  static inline std::atomic<LineFollower*> follower_ = nullptr;
  static inline std::atomic<int> signal_ = 0;
  static_assert(std::atomic<LineFollower*>::is_always_lock_free);
};

std::string_view explain(LogChange change) {
  switch (change) {
    case LogChange::kTruncated:
      return "the file was truncated; it is read from its start";
    case LogChange::kReplaced:
      return "another file has taken the place of the one before; it is read from its start";
    case LogChange::kRemoved:
      return "the file is gone; waiting for another";
  }
  return "";
}

// Prints what comes until something ends it.
Followed print_what_comes(LineFollower& follower, const TailOptions& options, Output& out,
                          DamageReport& damage) {
  LinePrinter printer(options.format, out);
  // All that is there is written at once.
  bool is_flushed = true;
  for (;;) {
    const Followed found = follower.wait_next(is_flushed ? kWait : absl::ZeroDuration());
    switch (found) {
      case Followed::kEntry:
        damage.look_at(follower.line());
        if (follower.line().damage.empty() && !printer.print(follower.line())) return found;
        is_flushed = false;
        break;
      case Followed::kNothingYet:
        if (!out.flush() || !out.check_reader()) return found;
        is_flushed = true;
        break;
      case Followed::kChange:
        complain(options.path + ": " + std::string(explain(follower.change())));
        break;
      default:
        return found;
    }
  }
}

ExitCode follow(const TailOptions& options, Output& out) {
  absl::StatusOr<LineFollower> follower = follow_lines(
      options.path,
      {.start = {FollowStart::At::kLast, options.count}, .lines = {.type = options.type}});
  if (!follower.ok()) return failed(follower.status());
  const SignalStop stop(*follower);
  if (absl::IsNotFound(last_lines(options.path, 0).status())) {
    complain(options.path + ": there is no log yet; waiting for it");
  }
  DamageReport damage(options.path);
  const Followed end = print_what_comes(*follower, options, out, damage);
  const bool is_written = out.flush();
  damage.finish();
  if (end == Followed::kFailed) return failed(follower->status());
  if (end == Followed::kStopped && is_written) SignalStop::end_process();
  return damage.exit_code();
}

}  // namespace

ExitCode run_tail(const TailOptions& options, Output& out) {
  if (is_own_output(options.path)) {
    complain(options.path + ": the log is also the output; write to another file");
    return ExitCode::kFailed;
  }
  return options.mode == TailMode::kFollow ? follow(options, out) : print_last(options, out);
}

}  // namespace logslice::command
