#include "check.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "events.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/json_conversion.h"
#include "logslice/session/snapshot.h"
#include "run_files.h"

namespace agent_runtime {
namespace {

constexpr size_t kFindingsMax = 10;

// Holds one row of numbers against 1, 2, 3, …, and tells where it differs.
class Sequence {
 public:
  Sequence(std::string_view name, CheckResult& result) : name_(name), result_(result) {}

  void take(int64_t number) {
    if (number < next_) {
      say(std::to_string(number) + (number == next_ - 1 ? " is there twice" : " is out of order"));
      return;
    }
    end(number - 1);
    next_ = number + 1;
  }

  // All up to `last` must have been seen.
  void end(int64_t last) {
    if (next_ == last) say(std::to_string(last) + " is missing");
    if (next_ < last) say(std::to_string(next_) + " to " + std::to_string(last) + " are missing");
    next_ = std::max(next_, last + 1);
  }

 private:
  void say(const std::string& what) { result_.findings.push_back(name_ + " " + what); }

  const std::string name_;
  CheckResult& result_;
  int64_t next_ = 1;
};

// The entries of a slice in a snapshot, without a session: a snapshot is a plain value.
template <typename T>
absl::StatusOr<std::vector<T>> items_of(const logslice::Snapshot& snapshot, std::string_view id) {
  std::vector<T> items;
  for (const logslice::SnapshotSlice& slice : snapshot.slices) {
    if (slice.slice_type != id) continue;
    for (const logslice::JsonValue& json : slice.items) {
      absl::StatusOr<T> item = logslice::from_json_value<T>(json);
      if (!item.ok()) return item.status();
      items.push_back(*std::move(item));
    }
  }
  return items;
}

void check_planned(const ToolCall& call, const std::vector<PlannedStep>& plan,
                   CheckResult& result) {
  const std::string name = "step " + std::to_string(call.step);
  if (call.step < 1 || call.step > static_cast<int64_t>(plan.size())) {
    result.findings.push_back(name + " is not in the plan");
    return;
  }
  const PlannedStep& planned = plan[static_cast<size_t>(call.step - 1)];
  if (call.name != planned.tool || call.params != planned.params) {
    result.findings.push_back(name + " is not what was planned");
  }
}

}  // namespace

absl::StatusOr<CheckResult> check_run(const std::filesystem::path& dir) {
  const absl::StatusOr<logslice::Snapshot> snapshot = logslice::load_snapshot(snapshot_path(dir));
  if (!snapshot.ok()) return snapshot.status();
  const absl::StatusOr<std::vector<PlannedStep>> plan =
      items_of<PlannedStep>(*snapshot, kPlannedStepId);
  if (!plan.ok()) return plan.status();
  const absl::StatusOr<std::vector<PlanProgress>> progress =
      items_of<PlanProgress>(*snapshot, kPlanProgressId);
  if (!progress.ok()) return progress.status();
  const auto log_file = snapshot->log_files.find(std::string(kToolCallId));
  if (log_file == snapshot->log_files.end() || plan->empty() || progress->empty()) {
    return absl::DataLossError(snapshot_path(dir).string() + " is not the snapshot of such a run");
  }

  CheckResult result;
  result.step_count = static_cast<int64_t>(plan->size());
  Sequence seqs("seq", result);
  Sequence steps("step", result);
  int64_t failed_count = 0;

  // strict: whatever is no ToolCall ends the scan with an error that names file, offset and line.
  absl::StatusOr<logslice::LogScan<ToolCall>> scan =
      logslice::scan_log<ToolCall>(log_path(dir), {.strict = true});
  if (!scan.ok()) return scan.status();
  for (auto call = scan->begin(); call != scan->end(); ++call) {
    seqs.take(call.seq());
    steps.take(call->step);
    check_planned(*call, *plan, result);
    failed_count += call->success ? 0 : 1;
  }
  if (!scan->status().ok()) {
    // What comes behind was not looked at, so do not call it missing.
    result.findings.push_back(std::string(scan->status().message()));
  } else {
    seqs.end(log_file->second.last_seq);
    steps.end(result.step_count);
  }
  if (scan->stats().torn_bytes > 0) {
    result.findings.push_back("the last line was never finished");
  }
  result.entry_count = scan->stats().entry_count;

  const PlanProgress& stated = progress->back();
  if (stated.done_count != result.entry_count || stated.failed_count != failed_count) {
    result.findings.push_back("the snapshot counts " + std::to_string(stated.done_count) +
                              " steps, " + std::to_string(stated.failed_count) +
                              " of them failed; the log " + std::to_string(result.entry_count) +
                              ", " + std::to_string(failed_count) + " of them failed");
  }
  if (result.findings.size() > kFindingsMax) {
    const size_t more = result.findings.size() - kFindingsMax;
    result.findings.resize(kFindingsMax);
    result.findings.push_back("and " + std::to_string(more) + " more");
  }
  return result;
}

}  // namespace agent_runtime
