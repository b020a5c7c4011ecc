// This header defines BackgroundLog: what takes events from one thread and writes them on another,
// so that rows can treat logslice, its limit and its peers alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sample_entry.h"

namespace logslice::bench {

// What is handed over. The line is for the limit, which finds its bytes ready.
struct Event {
  ToolInvoked entry;
  std::string line;
};

// The events of a row. The one that is dispatched as number i (from 0) is a copy of number
// i % size(): so a line can be checked against its __seq__.
class Events {
 public:
  Events();

  const Event& of(int64_t number) const {
    return events_[static_cast<size_t>(number) % events_.size()];
  }

  // Fails the benchmark unless the log at `path` holds `put_count` - `dropped_count` entries, each
  // equal to the one of its __seq__.
  void check_log(const std::filesystem::path& path, int64_t put_count, int64_t dropped_count) const;

 private:
  std::vector<Event> events_;
};

class BackgroundLog {
 public:
  virtual ~BackgroundLog() = default;

  // What a row times: hands one event over.
  virtual void put(Event& event) = 0;

  // Returns when all that was put is in the file, except what was dropped.
  virtual void finish() = 0;

  // After finish(): fails the benchmark unless the file holds what it should; returns how many
  // events were dropped.
  virtual int64_t check_and_count_dropped(const Events& events, int64_t put_count) const = 0;
};

// What happens when events come faster than they are written.
enum class AtBound { kDropOldest, kWait };

struct BackgroundLogMaker {
  std::string name;
  std::function<std::unique_ptr<BackgroundLog>(const std::filesystem::path& path)> make;
};

// Session::dispatch in background mode, a window of 1,000.
BackgroundLogMaker logslice_background(AtBound at_bound);

// memcpy of the finished line into a ring of bytes; a thread writes them. Loses nothing. The limit
// has one caller; any thread may dispatch an event, which takes a lock at least.
enum class RingCallers { kOne, kAny };
BackgroundLogMaker memcpy_into_ring(RingCallers callers);

// Does nothing: what the clock itself costs.
BackgroundLogMaker empty_timer();

// A peer in one of its settings, and for which bound that stands.
struct BackgroundPeer {
  AtBound at_bound;
  BackgroundLogMaker maker;
};

}  // namespace logslice::bench
