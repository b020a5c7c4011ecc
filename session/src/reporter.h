// Reporter stands between a session and the user's diagnostics sink.
//
// It swallows what the sink throws, and after close() has returned the sink is neither called nor
// running. Shared with the session's writers, which may outlive a call of close(). Never call
// report() with a lock held: the sink may dispatch. Threads: any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "logslice/persistence/diagnostics.h"

namespace logslice::internal {

class Reporter {
 public:
  explicit Reporter(DiagnosticsSink sink) : sink_(std::move(sink)) {}

  void report(const Diagnostic& diagnostic);

  // Waits for the calls of other threads. From inside the sink, it does not wait for its own.
  void close();

  const DiagnosticsSink& sink() const { return sink_; }

  // While any Hold lives, what is reported is kept; the end of the last one delivers it. For work
  // under a lock that may make a writer report: declare the Hold before the lock.
  class Hold {
   public:
    explicit Hold(Reporter& reporter);
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

   private:
    Reporter& reporter_;
  };

 private:
  const DiagnosticsSink sink_;
  std::mutex mutex_;
  std::condition_variable one_returned_;
  std::vector<std::thread::id> running_;  // one per call of the sink
  std::vector<Diagnostic> held_;
  int hold_count_ = 0;
  bool closed_ = false;
};

}  // namespace logslice::internal
