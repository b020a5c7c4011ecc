// This header defines how events are handed over at a pace, and what their times come to.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "background_log.h"

namespace logslice::bench {

// Hands over `event_count` events, one per `period`. Those that come late, because one before them
// took long or this thread did not run, go at once. `put` is called with the number of the event
// and the event, and hands it over. The event is made while its time is waited for.
template <typename Put>
void put_paced(const Events& events, int64_t event_count, std::chrono::nanoseconds period,
               Put put) {
  using Clock = std::chrono::steady_clock;
  Event event;
  Clock::time_point due = Clock::now();
  for (int64_t i = 0; i < event_count; ++i, due += period) {
    event = events.of(i);
    while (Clock::now() < due) {
    }
    put(i, event);
  }
}

inline double percentile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace logslice::bench
