#include "stamped_events.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "bench.h"

namespace logslice::bench {
namespace {

constexpr std::string_view kIdKey = R"("event_id":")";

// The thread in the first byte, the index in the last eight.
Uuid stamp_of(int thread, int64_t index) {
  std::array<uint8_t, 16> bytes{};
  bytes[0] = static_cast<uint8_t>(thread);
  for (size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(index >> (56 - 8 * i));
  return Uuid(bytes);
}

int64_t index_of(const Uuid& stamp) {
  uint64_t index = 0;
  for (size_t i = 8; i < 16; ++i) index = index << 8 | stamp.bytes()[i];
  return static_cast<int64_t>(index);
}

size_t id_position(std::string_view line) {
  const size_t key = line.find(kIdKey);
  check(key != std::string_view::npos, "a line has no event_id");
  return key + kIdKey.size();
}

}  // namespace

StampedEvents::StampedEvents() = default;

Event StampedEvents::make(int thread, int64_t index) const {
  // No two threads put the same at the same time.
  Event event = events_.of(index + thread * int64_t{37});
  event.entry.event_id = stamp_of(thread, index);
  event.entry.event_id.write_to(event.line.data() + id_position(event.line));
  return event;
}

Event StampChecker::expect(const Uuid& stamp) {
  const size_t thread = stamp.bytes()[0];
  check(thread < seen_counts_.size(), "an entry is of no thread");
  check(index_of(stamp) == seen_counts_[thread],
        "an entry is missing, there twice or out of its thread's order");
  return events_.make(static_cast<int>(thread), seen_counts_[thread]++);
}

void StampChecker::take_entry(const ToolInvoked& entry) {
  check(is_equal(entry, expect(entry.event_id).entry), "an entry is not the one that was put");
}

void StampChecker::take_line(std::string_view line) {
  const std::optional<Uuid> stamp = Uuid::parse(line.substr(id_position(line), Uuid::kTextBytes));
  check(stamp.has_value(), "an event_id is none");
  check(line == expect(*stamp).line, "a line is not the one that was put");
}

void StampChecker::check_complete() const {
  check(seen_counts_ == put_counts_, "entries are missing at the end");
}

}  // namespace logslice::bench
