// SliceState is one slice of a session: its window, and which of the entries still wait for a log.
//
// Each entry has a ticket of its log (inline that is its sequence number, see PersistentLogWriter),
// or 0. It is
//   pending        ticket > settled   the log refers to it: it stays in place, and is not evicted
//   written        ticket <= settled  or dropped, which the log has counted and reported
//   refused/local  ticket == 0        no log will ever have it
// so size() <= max_memory_entries + pending. Replace and Clear put the memory that pending entries
// lie in aside ("limbo") until they are settled. Threads: all functions under the session's window
// lock; the constant members any time. Spec: specs/session.md, "LOG slices".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "logslice/persistence/persistent_log_writer.h"
#include "logslice/session/internal/event_type.h"
#include "logslice/session/internal/window_view.h"
#include "logslice/session/slice_policy.h"
#include "window.h"
#include "writer_thread.h"

namespace logslice::internal {

class SliceState;

// A log that slices of a session write to.
struct SessionLog {
  std::shared_ptr<PersistentLogWriter> writer;
  WriterThread* thread = nullptr;  // who steps the writer; null: whoever dispatches
  std::vector<SliceState*> slices;
  // A window is longer than it may be, because what should leave it was pending. Written under the
  // window lock; read without it, as a hint.
  std::atomic<bool> over_full = false;
};

// Whether a log takes the entry (check_encodable): found out before the window lock is taken.
enum class Encodable { kNo, kYes };

// An entry on its way into a slice.
struct NewEntry {
  const void* entry;
  void* movable;  // the same, if it may be moved from, else null
  Encodable encodable = Encodable::kYes;
  size_t memory_bytes = 0;  // as check_encodable() told, where there is a log
};

class SliceState {
 public:
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

  struct Appended {
    // Write the log up to here once the locks are released (in background mode: wake who does, or
    // wait for room); 0: nothing to do.
    int64_t write_through_ticket = 0;
    // Why the log did not take the entry although it can be encoded.
    absl::Status not_accepted;
  };

  SliceState(const EventType& type, const TypeTable& table, SlicePolicy policy);

  const EventType& type() const { return type_; }
  const TypeTable& table() const { return table_; }
  SlicePolicy policy() const { return policy_; }
  const Window& window() const { return window_; }
  // For a window that is to become the slice's.
  const std::shared_ptr<SpareMemory>& memory() const { return memory_; }
  SessionLog* log() const { return log_.load(std::memory_order_acquire); }
  int log_type_index() const { return log_type_index_; }
  int64_t max_memory_entries() const { return max_memory_entries_; }

  // Whether nothing but append_all was ever registered for it. Under the dispatch lock.
  bool is_append_only() const { return is_append_only_; }
  void note_reducer() { is_append_only_ = false; }

  // The chunk size of a window that would be made now.
  size_t chunk_entries_log2() const;

  // Adds the entry as the newest, evicting the oldest where the window is full and it may. If this
  // throws (memory), the slice is as it was.
  Appended append(const NewEntry& entry, RetiredMemory& retired);

  // Makes the content of `fresh` the slice's; its entries are local.
  void replace(Window fresh, RetiredMemory& retired);

  // Makes `fresh` the slice's content: copies of those entries of the earlier view of
  // `viewed_count` whose indices are `kept`. Each keeps its ticket. Since that view,
  // entries may have been evicted, but none added.
  void keep_only(Window fresh, const std::vector<size_t>& kept, size_t viewed_count,
                 RetiredMemory& retired);

  // Attaches the log. The entries that are there become pending, in order, save those that
  // `encodable` says no to. On an error of the log they stay local.
  absl::Status attach(SessionLog& log, int64_t max_memory_entries,
                      const std::vector<Encodable>& encodable);

  // Evicts what the window has too many of, at most `entry_count_max` entries, as far as it may,
  // and frees what is settled. True if there is more to do of that.
  bool trim(RetiredMemory& retired, int64_t entry_count_max = kNoLimit);
  bool is_over_full() const;

 private:
  using TicketQueue = std::deque<int64_t, SpareAllocator<int64_t>>;

  // Memory of replaced entries, of which the last pending one has this ticket.
  struct Limbo {
    std::vector<std::shared_ptr<const ChunkBlock>> blocks;
    int64_t last_pending_ticket = 0;
  };

  bool evict_down_to(int64_t entry_count, int64_t evict_count_max, RetiredMemory& retired);
  Appended append_in_background(const NewEntry& entry, RetiredMemory& retired);
  const void* add(const NewEntry& entry);
  // For a slice with a log: with room for its ticket, which is 0 until it has one.
  const void* add_unnumbered(const NewEntry& entry);
  // Of a background log: whether its thread sleeps, or it is to be waited for.
  bool needs_thread() const;
  void free_limbo(RetiredMemory& retired);
  // Takes the old content out, to be freed at once or after it is written.
  void set_aside(RetiredMemory& retired);

  const EventType& type_;
  const TypeTable& table_;
  const SlicePolicy policy_;
  const std::shared_ptr<SpareMemory> memory_ = std::make_shared<SpareMemory>();
  Window window_;
  bool is_append_only_ = true;

  // Of a slice with a log only.
  std::atomic<SessionLog*> log_ = nullptr;  // set once, under the window lock; read by anyone
  int log_type_index_ = 0;
  int64_t max_memory_entries_ = 0;
  int64_t evict_late_at_ = 0;  // in background mode, see append_in_background()
  TicketQueue tickets_;        // one per entry of the window
  std::deque<Limbo> limbo_;    // by last_pending_ticket
};

}  // namespace logslice::internal
