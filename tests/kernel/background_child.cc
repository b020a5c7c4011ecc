// A session in background mode that lives to be watched, held up or killed. It says on standard
// output, one Ack a record, what it has come to.
//
//   background_child SCENARIO LOG [--entries N] [--first N] [--sync] [--inline] [--traced]
//                    [--hang-in CALL] [--destroy] [--lives N]
//
// marked   attaches the log and dispatches between two marks (getppid(), which nobody else calls),
//          flushes, closes and destroys the session between another two
// hung     dispatches into a disk that never answers, flushes and closes in vain, leaves main()
// slow     dispatches and flushes; mark; dispatches; mark, where the parent may let it wait until
//          the disk is slow; flushes in vain, dispatches more; mark; waits for all of it
// killed   dispatches and flushes for ever
//
// --entries N      of marked, hung and slow; of killed: close after so many, instead of never
// --first N        slow: entries that are flushed before the first mark; 0: not even attached
// --sync           sync_on_flush, and acknowledge what is synced instead of what is written
// --inline         the caller writes
// --traced         stop before the log is touched, with the first thread traced by the parent
// --hang-in CALL   hung: this call of the file layer ("append") is the one that never returns
// --destroy        hung: the destructor ends the session, not close()
// --lives N        killed: open, dispatch and close so many times; 0: for ever

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "logslice/session/session.h"
#include "tests/kernel/crash_entry.h"
#include "tests/support/hooked_file_system.h"

namespace logslice::testing {
namespace {

// What hangs although it should not is killed then, and with it the test has failed.
constexpr unsigned kHungForEverSeconds = 120;
// What is waited for in vain.
constexpr absl::Duration kInVain = absl::Milliseconds(100);
constexpr int64_t kFlushEvery = 7;

struct Arguments {
  std::string scenario;
  LogPersistenceConfig config;
  int64_t entry_count = std::numeric_limits<int64_t>::max();
  int64_t first_count = 0;
  int64_t life_count = 1;
  std::string hanging_call;
  bool ends_by_destructor = false;
  bool is_traced = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  arguments.config.write_mode = WriteMode::kBackground;
  const auto number = [&](int* i) { return ++*i < argc ? std::atoll(argv[*i]) : 0; };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--entries") {
      arguments.entry_count = number(&i);
    } else if (argument == "--first") {
      arguments.first_count = number(&i);
    } else if (argument == "--lives") {
      arguments.life_count = number(&i);
    } else if (argument == "--sync") {
      arguments.config.sync_on_flush = true;
    } else if (argument == "--inline") {
      arguments.config.write_mode = WriteMode::kInline;
    } else if (argument == "--traced") {
      arguments.is_traced = true;
    } else if (argument == "--hang-in") {
      arguments.hanging_call = ++i < argc ? argv[i] : "";
    } else if (argument == "--destroy") {
      arguments.ends_by_destructor = true;
    } else if (arguments.scenario.empty()) {
      arguments.scenario = argument;
    } else {
      arguments.config.path = argument;
    }
  }
  return arguments;
}

// No exit handlers: those of a sanitiser do not want to be traced.
[[noreturn]] void end(int code) { _exit(code); }

void acknowledge(Ack::Kind kind, int64_t seq) {
  const Ack ack{kind, seq};
  // Nobody listens any more: then there is nobody to write for.
  if (write(STDOUT_FILENO, &ack, sizeof ack) != static_cast<ssize_t>(sizeof ack)) end(2);
}

[[noreturn]] void fail(std::string_view what, const absl::Status& status) {
  std::fprintf(stderr, "background_child: %s: %s\n", std::string(what).c_str(),
               status.ToString().c_str());
  acknowledge(Ack::Kind::kFailed, 0);
  end(1);
}

void check(std::string_view what, const absl::Status& status) {
  if (!status.ok()) fail(what, status);
}

// Directly: a library may remember the answer.
void mark() { syscall(SYS_getppid); }

class Child {
 public:
  explicit Child(const Arguments& arguments) : arguments_(arguments) {
    // Torn tails are what this is about; only what should not be is worth a line.
    options_.diagnostics = [this](const Diagnostic& diagnostic) {
      if (diagnostic.severity == Severity::kError && arguments_.scenario != "hung")
        default_diagnostics_sink()(diagnostic);
    };
    options_.drain_timeout = absl::InfiniteDuration();
  }

  void marked() {
    begin();
    mark();
    attach();
    dispatch_until(arguments_.entry_count);
    mark();
    // The thread writes meanwhile; what is looked at next is what is left for the end.
    check("flush", session_->flush_logs());
    mark();
    check("flush", session_->flush_logs());
    check("close", session_->close());
    session_.reset();
    mark();
    acknowledge(Ack::Kind::kClosed, dispatched_);
    end(0);
  }

  // Leaves main() as any program does.
  void hung() {
    std::atomic<bool> is_hung = arguments_.hanging_call.empty();
    // The thread that hangs goes on using it.
    static HookedFileSystem& disk =
        *new HookedFileSystem(posix_file_system(), [this, &is_hung](std::string_view call) {
          if (call != arguments_.hanging_call) return;
          is_hung = true;
          for (;;) pause();
        });
    options_.file_system = &disk;
    options_.drain_timeout = kInVain;
    begin();
    attach();
    dispatch_until(arguments_.entry_count);
    while (!is_hung) std::this_thread::yield();
    miss_deadline("flush", session_->flush_logs(kInVain));
    if (!arguments_.ends_by_destructor) miss_deadline("close", session_->close(kInVain));
    session_.reset();
    acknowledge(Ack::Kind::kClosed, 0);
  }

  void slow() {
    begin();
    if (arguments_.first_count > 0) {
      attach();
      dispatch_until(arguments_.first_count);
      check("flush", session_->flush_logs());
      acknowledge_marks();
    }
    mark();
    if (arguments_.first_count == 0) attach();
    dispatch_until(arguments_.first_count + arguments_.entry_count);
    mark();
    miss_deadline("flush", session_->flush_logs(kInVain));
    dispatch_until(dispatched_ + arguments_.entry_count);
    mark();
    check("close", session_->close());
    acknowledge(Ack::Kind::kClosed, dispatched_);
    end(0);
  }

  void killed() {
    for (int64_t life = 0; arguments_.life_count == 0 || life < arguments_.life_count; ++life) {
      begin();
      attach();
      // Opens it, so that the numbers are known.
      check("open", session_->flush_logs());
      const int64_t base_seq = marks().accepted_seq;
      acknowledge(Ack::Kind::kOpened, base_seq);
      int64_t acknowledged_seq = base_seq;
      for (int64_t i = 1; i <= arguments_.entry_count; ++i) {
        check("dispatch", session_->dispatch(crash_entry(base_seq + i)).status());
        if (i % kFlushEvery == 0) check("flush", session_->flush_logs());
        // More than was asked for may be there already.
        if (const int64_t seq = mark_seq(); seq > acknowledged_seq) {
          acknowledge_marks();
          acknowledged_seq = seq;
        }
      }
      check("close", session_->close());
      acknowledge(Ack::Kind::kClosed, base_seq + arguments_.entry_count);
    }
    end(0);
  }

 private:
  void begin() {
    session_.emplace(options_);
    dispatched_ = 0;
    check("register", session_->register_slice<CrashEntry>(SlicePolicy::kLog));
  }
  void attach() {
    check("configure", session_->configure_persistence<CrashEntry>(arguments_.config));
  }
  void dispatch_until(int64_t count) {
    while (dispatched_ < count) {
      check("dispatch", session_->dispatch(even_entry(++dispatched_)).status());
    }
  }
  LogMarks marks() const { return *session_->log_marks<CrashEntry>(); }
  int64_t mark_seq() const {
    return arguments_.config.sync_on_flush ? marks().synced_seq : marks().written_seq;
  }
  void acknowledge_marks() const {
    acknowledge(arguments_.config.sync_on_flush ? Ack::Kind::kSynced : Ack::Kind::kWritten,
                mark_seq());
  }

  // Says how many entries it names.
  static void miss_deadline(std::string_view what, const absl::Status& status) {
    constexpr std::string_view kBefore = "in time: ";
    const std::string message(status.message());
    const size_t at = message.find(kBefore);
    if (!absl::IsDeadlineExceeded(status) || at == std::string::npos) fail(what, status);
    acknowledge(Ack::Kind::kMissedDeadline, std::atoll(message.c_str() + at + kBefore.size()));
  }

  const Arguments& arguments_;
  SessionOptions options_;
  std::optional<Session> session_;
  int64_t dispatched_ = 0;
};

}  // namespace
}  // namespace logslice::testing

int main(int argc, char** argv) {
  using namespace logslice::testing;
  std::signal(SIGPIPE, SIG_IGN);
  const Arguments arguments = parse(argc, argv);
  alarm(kHungForEverSeconds);
  if (arguments.is_traced) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) end(kExitUntraceable);
    std::raise(SIGSTOP);
  }
  Child child(arguments);
  if (arguments.scenario == "marked") child.marked();
  if (arguments.scenario == "slow") child.slow();
  if (arguments.scenario == "killed") child.killed();
  if (arguments.scenario != "hung") end(2);
  child.hung();
  return 0;
}
