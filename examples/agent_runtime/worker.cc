#include "worker.h"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "events.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/session/session.h"
#include "plan.h"
#include "run_files.h"
#include "tools.h"

namespace agent_runtime {
namespace {

using logslice::LogMarks;
using logslice::ReducerContext;
using logslice::Replace;
using logslice::Session;
using logslice::SliceOp;
using logslice::SlicePolicy;
using logslice::SliceView;
using logslice::Snapshot;

// --- What the session is made of ---------------------------------------------------------------

// The one place that knows how a tool call moves the plan on. A pure function of the slice and the
// call, so that it comes to the same whether the call has just been made or is read from the log.
SliceOp<PlanProgress> advance(const SliceView<PlanProgress>& progress, const ToolCall& call) {
  PlanProgress next = progress.empty() ? PlanProgress{} : progress.back();
  next.next_step = call.step + 1;
  next.done_count += 1;
  next.failed_count += call.success ? 0 : 1;
  return Replace<PlanProgress>{{next}};
}

absl::Status set_up(Session& session, const std::filesystem::path& dir) {
  absl::Status status;
  // LOG: history, which no restore takes back. STATE: what snapshots hold.
  status.Update(session.register_slice<ToolCall>(SlicePolicy::kLog));
  status.Update(session.register_slice<PlannedStep>(SlicePolicy::kState));
  status.Update(session.register_slice<PlanProgress>(SlicePolicy::kState));

  // One dispatched ToolCall does two things: it is appended to its own slice, which every slice
  // does with events of its type unless told otherwise, and it moves the progress on.
  status.Update(session.register_reducer<PlanProgress, ToolCall>(
      [](const SliceView<PlanProgress>& progress, const ToolCall& call, const ReducerContext&) {
        return advance(progress, call);
      }));
  // A LoggedCall does only the second: no slice takes it in, so nothing is written.
  status.Update(session.register_reducer<PlanProgress, LoggedCall>(
      [](const SliceView<PlanProgress>& progress, const LoggedCall& logged, const ReducerContext&) {
        return advance(progress, logged.call);
      }));
  if (!status.ok()) return status;

  // flush_interval = 1: when dispatch() returns, the entry is in the file and survives our death.
  // sync_on_flush would let it survive that of the machine, for a disk's time per entry.
  return session.configure_persistence<ToolCall>({.path = log_path(dir),
                                                  .max_memory_entries = kWindowEntries,
                                                  .flush_interval = 1,
                                                  .sync_on_flush = false});
}

PlanProgress progress_of(const Session& session) {
  const std::shared_ptr<const PlanProgress> latest = session.slice<PlanProgress>().latest();
  return latest == nullptr ? PlanProgress{} : *latest;
}

// --- How a run begins, for the first time or again ---------------------------------------------

absl::Status begin_plan(Session& session, const WorkerOptions& options) {
  const absl::StatusOr<LogMarks> marks = session.log_marks<ToolCall>();
  if (!marks.ok()) return marks.status();
  if (marks->written_seq > 0) {
    return absl::FailedPreconditionError(log_path(options.dir).string() +
                                         " has entries, but the snapshot with their plan is gone");
  }
  absl::StatusOr<std::vector<PlannedStep>> plan = make_plan(options.root);
  if (!plan.ok()) return plan.status();
  for (PlannedStep& step : *plan) {
    if (absl::Status status = session.dispatch(std::move(step)).status(); !status.ok()) {
      return status;
    }
  }
  std::printf("  It makes a plan of %zu steps, and a snapshot after every %" PRId64 ".\n",
              session.slice<PlannedStep>().size(), kSnapshotInterval);
  // Before the first step: from here on, no entry is in the log without its plan in the snapshot.
  return session.save_snapshot(snapshot_path(options.dir));
}

// Applies the entries of the log that are newer than `snapshot_seq` to the progress. Their number.
absl::StatusOr<int64_t> catch_up(Session& session, const std::filesystem::path& log,
                                 int64_t snapshot_seq) {
  // There may be none, and then no file either: a log is created with its first entry.
  const absl::StatusOr<LogMarks> marks = session.log_marks<ToolCall>();
  if (!marks.ok()) return marks.status();
  if (marks->written_seq == snapshot_seq) return 0;

  // strict: a line that cannot be read is a step that would run again.
  absl::StatusOr<logslice::LogScan<ToolCall>> scan =
      logslice::scan_log<ToolCall>(log, {.strict = true, .start_seq = snapshot_seq + 1});
  if (!scan.ok()) return scan.status();
  for (ToolCall& call : *scan) {
    absl::Status status = session.dispatch(LoggedCall{std::move(call)}).status();
    if (!status.ok()) return status;
  }
  if (!scan->status().ok()) return scan->status();
  return scan->stats().entry_count;
}

absl::Status resume_plan(Session& session, const Snapshot& snapshot,
                         const std::filesystem::path& dir) {
  // 1. STATE as it was at the snapshot. LOG slices and their files are never rolled back.
  if (absl::Status status = session.restore(snapshot); !status.ok()) return status;
  std::printf("  It goes back to the snapshot, where step %" PRId64 " was next.\n",
              progress_of(session).next_step);

  // 2. The newest tool calls back into memory, from the end of the log.
  if (absl::Status status = session.reload_logs(); !status.ok()) return status;

  // 3. STATE forward to the end of the log. The entries behind the snapshot are steps that were
  //    carried out and written before the process died: they count, and must not run again.
  const auto log_file = snapshot.log_files.find(std::string(kToolCallId));
  const int64_t snapshot_seq = log_file == snapshot.log_files.end() ? 0 : log_file->second.last_seq;
  absl::StatusOr<int64_t> caught_up = catch_up(session, log_path(dir), snapshot_seq);
  if (!caught_up.ok()) return caught_up.status();
  std::printf("  It reads the %" PRId64 " entries since then from the log: step %" PRId64
              " is next.\n"
              "  In memory again: the last %zu tool calls.\n",
              *caught_up, progress_of(session).next_step, session.slice<ToolCall>().size());
  return absl::OkStatus();
}

absl::Status begin_or_resume(Session& session, const WorkerOptions& options) {
  const absl::StatusOr<Snapshot> snapshot = logslice::load_snapshot(snapshot_path(options.dir));
  if (absl::IsNotFound(snapshot.status())) return begin_plan(session, options);
  if (!snapshot.ok()) return snapshot.status();
  return resume_plan(session, *snapshot, options.dir);
}

// --- The steps ---------------------------------------------------------------------------------

ToolCall carry_out(const PlannedStep& planned, const WorkerOptions& options,
                   const logslice::Uuid& session_id) {
  const absl::Time created_at = absl::Now();
  const auto begin = std::chrono::steady_clock::now();  // unlike the time of day, never goes back
  ToolOutcome outcome = call_tool(options.root, planned.tool, planned.params);
  const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - begin);
  return {.step = planned.step,
          .name = planned.tool,
          .params = planned.params,
          .result = std::move(outcome.result),
          .duration = duration,
          .success = outcome.success,
          .created_at = created_at,
          .session_id = session_id};
}

// A log that cannot be written does not fail dispatch(): most runtimes would rather go on and let
// the library try again. This one promises that no step runs twice, so it does not go on.
absl::Status check_written(const Session& session) {
  const absl::StatusOr<LogMarks> marks = session.log_marks<ToolCall>();
  if (!marks.ok()) return marks.status();
  if (marks->written_seq == marks->accepted_seq) return absl::OkStatus();
  return absl::UnavailableError("the last tool call could not be written to the log");
}

absl::Status carry_out_plan(Session& session, const WorkerOptions& options, GateEnd& gate) {
  // A view copies nothing, and stays as it is whatever happens to the slice.
  const SliceView<PlannedStep> plan = session.slice<PlannedStep>().all();
  const auto step_count = static_cast<int64_t>(plan.size());
  while (true) {
    const int64_t step = progress_of(session).next_step;
    if (step > step_count) return absl::OkStatus();
    if (!gate.enter(step)) return absl::CancelledError("the supervisor is gone");

    const PlannedStep& planned = plan[static_cast<size_t>(step - 1)];
    const logslice::DispatchResult result =
        session.dispatch(carry_out(planned, options, session.id()));
    if (!result.ok()) return result.status();
    if (absl::Status status = check_written(session); !status.ok()) return status;

    if (step % kSnapshotInterval == 0) {
      absl::Status status = session.save_snapshot(snapshot_path(options.dir));
      if (!status.ok()) return status;
    }
  }
}

}  // namespace

absl::Status run_worker(const WorkerOptions& options, GateEnd gate) {
  Session session({.tags = {{"program", "agent_runtime"}}});
  if (absl::Status status = set_up(session, options.dir); !status.ok()) return status;
  if (absl::Status status = begin_or_resume(session, options); !status.ok()) return status;
  // What comes next may be SIGKILL, which takes along what stdio still holds.
  std::fflush(stdout);

  if (absl::Status status = carry_out_plan(session, options, gate); !status.ok()) return status;

  const PlanProgress progress = progress_of(session);
  std::printf("  It finishes the plan: %" PRId64 " steps done, %" PRId64
              " of them failed.\n"
              "  In memory: the last %zu tool calls. It closes the session.\n",
              progress.done_count, progress.failed_count, session.slice<ToolCall>().size());
  // The last word on the plan, then the log. The destructor would close too, but could not say
  // what went wrong.
  if (absl::Status status = session.save_snapshot(snapshot_path(options.dir)); !status.ok()) {
    return status;
  }
  return session.close();
}

}  // namespace agent_runtime
