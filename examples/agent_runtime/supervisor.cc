#include "supervisor.h"

#include <array>
#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/statusor.h"
#include "events.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/snapshot.h"
#include "run_files.h"
#include "step_gate.h"
#include "worker.h"

namespace agent_runtime {
namespace {

// The steps at whose work a worker is killed. Not where a snapshot has just been saved: each time,
// the log must be ahead of the snapshot, or the next worker has nothing to catch up with.
constexpr std::array<int64_t, 2> kKillAtSteps = {13, 24};
static_assert(kKillAtSteps[0] % kSnapshotInterval > 1 && kKillAtSteps[1] % kSnapshotInterval > 1);

struct Worker {
  pid_t pid = -1;
  GateEnd gate;
};

absl::StatusOr<Worker> start_worker(const SupervisorOptions& options) {
  std::optional<Gate> gate = make_gate();
  if (!gate) return absl::ErrnoToStatus(errno, "socketpair");
  const std::string gate_fd = std::to_string(gate->worker.fd());
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    fcntl(gate->worker.fd(), F_SETFD, 0);  // the one descriptor that the worker is to have
    execl(options.program.c_str(), options.program.c_str(), "--worker", gate_fd.c_str(), "--root",
          options.root.c_str(), "--dir", options.dir.c_str(), nullptr);
    _exit(127);
  }
  return Worker{pid, std::move(gate->supervisor)};
}

int wait_for_end(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Entries in the log of a run that may not have begun.
absl::StatusOr<int64_t> count_entries(const std::filesystem::path& dir) {
  absl::StatusOr<int64_t> count = logslice::count_log_entries<ToolCall>(log_path(dir));
  if (absl::IsNotFound(count.status())) return 0;
  return count;
}

// Tells what a killed worker left, and makes sure that it is what this program is about.
absl::Status look_at_what_is_left(const std::filesystem::path& dir) {
  const absl::StatusOr<int64_t> entries = count_entries(dir);
  if (!entries.ok()) return entries.status();
  const absl::StatusOr<logslice::Snapshot> snapshot = logslice::load_snapshot(snapshot_path(dir));
  if (!snapshot.ok()) return snapshot.status();
  const auto log_file = snapshot->log_files.find(std::string(kToolCallId));
  const int64_t seq = log_file == snapshot->log_files.end() ? 0 : log_file->second.last_seq;
  std::printf("  It left %" PRId64 " entries in the log; the snapshot knows of %" PRId64 ".\n",
              *entries, seq);
  if (seq >= *entries) return absl::InternalError("the snapshot is not behind the log");
  return absl::OkStatus();
}

// Lets one worker run: until it begins with step `kill_at`, or to its end.
absl::Status run_one(const SupervisorOptions& options, std::optional<int64_t> kill_at) {
  const absl::StatusOr<int64_t> entries = count_entries(options.dir);
  if (!entries.ok()) return entries.status();
  absl::StatusOr<Worker> worker = start_worker(options);
  if (!worker.ok()) return worker.status();

  // A step that is in the log must not begin again, and none may be left out: this sees it where it
  // happens, while check_run() sees only what came into the log.
  int64_t expected = *entries + 1;
  absl::Status order;
  bool killed = false;
  while (const std::optional<int64_t> step = worker->gate.next_announced()) {
    if (killed) continue;
    if (*step != expected) {
      order = absl::InternalError("step " + std::to_string(*step) + " wants to begin, but step " +
                                  std::to_string(expected) + " is next");
    } else {
      worker->gate.let_through();
    }
    ++expected;
    if (!order.ok() || *step == kill_at) {
      // The worker is somewhere in this step: before its tool, in it, or behind it, with the entry
      // in the log or not. The loop goes on until nothing that it may have started holds the gate,
      // and so its lock on the log, any more.
      kill(worker->pid, SIGKILL);
      killed = true;
    }
  }
  const int status = wait_for_end(worker->pid);
  if (!order.ok()) return order;

  if (kill_at) {
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
      return absl::InternalError("the worker ended on its own, before it was killed");
    }
    std::printf("  It is killed (SIGKILL) at work on step %" PRId64 ".\n", *kill_at);
    return look_at_what_is_left(options.dir);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::InternalError("the worker failed, see above");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status supervise(const SupervisorOptions& options) {
  int process = 0;
  for (const int64_t kill_at : kKillAtSteps) {
    std::printf("\nProcess %d\n", ++process);
    if (absl::Status status = run_one(options, kill_at); !status.ok()) return status;
  }
  std::printf("\nProcess %d\n", ++process);
  return run_one(options, std::nullopt);
}

}  // namespace agent_runtime
