// LogWriterCore in background mode: what the producer leaves in the ring, and how the one thread
// that steps gets it into the file.

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>
#include <thread>
#include <utility>

#include "log_paths.h"
#include "log_writer_core.h"
#include "logslice/persistence/error_kind.h"
#include "logslice/persistence/internal/canonical_log_path.h"
#include "logslice/reflection/internal/status.h"
#include "text.h"

namespace logslice::internal {

namespace {

// Encoded ahead of a write: enough to make it worth while, and not more, since what is encoded
// cannot be dropped.
constexpr int64_t kHandOverBytes = int64_t{256} << 10;

// Numbers left to a log that is still taken on: nobody can be refused a number who has a ticket.
constexpr int64_t kNumbersLeftMin = int64_t{1} << 48;

}  // namespace

absl::StatusOr<std::unique_ptr<LogWriterCore>> LogWriterCore::open_in_background(
    const LogPersistenceConfig& config, LogEnvironment environment) {
  if (absl::Status status = config.validate(); !status.ok()) return status;
  LogPersistenceConfig later = config;
  later.path = fixed_log_path(config.path);
  if (absl::Status status = check_log_name(later.path.native()); !status.ok()) return status;
  return std::unique_ptr<LogWriterCore>(new LogWriterCore(later, std::move(environment)));
}

// ---- The producer -------------------------------------------------------------------------------

int64_t LogWriterCore::accept_into_ring(const PendingEntry& pending) {
  progress_.pending_bytes_in.store(
      progress_.pending_bytes_in.load(std::memory_order_relaxed) + pending.memory_bytes,
      std::memory_order_relaxed);
  pending.type->accepted_count.store(
      pending.type->accepted_count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const int64_t ticket =
      ring_->push(pending, [&](const PendingEntry& dropped) { note_dropped(dropped); });
  if (config_.overflow != OverflowPolicy::kDropOldest) return ticket;
  // What the writer has done since we looked only makes room: mostly there is no need to look,
  // which costs a cache miss or three.
  seen_room_.entry_count -= 1;
  seen_room_.bytes -= pending.memory_bytes;
  if (!seen_room_.is_enough()) drop_past_bound();
  return ticket;
}

LogWriterCore::Room LogWriterCore::room() const noexcept {
  const int64_t waiting_bytes = progress_.pending_bytes_in.load(std::memory_order_relaxed) -
                                progress_.pending_bytes_out.load(std::memory_order_relaxed);
  return {config_.max_pending_entries - unsettled_count(),
          config_.max_pending_bytes - waiting_bytes};
}

bool LogWriterCore::is_past_bound() const noexcept { return !room().is_enough(); }

void LogWriterCore::drop_past_bound() {
  seen_room_ = room();
  while (!seen_room_.is_enough()) {
    // The newest stays, whatever else is on its way.
    const std::optional<PendingEntry> dropped = ring_->drop_oldest(1);
    if (!dropped.has_value()) return;
    note_dropped(*dropped);
    seen_room_ = room();
  }
}

void LogWriterCore::note_dropped(const PendingEntry& dropped) {
  dropped.type->dropped_count.fetch_add(1, std::memory_order_relaxed);
  progress_.dropped_count.fetch_add(1, std::memory_order_relaxed);
  progress_.pending_bytes_out.fetch_add(dropped.memory_bytes, std::memory_order_relaxed);
}

void LogWriterCore::abandon() {
  // 1. Nothing new is claimed.
  is_abandoned_.store(true);
  while (const std::optional<PendingEntry> dropped = ring_->drop_oldest()) note_dropped(*dropped);
  // 2. What is claimed is being encoded, without a system call: that ends. Unless there was no
  //    memory for it; then nobody is at it.
  while (ring_->refers_to_entries()) {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
      for (; encoded_count_ < batch_.size; ++encoded_count_) {
        note_dropped(batch_.entries[encoded_count_]);
        settled_count_.fetch_add(1, std::memory_order_release);
      }
      ring_->release();
      return;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

// ---- The thread that steps ----------------------------------------------------------------------

absl::Status LogWriterCore::take_numbers() {
  base_seq_ = last_seq_at_open_;
  if (base_seq_ > std::numeric_limits<int64_t>::max() - kNumbersLeftMin) {
    return resource_exhausted(
        concat(path_, " is at sequence number ", base_seq_, ", near the last; go on in a new log"));
  }
  return absl::OkStatus();
}

absl::Status LogWriterCore::step() {
  if (is_in_forked_child()) return closed_error();
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return closed_error();
    status = drain(LogAppender::Sync::kAsConfigured, LogAppender::Check::kWhenDue);
    if (status.ok() && has_time()) status = tend_segments(LogAppender::Pace::kOnePortion);
  }
  outbox_.deliver();
  return status;
}

absl::Duration LogWriterCore::time_to_step() {
  const std::lock_guard lock(mutex_);
  if (!appender_.has_value() || is_closed_) return absl::InfiniteDuration();
  const absl::Time due = appender_->step_due();
  if (due == absl::InfiniteFuture()) return absl::InfiniteDuration();
  return due - environment_.clock->now();
}

absl::Status LogWriterCore::drain(LogAppender::Sync sync, LogAppender::Check check) {
  if (!is_open_.load(std::memory_order_relaxed)) {
    if (absl::Status status = open_log(); !status.ok()) {
      if (error_kind(status) == ErrorKind::kNone) {
        status = with_error_kind(std::move(status), ErrorKind::kWrite);
      }
      health_.on_failure("log_write_failed", status, {});
      note_failure(status);
      return status;
    }
  }
  // What comes while this goes on is for the next time.
  const int64_t target = ring_->pushed_ticket();
  for (;;) {
    absl::Status status = hand_over();
    if (!status.ok()) {
      note_failure(status);
      return status;
    }
    const bool is_last = ring_->taken_ticket() >= target;
    health_.set_behind(true);
    status = step(is_last ? sync : LogAppender::Sync::kAsConfigured, check);
    settled_count_.store(claimed_count_ - appender_->unsettled_count(), std::memory_order_release);
    if (status.ok() && is_last && has_caught_up()) {
      health_.set_behind(false);
      health_.on_success(progress_.written_seq.load(std::memory_order_relaxed));
    }
    if (!status.ok() || is_last || is_abandoned_.load()) return status;
  }
}

// Claims and encodes, without any I/O: whoever ends the session waits until nothing is referred to.
absl::Status LogWriterCore::hand_over() {
  // Half of the bound at most: the other is for the newest, should the device hold these up.
  const int64_t entries_max = std::max<int64_t>(1, config_.max_pending_entries / 2);
  for (;;) {
    const std::span<const PendingEntry> claimed(batch_.entries.data(), batch_.size);
    if (encoded_count_ < claimed.size()) {
      if (absl::Status status = appender_->encode(claimed, encoded_count_); !status.ok()) {
        return status;
      }
      ring_->release();
    }
    const int64_t in_flight = appender_->unsettled_count();
    if (is_abandoned_.load() || in_flight >= entries_max ||
        appender_->unwritten_byte_count() >= kHandOverBytes) {
      // What the producer has dropped comes right behind; it is told though nothing is claimed.
      skip_dropped_up_to(ring_->taken_ticket());
      return absl::OkStatus();
    }
    const int64_t room =
        std::min(entries_max - in_flight, static_cast<int64_t>(PendingBatch::kEntriesMax));
    const bool has_more = ring_->look(batch_, room, kHandOverBytes);
    // Until it is taken, nothing of it is to be encoded.
    encoded_count_ = batch_.size;
    if (!has_more) return absl::OkStatus();
    if (!ring_->take(batch_)) continue;
    encoded_count_ = 0;
    const auto claimed_count = static_cast<int64_t>(batch_.size);
    claimed_count_ += claimed_count;
    skip_dropped_up_to(batch_.first_ticket - 1);
    claimed_ticket_ += claimed_count;
  }
}

void LogWriterCore::skip_dropped_up_to(int64_t ticket) {
  if (ticket > claimed_ticket_) appender_->skip_dropped(ticket - claimed_ticket_);
  claimed_ticket_ = ticket;
}

// While a step wrote, nothing was dropped, and not much has come.
bool LogWriterCore::has_caught_up() const {
  const int64_t taken = ring_->taken_ticket();
  return taken == claimed_ticket_ &&
         ring_->pushed_ticket() - taken <= config_.max_pending_entries / 2;
}

// Not much waits, by its bound: what comes while a segment is compressed for some milliseconds has
// room. Were it "nothing", a log that is written all the time would never come to it.
bool LogWriterCore::has_time() const {
  constexpr int64_t kPart = 8;
  const Room left = room();
  return left.entry_count >= config_.max_pending_entries - config_.max_pending_entries / kPart &&
         left.bytes >= config_.max_pending_bytes - config_.max_pending_bytes / kPart;
}

// Nobody accepts any more. What is left in the ring, by sequence number.
SeqRange LogWriterCore::give_up_ring() {
  SeqRange range{base_seq_ + ring_->taken_ticket() + 1, base_seq_ + ring_->pushed_ticket(), ""};
  for (; encoded_count_ < batch_.size; ++encoded_count_) {
    range.first_seq = std::min(
        range.first_seq, base_seq_ + batch_.first_ticket + static_cast<int64_t>(encoded_count_));
    range.slice_type = batch_.entries[encoded_count_].type->table.id;
    note_dropped(batch_.entries[encoded_count_]);
  }
  ring_->release();
  while (const std::optional<PendingEntry> dropped = ring_->drop_oldest()) {
    if (range.slice_type.empty()) range.slice_type = dropped->type->table.id;
    note_dropped(*dropped);
  }
  settled_count_.store(claimed_count_, std::memory_order_release);
  return range.first_seq > range.last_seq ? SeqRange{} : range;
}

}  // namespace logslice::internal
