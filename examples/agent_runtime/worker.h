// This header defines the worker, the process that carries out the plan. It is the part of this
// program that uses a logslice session, and the one to read first.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/status.h"
#include "step_gate.h"

namespace agent_runtime {

// Steps between two snapshots.
inline constexpr int64_t kSnapshotInterval = 5;
// Tool calls that stay in memory; the log has them all.
inline constexpr int64_t kWindowEntries = 8;

struct WorkerOptions {
  std::filesystem::path root;  // the tree that the tools look at
  std::filesystem::path dir;   // where log and snapshot are, or will be
};

// Begins the plan, or goes on where the process before this one stopped, and carries it out to its
// end. Tells on stdout what it does. Cancelled: `gate` was closed.
absl::Status run_worker(const WorkerOptions& options, GateEnd gate);

}  // namespace agent_runtime
