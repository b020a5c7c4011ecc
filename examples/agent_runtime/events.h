// This header defines what the agent runtime remembers: plain structs, which are all that logslice
// asks for. No base class, no macro, no registration code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "logslice/reflection/entry_traits.h"
#include "logslice/reflection/json_value.h"
#include "logslice/reflection/uuid.h"

namespace agent_runtime {

// The event of this program: one tool was called. It is the entry of the LOG slice too, so that
// dispatching it is what writes it.
struct ToolCall {
  int64_t step = 0;  // of the plan, from 1
  std::string name;
  logslice::JsonValue params;
  logslice::JsonValue result;
  absl::Duration duration;
  bool success = false;
  absl::Time created_at;
  logslice::Uuid session_id;  // tells the entries of one process from those of the next
};

// A STATE slice: what is to be done. It is state and not made anew by each process, because the
// files that it was made from may have changed in between.
struct PlannedStep {
  int64_t step = 0;  // from 1
  std::string tool;
  logslice::JsonValue params;
};

// A STATE slice with one entry: how far the plan has come. Only reducers write it, from tool calls,
// so that it can always be had again from the log.
struct PlanProgress {
  int64_t next_step = 1;
  int64_t done_count = 0;  // the failed ones too
  int64_t failed_count = 0;
};

// The event of a tool call that is in the log already. It has the same effect on PlanProgress as
// the call itself, and none on the LOG slice: it is not written again.
struct LoggedCall {
  ToolCall call;
};

inline constexpr std::string_view kToolCallId = "agent_runtime:ToolCall";
inline constexpr std::string_view kPlannedStepId = "agent_runtime:PlannedStep";
inline constexpr std::string_view kPlanProgressId = "agent_runtime:PlanProgress";

}  // namespace agent_runtime

// Lines and snapshots outlive the program that wrote them: a stated id lets the structs be renamed.
// Without these, the ids would be made from the C++ names (and come out the same today).
template <>
struct logslice::EntryTraits<agent_runtime::ToolCall> {
  static constexpr std::string_view id = agent_runtime::kToolCallId;
};

template <>
struct logslice::EntryTraits<agent_runtime::PlannedStep> {
  static constexpr std::string_view id = agent_runtime::kPlannedStepId;
};

template <>
struct logslice::EntryTraits<agent_runtime::PlanProgress> {
  static constexpr std::string_view id = agent_runtime::kPlanProgressId;
};
