#include "diagnostics_outbox.h"

#include <utility>

namespace logslice::internal {

void DiagnosticsOutbox::put(Diagnostic diagnostic) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(diagnostic));
  has_any_.store(true);
}

void DiagnosticsOutbox::deliver() {
  // Both flags are sequentially consistent: whoever finds is_delivering_ set knows that the one who
  // set it will look at has_any_ once more after clearing it.
  while (has_any_.load()) {
    if (is_delivering_.exchange(true)) return;
    {
      const std::lock_guard delivery_lock(delivery_mutex_);
      deliverer_.store(std::this_thread::get_id(), std::memory_order_relaxed);
      deliver_waiting();
      deliverer_.store(std::thread::id{}, std::memory_order_relaxed);
    }
    is_delivering_.store(false);
  }
}

void DiagnosticsOutbox::deliver_all() {
  // The sink itself came here; its caller delivers the rest when it returns.
  if (deliverer_.load(std::memory_order_relaxed) == std::this_thread::get_id()) return;
  while (has_any_.load() || is_delivering_.load()) {
    deliver();
    const std::lock_guard wait_for_the_deliverer(delivery_mutex_);
  }
}

void DiagnosticsOutbox::deliver_waiting() {
  for (;;) {
    std::vector<Diagnostic> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(waiting_);
      if (batch.empty()) has_any_.store(false);
    }
    if (batch.empty()) return;
    for (const Diagnostic& diagnostic : batch) {
      if (!sink_) continue;
      try {
        sink_(diagnostic);
      } catch (...) {
        // A sink that fails must not take the log with it.
      }
    }
  }
}

}  // namespace logslice::internal
