// A writer that lives to be killed. It appends entries to a log and says on standard output, one
// Ack a record, what is written or synced.
//
//   crash_child LOG [--flush-interval N] [--sync] [--entries N] [--lives N] [--fixed-clock]
//                   [--may-fail] [--traced]
//
// --sync         sync_on_flush, and acknowledge what is synced instead of what is written
// --entries N    close after so many entries; without it, go on for ever
// --lives N      open, append and close so many times; 0: for ever
// --fixed-clock  every line has the same time, so that its bytes are known
// --may-fail     the disk will go away: end without a word when it does
// --traced       stop before the log is touched, traced by the parent, which counts system calls

#include <sys/ptrace.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/reflection/internal/describe.h"
#include "tests/kernel/crash_entry.h"
#include "tests/support/fake_clock.h"

namespace logslice::testing {
namespace {

struct Arguments {
  LogPersistenceConfig config;
  int64_t entry_count = std::numeric_limits<int64_t>::max();
  int64_t life_count = 1;
  bool has_fixed_clock = false;
  bool may_fail = false;
  bool is_traced = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  const auto number = [&](int* i) { return ++*i < argc ? std::atoll(argv[*i]) : 0; };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--flush-interval") {
      arguments.config.flush_interval = number(&i);
    } else if (argument == "--sync") {
      arguments.config.sync_on_flush = true;
    } else if (argument == "--entries") {
      arguments.entry_count = number(&i);
    } else if (argument == "--lives") {
      arguments.life_count = number(&i);
    } else if (argument == "--fixed-clock") {
      arguments.has_fixed_clock = true;
    } else if (argument == "--may-fail") {
      arguments.may_fail = true;
    } else if (argument == "--traced") {
      arguments.is_traced = true;
    } else {
      arguments.config.path = argument;
    }
  }
  return arguments;
}

// No exit handlers: a child that is killed has none either.
[[noreturn]] void end(int code) { _exit(code); }

void acknowledge(Ack::Kind kind, int64_t seq) {
  const Ack ack{kind, seq};
  // Nobody listens any more: then there is nobody to write for.
  if (write(STDOUT_FILENO, &ack, sizeof ack) != static_cast<ssize_t>(sizeof ack)) end(2);
}

[[noreturn]] void fail(const Arguments& arguments, std::string_view what,
                       const absl::Status& status) {
  if (arguments.may_fail) end(0);
  std::fprintf(stderr, "crash_child: %s: %s\n", std::string(what).c_str(),
               status.ToString().c_str());
  acknowledge(Ack::Kind::kFailed, 0);
  end(1);
}

void live(const Arguments& arguments) {
  static FakeClock fixed_clock;
  LogEnvironment environment;
  // Torn tails are what this is about; only what should not be is worth a line.
  environment.diagnostics = [&arguments](const Diagnostic& diagnostic) {
    if (diagnostic.severity == Severity::kError && !arguments.may_fail)
      default_diagnostics_sink()(diagnostic);
  };
  if (arguments.has_fixed_clock) environment.clock = &fixed_clock;
  absl::StatusOr<std::shared_ptr<PersistentLogWriter>> opened =
      PersistentLogWriter::open(arguments.config, environment);
  if (!opened.ok()) fail(arguments, "open", opened.status());
  PersistentLogWriter& writer = **opened;
  acknowledge(Ack::Kind::kOpened, writer.last_accepted_seq());

  const bool syncs = arguments.config.sync_on_flush;
  const Ack::Kind kind = syncs ? Ack::Kind::kSynced : Ack::Kind::kWritten;
  const int type = writer.register_type(internal::type_table<CrashEntry>());
  // The window: as many entries as can wait.
  std::vector<CrashEntry> window(static_cast<size_t>(arguments.config.flush_interval));
  int64_t acknowledged = writer.marks().written_seq;
  for (int64_t i = 0; i < arguments.entry_count; ++i) {
    CrashEntry& entry = window[static_cast<size_t>(i) % window.size()];
    entry = crash_entry(writer.last_accepted_seq() + 1);
    const absl::StatusOr<int64_t> seq = writer.accept(type, &entry);
    if (!seq.ok()) fail(arguments, "accept", seq.status());
    if (!writer.wants_flush()) continue;
    if (const absl::Status status = writer.write_through(*seq); !status.ok()) {
      fail(arguments, "write", status);
    }
    const LogMarks marks = writer.marks();
    const int64_t mark = syncs ? marks.synced_seq : marks.written_seq;
    if (mark > acknowledged) acknowledge(kind, acknowledged = mark);
  }
  const int64_t last_seq = writer.last_accepted_seq();
  if (const absl::Status status = writer.close(); !status.ok()) fail(arguments, "close", status);
  acknowledge(Ack::Kind::kClosed, last_seq);
}

}  // namespace
}  // namespace logslice::testing

int main(int argc, char** argv) {
  using namespace logslice::testing;
  std::signal(SIGPIPE, SIG_IGN);
  const Arguments arguments = parse(argc, argv);
  if (arguments.is_traced) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) end(kExitUntraceable);
    std::raise(SIGSTOP);
  }
  for (int64_t life = 0; arguments.life_count == 0 || life < arguments.life_count; ++life) {
    live(arguments);
  }
  end(0);
}
