// This header defines the events of several threads: each says in its event_id whose it is and
// which, so that what comes out can be checked entry by entry.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "background_log.h"

namespace logslice::bench {

class StampedEvents {
 public:
  StampedEvents();

  // The event that `thread` puts as its number `index`, both from 0. Any thread.
  Event make(int thread, int64_t index) const;

 private:
  Events events_;
};

// Takes what a log holds, in its order, and fails the benchmark unless that is what was put: each
// event once, those of one thread in their order.
class StampChecker {
 public:
  StampChecker(const StampedEvents& events, std::vector<int64_t> put_counts)
      : events_(events), put_counts_(std::move(put_counts)), seen_counts_(put_counts_.size()) {}

  void take_entry(const ToolInvoked& entry);
  void take_line(std::string_view line);
  void check_complete() const;

 private:
  Event expect(const Uuid& stamp);

  const StampedEvents& events_;
  const std::vector<int64_t> put_counts_;
  std::vector<int64_t> seen_counts_;
};

}  // namespace logslice::bench
