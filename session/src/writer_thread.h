// WriterThread is the thin shell around the stepped writers of a session's background logs: one
// thread that decides when to step which, and nothing else.
//
// It naps while events flow, so that a burst costs nobody a wake-up; after a while without any it
// parks, and the next event wakes it. A log that fails is tried again 10 ms to 1 s later. What the
// thread touches lives in a block that it shares with this object: after a missed deadline it is
// left behind with that, and ends by itself if the device ever answers. Spec: specs/background.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/persistent_log_writer.h"

namespace logslice::internal {

// Threads: any, but the destructor comes last. No function may be called with a lock held that
// `after_step` takes.
class WriterThread {
 public:
  enum class Drain { kWrite, kSync };

  // `after_step` is called on the thread when a log has come further: after a drain, once there are
  // some hundred entries more, and when nothing comes any more. Without any lock. False: it could
  // not be done now, and is to be called again.
  // ResourceExhausted: the system has no thread for us.
  static absl::StatusOr<std::unique_ptr<WriterThread>> start(
      std::function<bool(PersistentLogWriter&)> after_step);

  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;
  // The thread has ended, or is left behind.
  ~WriterThread();

  // From now on the log is stepped; at once for the first time, which opens it.
  void add(std::shared_ptr<PersistentLogWriter> log);

  // Whether something that is accepted needs a wake(). Ask after accept(), in any later moment.
  bool is_parked() const noexcept;
  void wake() noexcept;

  // Writes what was accepted before, in all logs. The first error of a log, or DeadlineExceeded:
  // then it goes on without the caller.
  absl::Status drain(Drain how, absl::Duration timeout);

  // Waits until no more waits in the log than may. False if that took too long, and on this very
  // thread, which cannot wait for itself.
  bool wait_for_room(const PersistentLogWriter& log, absl::Duration timeout);

  // Tells the thread to write what there is, close the logs and end.
  void begin_stop();
  // Waits for that: the first error of a log. Nothing if it took too long: then leave_behind().
  std::optional<absl::Status> finish_stop(absl::Duration timeout);
  // What waited is given up, and nothing that was accepted is referred to any more.
  void leave_behind();

 private:
  struct Shared;

  explicit WriterThread(std::shared_ptr<Shared> shared);

  static void run(Shared& shared);

  const std::shared_ptr<Shared> shared_;
  const uint64_t generation_;
  std::thread thread_;
};

}  // namespace logslice::internal
