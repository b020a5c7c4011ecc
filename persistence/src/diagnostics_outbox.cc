#include "diagnostics_outbox.h"

#include <utility>

namespace logslice::internal {

void DiagnosticsOutbox::put(Diagnostic diagnostic) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(diagnostic));
  has_any_.store(true, std::memory_order_release);
}

void DiagnosticsOutbox::deliver() {
  if (!has_any_.load(std::memory_order_acquire)) return;
  // The sink itself came here; its caller's loop below delivers.
  if (deliverer_.load(std::memory_order_relaxed) == std::this_thread::get_id()) return;
  const std::lock_guard delivery_lock(delivery_mutex_);
  deliverer_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  for (;;) {
    std::vector<Diagnostic> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(waiting_);
      if (batch.empty()) has_any_.store(false, std::memory_order_relaxed);
    }
    if (batch.empty()) break;
    for (const Diagnostic& diagnostic : batch) {
      if (!sink_) continue;
      try {
        sink_(diagnostic);
      } catch (...) {
        // A sink that fails must not take the log with it.
      }
    }
  }
  deliverer_.store(std::thread::id{}, std::memory_order_relaxed);
}

}  // namespace logslice::internal
