#include "writer_thread.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/internal/process_generation.h"
#include "logslice/persistence/internal/signals_kept_away.h"
#include "logslice/reflection/internal/status.h"

namespace logslice::internal {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A nap in which nothing comes makes the next one twice as long, so that one event in a while costs
// few of them. After the longest ones its caller is to wake the thread.
constexpr SteadyClock::duration kNapMin = std::chrono::microseconds(100);
constexpr SteadyClock::duration kNapMax = std::chrono::milliseconds(1);
constexpr SteadyClock::duration kIdleBeforeParking = std::chrono::milliseconds(4);
// Settled entries that are worth a call of after_step, which takes a lock that callers want, too.
constexpr int64_t kEntriesPerCall = 256;
constexpr auto kRetryMin = std::chrono::milliseconds(10);
constexpr auto kRetryMax = std::chrono::seconds(1);
constexpr absl::Duration kStepWaitMin = absl::Milliseconds(1);
constexpr absl::Duration kStepWaitMax = absl::Hours(1);

// Nothing: never.
std::optional<SteadyClock::time_point> deadline_in(absl::Duration timeout) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  if (timeout > kLongest) return std::nullopt;
  return SteadyClock::now() + absl::ToChronoNanoseconds(std::max(timeout, absl::ZeroDuration()));
}

// False if `deadline` came first.
template <typename Predicate>
bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              const std::optional<SteadyClock::time_point>& deadline, Predicate predicate) {
  if (deadline.has_value()) return condition.wait_until(lock, *deadline, predicate);
  condition.wait(lock, predicate);
  return true;
}

absl::Status deadline_missed() {
  return with_error_kind(
      make_status(absl::StatusCode::kDeadlineExceeded, "the device has not answered in time"),
      ErrorKind::kWrite);
}

// A log as the thread sees it.
struct SteppedLog {
  std::shared_ptr<PersistentLogWriter> writer;
  SteadyClock::time_point next_try = SteadyClock::time_point::min();  // while it fails
  SteadyClock::duration retry_pause = kRetryMin;
  bool is_failing = false;
  bool is_new = true;
  int64_t called_at_ticket = 0;  // settled at the last after_step that was done
  std::optional<SteadyClock::time_point> step_at;

  // When it is due although nothing comes, if ever.
  std::optional<SteadyClock::time_point> next_time() const {
    return is_failing ? std::optional(next_try) : step_at;
  }
  bool is_due(SteadyClock::time_point now) const {
    if (is_failing) return now >= next_try;
    return is_new || writer->has_waiting() || (step_at.has_value() && now >= *step_at);
  }

  void note(const absl::Status& status) {
    is_new = false;
    is_failing = !status.ok();
    if (status.ok()) {
      retry_pause = kRetryMin;
      const absl::Duration wait = writer->time_to_step();
      step_at.reset();
      if (wait < absl::InfiniteDuration()) {
        // By a clock that may go anywhere: never at once again, nor so late that it is forgotten.
        step_at = SteadyClock::now() +
                  absl::ToChronoNanoseconds(std::clamp(wait, kStepWaitMin, kStepWaitMax));
      }
      return;
    }
    next_try = SteadyClock::now() + retry_pause;
    retry_pause = std::min<SteadyClock::duration>(retry_pause * 2, kRetryMax);
  }
};

// Shared with the caller, who may have given up waiting for it.
struct DrainRequest {
  WriterThread::Drain how;
  bool is_done = false;
  absl::Status status;  // the first error of a log
};

}  // namespace

struct WriterThread::Shared {
  std::function<bool(PersistentLogWriter&)> after_step;
  std::atomic<std::thread::id> thread_id{};
  std::atomic<bool> is_abandoned{false};
  alignas(64) std::atomic<bool> is_parked{false};  // read with each event

  alignas(64) std::mutex mutex;  // never held across I/O, or anything of the user's
  std::condition_variable work;
  std::condition_variable done;
  // The rest is guarded by it.
  std::deque<SteppedLog> logs;  // only grows; of an element, all but the writer is the thread's
  std::vector<std::shared_ptr<DrainRequest>> requests;
  int room_waiter_count = 0;
  bool is_stopping = false;
  bool is_stopped = false;
  absl::Status stop_status;

  // Null: there are no more. Needs no memory, which might be lacking when all is given up.
  SteppedLog* log_at(size_t index) {
    const std::lock_guard lock(mutex);
    return index < logs.size() ? &logs[index] : nullptr;
  }

  // The first error.
  absl::Status close_all() {
    absl::Status first_error;
    for (size_t i = 0; SteppedLog* const log = log_at(i); ++i) {
      absl::Status status = log->writer->close();
      if (first_error.ok()) first_error = std::move(status);
      if (!is_abandoned) after_step(*log->writer);
    }
    return first_error;
  }

  // By the thread, without the lock. Nothing if no log was due.
  using Requests = std::vector<std::shared_ptr<DrainRequest>>;
  std::optional<absl::Status> step_all(size_t log_count, const Requests& taken);
  // False if it is to be called again.
  bool call_after_step(SteppedLog& log, int64_t entry_count_min);
  bool on_idle(size_t log_count);
  // By the thread, with the lock.
  bool has_news(size_t log_count) const {
    return is_stopping || !requests.empty() || log_count < logs.size();
  }
  void announce(const Requests& taken, const absl::Status& status);
  std::optional<SteadyClock::time_point> next_time() const;
  void nap(std::unique_lock<std::mutex>& lock, SteadyClock::duration most);
  void park(std::unique_lock<std::mutex>& lock);

  bool is_this_thread() const {
    return thread_id.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
};

absl::StatusOr<std::unique_ptr<WriterThread>> WriterThread::start(
    std::function<bool(PersistentLogWriter&)> after_step) {
  auto shared = std::make_shared<Shared>();
  shared->after_step = std::move(after_step);
  std::unique_ptr<WriterThread> thread(new WriterThread(shared));
  try {
    const SignalsKeptAway signals;
    thread->thread_ = std::thread([shared] { run(*shared); });
  } catch (const std::system_error& error) {
    return resource_exhausted(std::string("cannot start the writer's thread: ") + error.what());
  }
  return thread;
}

WriterThread::WriterThread(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)), generation_(process_generation()) {}

WriterThread::~WriterThread() {
  if (process_generation() != generation_) {
    // In a forked child there is no such thread, and its handle may be that of a new one: nothing
    // may be done with it, not even let go of.
    std::construct_at(&thread_);
    return;
  }
  if (thread_.joinable()) thread_.detach();
}

void WriterThread::add(std::shared_ptr<PersistentLogWriter> log) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->logs.push_back({std::move(log)});
  }
  shared_->work.notify_one();
}

bool WriterThread::is_parked() const noexcept {
  return shared_->is_parked.load(std::memory_order_seq_cst);
}

void WriterThread::wake() noexcept {
  if (!shared_->is_parked.exchange(false, std::memory_order_seq_cst)) return;
  // Whoever parks does so under the lock: once we have had it, the call below is not missed.
  { const std::lock_guard lock(shared_->mutex); }
  shared_->work.notify_one();
}

absl::Status WriterThread::drain(Drain how, absl::Duration timeout) {
  if (shared_->is_this_thread()) {
    // The diagnostics sink asks. Nobody else will do it.
    absl::Status first_error;
    for (size_t i = 0; SteppedLog* const log = shared_->log_at(i); ++i) {
      absl::Status status = how == Drain::kSync ? log->writer->sync() : log->writer->flush();
      if (first_error.ok()) first_error = std::move(status);
    }
    return first_error;
  }
  const std::optional<SteadyClock::time_point> deadline = deadline_in(timeout);
  std::unique_lock lock(shared_->mutex);
  if (shared_->is_stopping) {
    return with_error_kind(failed_precondition("the session is closed"), ErrorKind::kClosed);
  }
  const auto request = std::make_shared<DrainRequest>(DrainRequest{how});
  shared_->requests.push_back(request);
  shared_->work.notify_one();
  if (!wait_for(shared_->done, lock, deadline,
                [&] { return request->is_done || shared_->is_stopped; })) {
    return deadline_missed();
  }
  // What was not done on request was done by closing.
  return request->is_done ? request->status : shared_->stop_status;
}

bool WriterThread::wait_for_room(const PersistentLogWriter& log, absl::Duration timeout) {
  if (shared_->is_this_thread()) return false;
  const std::optional<SteadyClock::time_point> deadline = deadline_in(timeout);
  std::unique_lock lock(shared_->mutex);
  ++shared_->room_waiter_count;
  const bool has_room = wait_for(shared_->done, lock, deadline,
                                 [&] { return !log.is_past_bound() || shared_->is_stopping; });
  --shared_->room_waiter_count;
  return has_room;
}

void WriterThread::begin_stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_stopping = true;
  }
  shared_->work.notify_one();
  shared_->done.notify_all();
}

std::optional<absl::Status> WriterThread::finish_stop(absl::Duration timeout) {
  const std::optional<SteadyClock::time_point> deadline = deadline_in(timeout);
  if (shared_->is_this_thread()) return shared_->close_all();  // it ends when the sink returns
  std::unique_lock lock(shared_->mutex);
  if (!wait_for(shared_->done, lock, deadline, [&] { return shared_->is_stopped; })) {
    return std::nullopt;
  }
  absl::Status status = shared_->stop_status;
  lock.unlock();
  thread_.join();
  return status;
}

void WriterThread::leave_behind() {
  shared_->is_abandoned = true;
  for (size_t i = 0; SteppedLog* const log = shared_->log_at(i); ++i) log->writer->abandon();
  thread_.detach();
}

std::optional<absl::Status> WriterThread::Shared::step_all(size_t log_count,
                                                           const Requests& taken) {
  const bool is_sync = std::any_of(
      taken.begin(), taken.end(),
      [](const std::shared_ptr<DrainRequest>& request) { return request->how == Drain::kSync; });
  std::optional<absl::Status> first_error;
  for (size_t i = 0; i < log_count; ++i) {
    SteppedLog& log = *log_at(i);
    if (taken.empty() && !log.is_due(SteadyClock::now())) continue;
    absl::Status status = taken.empty() ? log.writer->step()
                          : is_sync     ? log.writer->sync()
                                        : log.writer->flush();
    log.note(status);
    if (!first_error.has_value() || first_error->ok()) first_error = std::move(status);
    call_after_step(log, taken.empty() ? kEntriesPerCall : 0);
  }
  return first_error;
}

bool WriterThread::Shared::call_after_step(SteppedLog& log, int64_t entry_count_min) {
  const int64_t ticket = log.writer->settled_ticket();
  if (is_abandoned || ticket - log.called_at_ticket < entry_count_min) return true;
  if (!after_step(*log.writer)) return false;
  log.called_at_ticket = ticket;
  return true;
}

bool WriterThread::Shared::on_idle(size_t log_count) {
  bool is_done = true;
  for (size_t i = 0; i < log_count; ++i) is_done &= call_after_step(*log_at(i), 1);
  return is_done;
}

void WriterThread::Shared::announce(const Requests& taken, const absl::Status& status) {
  for (const std::shared_ptr<DrainRequest>& request : taken) {
    request->status = status;
    request->is_done = true;
  }
  if (!taken.empty() || room_waiter_count > 0) done.notify_all();
}

// When a failed log or a sync is due, if ever.
std::optional<SteadyClock::time_point> WriterThread::Shared::next_time() const {
  std::optional<SteadyClock::time_point> first;
  for (const SteppedLog& log : logs) {
    const std::optional<SteadyClock::time_point> next = log.next_time();
    if (next.has_value() && (!first.has_value() || *next < *first)) first = next;
  }
  return first;
}

void WriterThread::Shared::nap(std::unique_lock<std::mutex>& lock, SteadyClock::duration most) {
  const SteadyClock::time_point end = SteadyClock::now() + most;
  work.wait_until(lock, std::min(end, next_time().value_or(end)));
}

// Until an event comes, or a failed log or a sync is due.
void WriterThread::Shared::park(std::unique_lock<std::mutex>& lock) {
  is_parked.store(true, std::memory_order_seq_cst);
  const size_t log_count = logs.size();
  const SteadyClock::time_point now = SteadyClock::now();
  const bool is_due = std::any_of(logs.begin(), logs.end(),
                                  [now](const SteppedLog& log) { return log.is_due(now); });
  if (!is_due) wait_for(work, lock, next_time(), [&] { return !is_parked || has_news(log_count); });
  is_parked.store(false, std::memory_order_seq_cst);
}

void WriterThread::run(Shared& shared) {
  // By itself: to name another thread is to write to a file.
  pthread_setname_np(pthread_self(), "logslice");
  shared.thread_id = std::this_thread::get_id();
  SteadyClock::duration nap = kNapMin;
  SteadyClock::duration idle{};  // napped since anything came
  std::unique_lock lock(shared.mutex);
  while (!shared.is_stopping) {
    const size_t log_count = shared.logs.size();
    const Shared::Requests taken = std::exchange(shared.requests, {});
    lock.unlock();
    const std::optional<absl::Status> status = shared.step_all(log_count, taken);
    lock.lock();
    shared.announce(taken, status.value_or(absl::OkStatus()));
    if (shared.has_news(log_count)) continue;
    if (status.has_value()) {
      nap = kNapMin;
      idle = {};
    }
    bool may_park = false;
    if (nap == kNapMax) {
      lock.unlock();
      may_park = shared.on_idle(log_count);
      lock.lock();
      if (shared.has_news(log_count)) continue;
    }
    if (idle < kIdleBeforeParking || !may_park) {
      shared.nap(lock, nap);
      idle += nap;
      nap = std::min(2 * nap, kNapMax);
    } else {
      shared.park(lock);
      nap = kNapMin;
      idle = {};
    }
  }

  lock.unlock();
  absl::Status status = shared.close_all();
  // After this the session may be gone, and with it what after_step refers to.
  lock.lock();
  shared.stop_status = std::move(status);
  shared.is_stopped = true;
  shared.done.notify_all();
}

}  // namespace logslice::internal
