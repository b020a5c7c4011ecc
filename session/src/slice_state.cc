#include "slice_state.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <new>
#include <utility>

namespace logslice::internal {
namespace {

// A window in front of a device that hangs grows by that much more than it has to, and is then cut
// by a few entries each time: they cost their caller more than the new one.
constexpr int64_t kLateEvictionSlack = 1024;
constexpr int64_t kLateEvictionCount = 4;

// Without memory to keep them until the locks are released, they are freed here and now.
void retire(std::vector<std::shared_ptr<const ChunkBlock>>& blocks, RetiredMemory& retired) {
  try {
    retired.blocks.insert(retired.blocks.end(), blocks.begin(), blocks.end());
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

SliceState::SliceState(const EventType& type, const TypeTable& table, SlicePolicy policy)
    : type_(type),
      table_(table),
      policy_(policy),
      window_(table,
              policy == SlicePolicy::kState ? Window::kStateChunkLog2 : Window::kUnboundedChunkLog2,
              memory_),
      tickets_(SpareAllocator<int64_t>(memory_)) {}

size_t SliceState::chunk_entries_log2() const {
  return log() == nullptr ? window_.chunk_entries_log2()
                          : Window::chunk_entries_log2_for(max_memory_entries_);
}

const void* SliceState::add(const NewEntry& entry) {
  return entry.movable != nullptr ? window_.append_moved(entry.movable)
                                  : window_.append_copied(entry.entry);
}

const void* SliceState::add_unnumbered(const NewEntry& entry) {
  tickets_.push_back(0);
  try {
    return add(entry);
  } catch (...) {
    tickets_.pop_back();
    throw;
  }
}

SliceState::Appended SliceState::append(const NewEntry& entry, RetiredMemory& retired) {
  Appended appended;
  if (log() == nullptr) {
    add(entry);
    return appended;
  }
  if (log()->thread != nullptr) return append_in_background(entry, retired);
  if (!limbo_.empty()) free_limbo(retired);
  evict_down_to(max_memory_entries_ - 1, kNoLimit, retired);

  // Room for the ticket first, and in the log's queue: from the moment that the window has the
  // entry, nothing may fail for want of memory.
  PersistentLogWriter& writer = *log()->writer;
  if (entry.encodable == Encodable::kYes && !writer.reserve().ok()) throw std::bad_alloc();
  const void* const at = add_unnumbered(entry);
  // What came before this entry: writing it makes room, and leaves the new one to be gathered.
  const int64_t before_ticket = writer.last_ticket();
  if (entry.encodable == Encodable::kYes) {
    absl::StatusOr<int64_t> ticket = writer.accept(log_type_index_, at, entry.memory_bytes);
    if (ticket.ok()) {
      tickets_.back() = *ticket;
      if (writer.wants_flush()) appended.write_through_ticket = *ticket;
    } else {
      appended.not_accepted = std::move(ticket).status();
    }
  }
  if (is_over_full()) {
    log()->over_full = true;
    if (appended.write_through_ticket == 0) appended.write_through_ticket = before_ticket;
  }
  return appended;
}

SliceState::Appended SliceState::append_in_background(const NewEntry& entry,
                                                      RetiredMemory& retired) {
  Appended appended;
  // The thread and the readers evict, unless the device holds the thread up.
  if (static_cast<int64_t>(window_.size()) >= evict_late_at_) {
    evict_down_to(max_memory_entries_, kLateEvictionCount, retired);
  }
  const void* const at = add_unnumbered(entry);
  if (entry.encodable == Encodable::kNo) return appended;
  absl::StatusOr<int64_t> ticket = log()->writer->accept(log_type_index_, at, entry.memory_bytes);
  if (ticket.ok()) {
    tickets_.back() = *ticket;
    if (needs_thread()) appended.write_through_ticket = *ticket;
    window_.prefetch_next();
  } else {
    appended.not_accepted = std::move(ticket).status();
  }
  return appended;
}

void SliceState::replace(Window fresh, RetiredMemory& retired) {
  TicketQueue tickets(log() == nullptr ? 0 : fresh.size(), 0, tickets_.get_allocator());
  set_aside(retired);
  window_ = std::move(fresh);
  tickets_ = std::move(tickets);
  if (log() != nullptr) trim(retired);
}

void SliceState::keep_only(Window fresh, const std::vector<size_t>& kept, size_t viewed_count,
                           RetiredMemory& retired) {
  assert(window_.size() <= viewed_count && fresh.size() == kept.size());
  const size_t evicted = viewed_count - window_.size();
  TicketQueue tickets(tickets_.get_allocator());
  for (const size_t index : kept) {
    if (index < evicted) {
      fresh.pop_front(1, retired);
    } else if (log() != nullptr) {
      tickets.push_back(tickets_[index - evicted]);
    }
  }
  set_aside(retired);
  window_ = std::move(fresh);
  tickets_ = std::move(tickets);
}

absl::Status SliceState::attach(SessionLog& log, int64_t max_memory_entries,
                                const std::vector<Encodable>& encodable) {
  assert(log_ == nullptr && encodable.size() == window_.size());
  tickets_.assign(window_.size(), 0);
  log.slices.push_back(this);
  log_ = &log;
  log_type_index_ = log.writer->register_type(table_);
  max_memory_entries_ = max_memory_entries;
  const int64_t pending_max = log.writer->config().max_pending_entries + kLateEvictionSlack;
  evict_late_at_ = std::min(max_memory_entries, kNoLimit - pending_max) + pending_max;
  if (window_.empty()) window_ = Window(table_, chunk_entries_log2(), memory_);
  for (size_t i = 0; i < encodable.size(); ++i) {
    if (encodable[i] == Encodable::kNo) continue;
    absl::StatusOr<int64_t> ticket = log.writer->accept(log_type_index_, window_.at(i));
    if (!ticket.ok()) return ticket.status();
    tickets_[i] = *ticket;
  }
  if (is_over_full()) log.over_full = true;
  return absl::OkStatus();
}

bool SliceState::trim(RetiredMemory& retired, int64_t entry_count_max) {
  assert(log() != nullptr);
  if (!limbo_.empty()) free_limbo(retired);
  return evict_down_to(max_memory_entries_, entry_count_max, retired);
}

bool SliceState::needs_thread() const {
  return log()->thread->is_parked() ||
         (log()->writer->config().overflow == OverflowPolicy::kBlock &&
          log()->writer->is_past_bound());
}

bool SliceState::is_over_full() const {
  return static_cast<int64_t>(window_.size()) > max_memory_entries_;
}

bool SliceState::evict_down_to(int64_t entry_count, int64_t evict_count_max,
                               RetiredMemory& retired) {
  if (static_cast<int64_t>(window_.size()) <= entry_count) return false;
  const int64_t settled_ticket = log()->writer->settled_ticket();
  const int64_t over_count = static_cast<int64_t>(window_.size()) - entry_count;
  const int64_t evict_count = std::min(over_count, evict_count_max);
  int64_t evicted_count = 0;
  for (; evicted_count < evict_count && tickets_.front() <= settled_ticket; ++evicted_count) {
    tickets_.pop_front();
  }
  window_.pop_front(static_cast<size_t>(evicted_count), retired);
  return evicted_count == evict_count && over_count > evict_count &&
         tickets_.front() <= settled_ticket;
}

void SliceState::free_limbo(RetiredMemory& retired) {
  const int64_t settled_ticket = log()->writer->settled_ticket();
  while (!limbo_.empty() && limbo_.front().last_pending_ticket <= settled_ticket) {
    retire(limbo_.front().blocks, retired);
    limbo_.pop_front();
  }
}

void SliceState::set_aside(RetiredMemory& retired) {
  int64_t last_ticket = 0;
  // Copies that keep_only() made share numbers with limbo, and refused entries have none: the last
  // number is the highest.
  for (auto at = tickets_.rbegin(); at != tickets_.rend() && last_ticket == 0; ++at) {
    last_ticket = *at;
  }
  if (log() != nullptr && last_ticket > log()->writer->settled_ticket()) {
    // Its place first: the log refers to the memory, which must not be lost on the way.
    limbo_.emplace_back();
    limbo_.back().blocks = window_.release();
    limbo_.back().last_pending_ticket = last_ticket;
    return;
  }
  std::vector<std::shared_ptr<const ChunkBlock>> blocks = window_.release();
  retire(blocks, retired);
}

}  // namespace logslice::internal
