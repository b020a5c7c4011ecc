// This header defines DiagnosticsOutbox, which keeps reports until no lock is held.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "logslice/persistence/diagnostics.h"

namespace logslice::internal {

// DiagnosticsOutbox delivers reports in the order in which they were put in, one at a time. The
// sink may use the log again: what that reports is delivered by the call that is under way.
// Threads: any.
class DiagnosticsOutbox {
 public:
  explicit DiagnosticsOutbox(DiagnosticsSink sink) : sink_(std::move(sink)) {}

  void put(Diagnostic diagnostic);

  // Calls the sink for everything put so far, or leaves that to the thread that is at it: nobody
  // waits for a sink, which may itself wait for whoever calls this.
  void deliver();

  // The same, and waits until nothing is left and nobody is at it. Not with a lock held.
  void deliver_all();

 private:
  void deliver_waiting();

  const DiagnosticsSink sink_;
  std::atomic<bool> has_any_{false};
  std::mutex mutex_;  // guards waiting_
  std::vector<Diagnostic> waiting_;
  std::atomic<bool> is_delivering_{false};
  std::mutex delivery_mutex_;  // held while the sink is called
  std::atomic<std::thread::id> deliverer_{};
};

}  // namespace logslice::internal
